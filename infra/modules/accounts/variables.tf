variable "prefix" {
  description = "What the tables' names begin with: PREFIX-accounts and so on, as dynamodb:PREFIX in settings."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,60}$", var.prefix))
    error_message = "prefix must be 3 to 61 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
