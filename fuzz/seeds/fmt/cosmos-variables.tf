variable "name" {
description="Name of the account: globally unique,3 to 44 lower-case letters,digits and dashes."
type       =string

validation {
condition    =can(regex("^[a-z0-9][a-z0-9-]{1,42}[a-z0-9]$",var.name))
error_message="A Cosmos DB account name has 3 to 44 lower-case letters,digits and dashes,and starts and ends with a letter or digit."
}
}

variable "resource_group_name" {
description="Resource group that takes the account."
type       =string
}

variable "location" {
description="Azure region."
type       =string
}

variable "zone_redundancy_enabled" {
description="Spreads the account over the region's availability zones."
type       =bool
default    =false
}

variable "customer_managed_key" {
description="Key that encrypts the account (its address without version),and the user-assigned identity that may use it. Null: Microsoft's keys. It cannot be changed later."
type=object({
key_id     =string
identity_id=string
})
default=null
}

variable "tags" {
description="Tags of every resource that can carry them."
type       =map(string)
default    ={}
}
