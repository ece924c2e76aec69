variable v { type = "list" }
variable w {
 type=set
 foo { type = map }
}
variable "x" { type=object({a=optional(string,"b")}) }
