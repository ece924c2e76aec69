a=1
bcd =  2 # x

e= 3 //y
long_name={x=1,  yy = 2 }
