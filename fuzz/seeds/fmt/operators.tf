a = [for x in[1]:x if x!=-1]
b = {for k,v in b:k=>-v...}
c = -1-- 2 + !d&&! e
f = a?b:c
