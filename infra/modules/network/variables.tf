variable "name" {
  description = "What the network is called."
  type        = string
}

variable "cidr" {
  description = "Addresses of the network, CIDR, /16 to /24; each subnet takes a part of it that is four bits narrower."
  type        = string
  default     = "10.40.0.0/20"
  validation {
    condition     = can(cidrsubnet(var.cidr, 4, 3)) && tonumber(split("/", var.cidr)[1]) >= 16 && tonumber(split("/", var.cidr)[1]) <= 24
    error_message = "cidr must be an IPv4 network of /16 to /24."
  }
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
