# What the tianlake command reads.

output "node_code" {
  description = "Code of the node."
  value       = module.node.node_code
}

output "region" {
  description = "Region of the node."
  value       = module.node.region
}

output "lake_url" {
  description = "[lake] url of the workspace."
  value       = module.node.lake_url
}

output "site_url" {
  description = "Base URL of the site, without a final slash."
  value       = module.node.site_url
}

output "distribution_id" {
  description = "Id of the distribution."
  value       = module.node.distribution_id
}

output "cdn_domain" {
  description = "CloudFront's name, to which the node's domain is made an alias."
  value       = module.node.cdn_domain
}

output "gateway_target" {
  description = "Name of the load balancer, to which the gateway's domain is made an alias."
  value       = module.node.gateway_target
}

output "accounts" {
  description = "[accounts] url of the workspace."
  value       = module.node.accounts
}

output "audit_bucket" {
  description = "Bucket in which copies of the audit trail are locked."
  value       = module.node.audit_bucket
}

output "replica_bucket" {
  description = "Copy of the lake in the second region; null where there is none."
  value       = module.node.replica_bucket
}

output "functions" {
  description = "Names of the functions by what they are."
  value       = module.node.functions
}

output "api_url" {
  description = "Base URL of the functions' API; null where the gateway answers calls."
  value       = module.node.api_url
}

output "dashboard_url" {
  description = "Address of the dashboard."
  value       = module.node.dashboard_url
}

output "runs" {
  description = "Where commands run by the clock; null where they do not."
  value       = module.node.runs
}
