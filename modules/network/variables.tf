variable "name" {
  description = "Prefix of the names: vnet-<name>, nsg-<name>-<subnet>."
  type        = string
}

variable "resource_group_name" {
  description = "Resource group that takes the network."
  type        = string
}

variable "location" {
  description = "Azure region; it also completes the regional service tags of the rules."
  type        = string
}

variable "address_space" {
  description = "Address ranges of the virtual network in CIDR notation. 172.17.0.0/16 is refused: computes use it for Docker."
  type        = list(string)

  validation {
    condition     = length(var.address_space) > 0 && alltrue([for range in var.address_space : can(cidrhost(range, 0))])
    error_message = "Give at least one address range in CIDR notation, for example 10.20.0.0/22."
  }

  validation {
    condition     = alltrue([for range in var.address_space : !startswith(range, "172.17.")])
    error_message = "172.17.0.0/16 belongs to the Docker bridge of Azure Machine Learning computes: choose another range."
  }
}

variable "subnets" {
  description = "Subnets by name. The purpose chooses the rules of the subnet's security group: endpoints (private endpoints), training (computes in your own subnet), clients (machines of people and pipelines)."
  type = map(object({
    address_prefixes = list(string)
    purpose          = string
  }))

  validation {
    condition     = alltrue([for subnet in values(var.subnets) : contains(["endpoints", "training", "clients"], subnet.purpose)])
    error_message = "The purpose of a subnet is one of endpoints, training, clients."
  }
}

variable "dns_servers" {
  description = "Custom DNS servers, which then must forward to Azure's own (168.63.129.16). Null leaves Azure's DNS."
  type        = list(string)
  default     = null
}

variable "high_business_impact" {
  description = "Whether the workspace is marked high business impact: its computes then reach key vaults of the region."
  type        = bool
  default     = true
}

variable "public_ip_compute_enabled" {
  description = "Opens inbound TCP 44224 for computes that have a public IP address. Computes without one need no inbound rule."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of every resource that can carry them."
  type        = map(string)
  default     = {}
}
