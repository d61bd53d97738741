variable "name" {
  description = "What the cluster of builds is called."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,40}$", var.name))
    error_message = "name must be 3 to 41 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "image" {
  description = "Container image with the tianlake command, named by its digest: REGISTRY/NAME@sha256:..."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be named by its digest (NAME@sha256:...): a tag may lead to another image tomorrow."
  }
}

variable "size" {
  description = "Of a run: processor units (1024 are one processor), memory in MiB, scratch disk in GiB."
  type        = object({ cpu = optional(number, 4096), memory_mib = optional(number, 16384), disk_gib = optional(number, 100) })
  default     = {}
  validation {
    condition     = contains([1024, 2048, 4096, 8192, 16384], var.size.cpu) && var.size.memory_mib >= 2 * var.size.cpu && var.size.memory_mib <= 8 * var.size.cpu && var.size.disk_gib >= 21 && var.size.disk_gib <= 200
    error_message = "size: cpu must be 1024 to 16384 in powers of two, memory_mib two to eight times as much, disk_gib 21 to 200 (Fargate's own rules)."
  }
}

variable "schedules" {
  description = "What runs when: arguments of tianlake, an expression of EventBridge Scheduler in China's time, and for a build how many tasks of workers make its parts (0: the run itself)."
  type        = map(object({ arguments = list(string), when = string, workers = optional(number, 0) }))
  default     = {}
  validation {
    condition     = alltrue([for name, each in var.schedules : can(regex("^[a-z][a-z0-9-]{0,30}$", name)) && length(each.arguments) > 0 && can(regex("^(rate|cron)\\(.+\\)$", each.when))])
    error_message = "schedules: names are lower-case words, arguments are not empty, when is rate(...) or cron(...)."
  }
  validation {
    condition     = alltrue([for each in values(var.schedules) : each.workers == 0 || (var.cluster != null && contains(range(1, 11), each.workers) && try(each.arguments[0], "") == "build" && !contains(each.arguments, "--engine") && startswith(each.when, "cron("))])
    error_message = "schedules: workers are 0 to 10, for a build without --engine, by cron(...) (two clocks of rate(...) differ), and need var.cluster."
  }
}

variable "cluster" {
  description = "Builds on a Dask cluster; of each task of workers: processor units, memory in MiB that its processes share, scratch disk in GiB, processes of one thread, hours after which it ends whatever happens; tls: folder of the workspace with ca.pem, cert.pem, key.pem. Without it there are none."
  type = object({
    cpu        = optional(number, 4096)
    memory_mib = optional(number, 16384)
    disk_gib   = optional(number, 100)
    processes  = optional(number, 4)
    hours      = optional(number, 12)
    tls        = optional(string)
  })
  default = null
  validation {
    condition     = var.cluster == null || try(contains([1024, 2048, 4096, 8192, 16384], var.cluster.cpu) && var.cluster.memory_mib >= 2 * var.cluster.cpu && var.cluster.memory_mib <= 8 * var.cluster.cpu && var.cluster.disk_gib >= 21 && var.cluster.disk_gib <= 200, false)
    error_message = "cluster: cpu must be 1024 to 16384 in powers of two, memory_mib two to eight times as much, disk_gib 21 to 200 (Fargate's own rules)."
  }
  validation {
    condition     = var.cluster == null || try(contains(range(1, 65), var.cluster.processes) && var.cluster.memory_mib >= 1024 * var.cluster.processes && contains(range(1, 73), var.cluster.hours), false)
    error_message = "cluster: processes are 1 to 64 of at least 1024 MiB each, hours 1 to 72."
  }
  validation {
    condition     = try(var.cluster.tls, null) == null || can(regex("^[A-Za-z0-9][A-Za-z0-9_/-]*$", var.cluster.tls))
    error_message = "cluster.tls must be a folder below the workspace, such as tls."
  }
}

variable "network" {
  description = "Where it runs: id of the VPC, ids of its subnets."
  type        = object({ vpc_id = string, subnet_ids = list(string) })
}

variable "policies" {
  description = "Policies, JSON, of what a run needs of lake and account store."
  type        = list(string)
}

variable "topic_arn" {
  description = "ARN of the topic that is told of runs that fail."
  type        = string
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 365
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
