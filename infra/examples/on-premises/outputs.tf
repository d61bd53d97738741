# What the tianlake command reads; what is not there is null.

output "node_code" {
  description = "Code of the node."
  value       = var.code
}

output "region" {
  description = "Region as the store calls itself."
  value       = var.region
}

output "lake_url" {
  description = "[lake] url of the workspace."
  value       = "s3://${aws_s3_bucket.lake.bucket}/{code}"
}

output "site_url" {
  description = "Base URL of the site, without a final slash."
  value       = var.site_url
}

output "accounts" {
  description = "[accounts] url of the workspace."
  value       = "sqlite:accounts.sqlite"
}

output "distribution_id" {
  description = "There is no CDN."
  value       = null
}

output "audit_bucket" {
  description = "There is none: the trail is anchored at the parent (docs/audit.md)."
  value       = null
}

output "replica_bucket" {
  description = "There is none."
  value       = null
}

output "functions" {
  description = "There are none: the gateway answers everything."
  value       = {}
}

output "api_url" {
  description = "There is none."
  value       = null
}

output "dashboard_url" {
  description = "There is none."
  value       = null
}
