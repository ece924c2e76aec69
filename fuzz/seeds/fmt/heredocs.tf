a = <<-X
   t ${ x [0] . y }
    X
bcd = 1
c = f(<<X
{
X
  , 1)
d = [<<A
%{ if a }
${b}
%{endif}
A
]
