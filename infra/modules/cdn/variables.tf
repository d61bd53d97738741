variable "name" {
  description = "What the distribution's policies and its function are called."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,50}$", var.name))
    error_message = "name must be 3 to 51 lower-case letters, digits and hyphens that begin with a letter."
  }
}

variable "domain" {
  description = "Host name that clients use; null for CloudFront's own."
  type        = string
  default     = null
}

variable "certificate" {
  description = "Certificate of the domain: ARN in ACM in us-east-1, or id of a server certificate in IAM (aws-cn); one of both where there is a domain."
  type        = object({ acm_arn = optional(string), iam_id = optional(string) })
  default     = {}
  validation {
    condition     = var.domain == null ? var.certificate.acm_arn == null && var.certificate.iam_id == null : (var.certificate.acm_arn == null) != (var.certificate.iam_id == null)
    error_message = "certificate must name one certificate, acm_arn or iam_id, where there is a domain, and none where there is none."
  }
}

variable "edge" {
  description = "Whether a viewer-request function stands in front (Lambda@Edge; there is none in aws-cn). Without it the gateway answers everything."
  type        = bool
}

variable "packages" {
  description = "Folder of packages.json and the packages that it names; the one called edge holds this node's settings."
  type        = string
  validation {
    condition     = !var.edge || can(jsondecode(file("${var.packages}/packages.json")).edge.sha256)
    error_message = "packages must be a folder with a packages.json that has edge; make it with: make package"
  }
}

variable "policies" {
  description = "Policies, JSON, of what the function at the edge needs of lake and account store."
  type        = list(string)
}

variable "below" {
  description = "Whether nodes are served below their codes, beside the one at the root."
  type        = bool
  default     = false
}

variable "bucket_domain" {
  description = "Regional domain name of the lake's bucket."
  type        = string
}

variable "gateway_domain" {
  description = "Name by which CloudFront reaches the gateway; its certificate is of this name."
  type        = string
}

variable "api" {
  description = "Host and stage path of the functions' API; null where the gateway answers calls too."
  type        = object({ domain_name = string, path = string })
  default     = null
}

variable "pass" {
  description = "What gateway and API are sent as header field tianlake-origin, so that they know their CDN."
  type        = string
  sensitive   = true
}

variable "web_acl_arn" {
  description = "ARN of the web ACL, of scope CLOUDFRONT; null where there is none."
  type        = string
  default     = null
}

variable "logs_arn" {
  description = "ARN of the bucket of access logs; null where none are delivered (aws-cn)."
  type        = string
  default     = null
}

variable "log_access" {
  description = "Whether access logs are delivered to the bucket of logs, without queries."
  type        = bool
  default     = true
}

variable "price_class" {
  description = "Where CloudFront serves from: PriceClass_100, PriceClass_200, PriceClass_All."
  type        = string
  default     = "PriceClass_200"
  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "tags" {
  description = "Tags of every resource, for cost allocation."
  type        = map(string)
  default     = {}
}
