variable "image" {
  description = "Container image with the tianlake command, by its digest: REGISTRY/NAME@sha256:..."
  type        = string
}

variable "packages" {
  description = "Folder that make package made."
  type        = string
  default     = "../../../dist"
}

variable "workspace" {
  description = "Folder of the workspace."
  type        = string
}

variable "emails" {
  description = "Who is told of alarms and costs."
  type        = list(string)
}

variable "gateway_certificate_arn" {
  description = "Certificate of the gateway's domain, in the node's region."
  type        = string
}

variable "site_certificate_arn" {
  description = "Certificate of the site's domain, in ACM in us-east-1."
  type        = string
}

variable "domain" {
  description = "Host name of the site; the gateway's is gateway. and this name."
  type        = string
  default     = "map.hebei.example.org"
}
