r /* 1 */ a /* 2 */ "b" /* 3 */ {}
moved {from=a.b
 to = c.d[0]}
