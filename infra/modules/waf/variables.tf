variable "name" {
  description = "What the web ACL is called."
  type        = string
}

variable "scope" {
  description = "CLOUDFRONT for a distribution (then in us-east-1), REGIONAL for a load balancer or an API."
  type        = string
  validation {
    condition     = contains(["CLOUDFRONT", "REGIONAL"], var.scope)
    error_message = "scope must be CLOUDFRONT or REGIONAL."
  }
}

variable "limits" {
  description = "Requests that one address may make within five minutes: in all, and of account calls and searches. Far above any quota: the door counts finely, this is the outer wall."
  type        = object({ all = optional(number, 60000), calls = optional(number, 3000) })
  default     = {}
  validation {
    condition     = var.limits.all >= 100 && var.limits.calls >= 10 && var.limits.calls <= var.limits.all
    error_message = "limits: all must be at least 100, calls 10 to all, requests in five minutes."
  }
}

variable "pass" {
  description = "What a request must carry as header field tianlake-origin, being from our CDN; null where anybody may ask."
  type        = string
  default     = null
  sensitive   = true
}

variable "needs_pass" {
  description = "Whether requests without the pass are refused: known at plan time, unlike the pass."
  type        = bool
  default     = false
}

variable "protects" {
  description = "ARNs of what the ACL stands in front of (REGIONAL alone), by a name; a distribution names its ACL itself."
  type        = map(string)
  default     = {}
}

variable "log_days" {
  description = "Days for which what was refused is kept."
  type        = number
  default     = 365
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
