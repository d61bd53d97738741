variable "name" {
  description = "What the service and its load balancer are called; a load balancer's name has 32 characters at most."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}[a-z0-9]$", var.name))
    error_message = "name must be 4 to 32 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "image" {
  description = "Container image of the gateway, named by its digest: REGISTRY/NAME@sha256:..."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image must be named by its digest (NAME@sha256:...): a tag may lead to another image tomorrow."
  }
}

variable "size" {
  description = "Of each container: processor units (1024 are one processor), memory in MiB, and worker processes."
  type        = object({ cpu = optional(number, 1024), memory_mib = optional(number, 2048), workers = optional(number, 2) })
  default     = {}
  validation {
    condition     = contains([256, 512, 1024, 2048, 4096, 8192], var.size.cpu) && var.size.memory_mib >= 2 * var.size.cpu && var.size.memory_mib <= 8 * var.size.cpu && var.size.workers >= 1
    error_message = "size: cpu must be 256 to 8192 in powers of two, memory_mib two to eight times as much (Fargate's own rule), workers at least 1."
  }
}

variable "count_range" {
  description = "Containers that run at least, and at most under load."
  type        = object({ least = optional(number, 2), most = optional(number, 10) })
  default     = {}
  validation {
    condition     = var.count_range.least >= 1 && var.count_range.most >= var.count_range.least
    error_message = "count_range: least must be at least 1, and most not below it."
  }
}

variable "codes" {
  description = "Codes of the nodes that are served, the one at the root first."
  type        = list(string)
}

variable "files" {
  description = "Files of the workspace by their path in it: tianlake.toml, nodes/CODE/node.toml; no keys."
  type        = map(string)
  validation {
    condition     = contains(keys(var.files), "tianlake.toml") && alltrue([for path in keys(var.files) : can(regex("^(tianlake\\.toml|ca\\.pem|nodes/156[0-9]{6}/[A-Za-z0-9._/-]+)$", path)) && !strcontains(path, "..")])
    error_message = "files must have tianlake.toml, and beside it only ca.pem and files below nodes/CODE/."
  }
}

variable "network" {
  description = "Where it runs: id of the VPC, ids of two subnets in two zones."
  type        = object({ vpc_id = string, subnet_ids = list(string) })
  validation {
    condition     = length(var.network.subnet_ids) >= 2
    error_message = "network.subnet_ids must be two or more: a load balancer stands in two zones."
  }
}

variable "policy" {
  description = "Policy, JSON, of what the gateway needs of lake and account store."
  type        = string
}

variable "certificate_arn" {
  description = "ARN of the certificate of the load balancer, in its region; CloudFront speaks HTTPS to the name in it."
  type        = string
  validation {
    condition     = can(regex("^arn:aws(-cn)?:(acm|iam):", var.certificate_arn))
    error_message = "certificate_arn must be the ARN of a certificate of ACM or IAM."
  }
}

variable "pass" {
  description = "What the CDN sends as header field tianlake-origin, and without which nobody is answered."
  type        = string
  sensitive   = true
}

variable "from_cidrs" {
  description = "Networks that may reach the load balancer; empty: CloudFront's own list of this region."
  type        = list(string)
  default     = []
}

variable "cloudfront_prefix_list" {
  description = "Name of the managed list of the networks of CloudFront that ask origins."
  type        = string
  default     = "com.amazonaws.global.cloudfront.origin-facing"
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
