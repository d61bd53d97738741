variable "endpoint" {
  description = "Base URL of the S3-compatible store."
  type        = string
  validation {
    condition     = can(regex("^https?://[^/]+$", var.endpoint))
    error_message = "endpoint must be http(s)://HOST:PORT without a path."
  }
}

variable "region" {
  description = "Region as the store calls itself."
  type        = string
  default     = "us-east-1"
}

variable "prefix" {
  description = "What the bucket's name begins with: PREFIX-CODE."
  type        = string
  default     = "tianlake"
}

variable "code" {
  description = "Code of the node."
  type        = string
  default     = "156131000"
  validation {
    condition     = can(regex("^156[0-9]{6}$", var.code))
    error_message = "code must be 156 and the six digits of GB/T 2260."
  }
}

variable "site_url" {
  description = "Base URL of the site, without a final slash."
  type        = string
  default     = "https://map.example.org"
}

variable "noncurrent_days" {
  description = "Days for which replaced and deleted versions of objects are kept."
  type        = number
  default     = 30
}
