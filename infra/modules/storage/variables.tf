variable "name" {
  description = "Name of the lake's bucket; those beside it are called NAME-audit, NAME-logs and NAME-replica."
  type        = string
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,54}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 56 lower-case letters, digits and hyphens: a bucket's name has 63 at most, and -replica is added."
  }
}

variable "codes" {
  description = "Codes of the nodes whose objects lie in the bucket, each below CODE/."
  type        = list(string)
  validation {
    condition     = length(var.codes) > 0 && length(distinct(var.codes)) == length(var.codes) && alltrue([for code in var.codes : can(regex("^156[0-9]{6}$", code))])
    error_message = "codes must be different node codes: 156 and six digits."
  }
}

variable "noncurrent_days" {
  description = "Days for which an object version that was replaced or deleted is kept; article 18 deletes them at once (tianlake case apply)."
  type        = number
  default     = 30
  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 365
    error_message = "noncurrent_days must be 1 to 365 days."
  }
}

variable "tiering_days" {
  description = "Days after which a release's files move to S3 Intelligent-Tiering."
  type        = number
  default     = 30
  validation {
    condition     = var.tiering_days >= 0 && var.tiering_days <= 3650
    error_message = "tiering_days must be 0 to 3650 days."
  }
}

variable "audit_lock" {
  description = "Object lock of the copies of the audit trail: mode (GOVERNANCE, or COMPLIANCE which nobody can lift) and retention in days."
  type = object({
    mode = optional(string, "GOVERNANCE")
    days = optional(number, 1096)
  })
  default = {}
  validation {
    condition     = contains(["GOVERNANCE", "COMPLIANCE"], var.audit_lock.mode) && var.audit_lock.days >= 184
    error_message = "audit_lock: mode must be GOVERNANCE or COMPLIANCE, and days at least 184 (Cybersecurity Law, article 21: six months)."
  }
}

variable "log_days" {
  description = "Days for which access logs are kept."
  type        = number
  default     = 184
  validation {
    condition     = var.log_days >= 184
    error_message = "log_days must be at least 184 (Cybersecurity Law, article 21: six months)."
  }
}

variable "replicated" {
  description = "Whether the bucket is copied to a second region (provider aws.replica)."
  type        = bool
  default     = true
}

variable "distribution_arn" {
  description = "ARN of the CloudFront distribution that may read what is public; null where there is none that reads the bucket."
  type        = string
  default     = null
}

variable "cdn_reads" {
  description = "Whether a distribution reads the bucket: known at plan time, unlike its ARN."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
