variable "name" {
  description = "What the functions and their API are called: NAME-api, NAME-web, NAME-stac."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,50}$", var.name))
    error_message = "name must be 3 to 51 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "packages" {
  description = "Folder of packages.json and the packages that it names, as make package makes it."
  type        = string
  validation {
    condition     = can(jsondecode(file("${var.packages}/packages.json"))) && alltrue([for name in ["api", "web", "stac"] : can(jsondecode(file("${var.packages}/packages.json"))[name].sha256)])
    error_message = "packages must be a folder with a packages.json that has api, web and stac; make it with: make package"
  }
}

variable "environment" {
  description = "Environment variables of all functions, TIANLAKE_..., as functions/*/app.py lists them."
  type        = map(string)
}

variable "codes" {
  description = "Codes of the nodes that are served, the one at the root first."
  type        = list(string)
}

variable "policies" {
  description = "Policies, JSON, of what a function needs of lake and account store: desk keeps accounts and cases, door lets requests in."
  type        = object({ desk = list(string), door = list(string) })
}

variable "memory_mib" {
  description = "Memory of each function in MiB; processors come with it."
  type        = map(number)
  default     = {}
  validation {
    condition     = alltrue([for name, mib in var.memory_mib : contains(["api", "web", "stac"], name) && mib >= 256 && mib <= 10240])
    error_message = "memory_mib must name api, web or stac with 256 to 10240 MiB each."
  }
}

variable "concurrency" {
  description = "How many calls of each function may run at once: a bound of what a flood can cost."
  type        = number
  default     = 50
  validation {
    condition     = var.concurrency >= 1 && var.concurrency <= 1000
    error_message = "concurrency must be 1 to 1000 calls."
  }
}

variable "rate" {
  description = "Requests per second that the API takes in the long run, and at once after a pause."
  type        = object({ per_second = number, burst = number })
  default     = { per_second = 200, burst = 400 }
  validation {
    condition     = var.rate.per_second > 0 && var.rate.burst > 0
    error_message = "rate: per_second and burst must be above 0."
  }
}

variable "log_days" {
  description = "Days for which logs are kept, one of those that CloudWatch has."
  type        = number
  default     = 365
  validation {
    condition     = contains([365, 400, 545, 731, 1096], var.log_days)
    error_message = "log_days must be 365, 400, 545, 731 or 1096."
  }
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
