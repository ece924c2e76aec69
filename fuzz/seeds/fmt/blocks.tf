resource "t" "n" {
count=2


  dynamic "b" {
for_each=[]
content {}
}
      lifecycle { ignore_changes=[a,b] }
}
