variable "name" {
  description = "What alarms, dashboard and budget are called."
  type        = string
}

variable "code" {
  description = "Code of the node, by whose tag the budget counts."
  type        = string
}

variable "region" {
  description = "Region of the node, for the dashboard."
  type        = string
}

variable "emails" {
  description = "Who is told when something is wrong or becomes expensive."
  type        = list(string)
  validation {
    condition     = length(var.emails) > 0 && alltrue([for each in var.emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", each))])
    error_message = "emails must name at least one address: an alarm that nobody hears is none."
  }
}

variable "budget" {
  description = "What a month may cost before somebody is told: amount, and currency (USD; CNY in aws-cn)."
  type        = object({ amount = number, unit = optional(string, "USD") })
  validation {
    condition     = var.budget.amount > 0 && contains(["USD", "CNY"], var.budget.unit)
    error_message = "budget: amount must be above 0, unit USD or CNY."
  }
}

variable "distribution_id" {
  description = "Id of the distribution."
  type        = string
}

variable "functions" {
  description = "Names of the functions behind the API, by what they are; empty where the gateway answers calls."
  type        = map(string)
  default     = {}
}

variable "api_name" {
  description = "Name of the API before them; null where there is none."
  type        = string
  default     = null
}

variable "gateway" {
  description = "What the gateway's metrics are called."
  type        = object({ balancer = string, targets = string, cluster = string, service = string })
}

variable "tables" {
  description = "Names of the account tables."
  type        = map(string)
}

variable "canary" {
  description = "Host that is asked once a minute from several places, and text that must stand in the answer, by path; empty paths ask nothing (aws-cn has no such checks)."
  type        = object({ host = string, paths = map(string) })
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
