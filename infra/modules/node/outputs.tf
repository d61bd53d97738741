# What the tianlake command reads (terraform output -json). An example hands these on under the same names.

output "node_code" {
  description = "Code of the node."
  value       = var.node.code
}

output "region" {
  description = "Region of the node."
  value       = data.aws_region.here.name
}

output "lake_url" {
  description = "[lake] url of the workspace: s3://BUCKET/{code}."
  value       = module.storage.lake_url
}

output "site_url" {
  description = "Base URL of the site, without a final slash."
  value       = module.cdn.url
}

output "distribution_id" {
  description = "Id of the distribution, for invalidations; null where there is no CDN."
  value       = module.cdn.distribution_id
}

output "cdn_domain" {
  description = "CloudFront's name, to which the node's domain is made an alias."
  value       = module.cdn.domain_name
}

output "gateway_target" {
  description = "Name of the load balancer, to which node.gateway.domain is made an alias."
  value       = module.gateway.domain_name
}

output "accounts" {
  description = "[accounts] url of the workspace: dynamodb:PREFIX."
  value       = module.accounts.url
}

output "audit_bucket" {
  description = "Name of the bucket in which copies of the audit trail are locked."
  value       = module.storage.audit_bucket
}

output "replica_bucket" {
  description = "Name of the copy of the lake in the second region; null where there is none."
  value       = module.storage.replica_bucket
}

output "functions" {
  description = "Names of the functions by what they are: api, web, stac, edge."
  value = merge(local.functions ? module.api[0].functions : {},
  var.node.edge ? { edge = module.cdn.edge_function } : {})
}

output "api_url" {
  description = "Base URL of the functions' API, which answers the CDN alone; null where the gateway answers calls."
  value       = local.functions ? module.api[0].url : null
}

output "dashboard_url" {
  description = "Address of the dashboard."
  value       = "https://${data.aws_region.here.name}.console.${local.china ? "amazonaws.cn" : "aws.amazon.com"}/cloudwatch/home?region=${data.aws_region.here.name}#dashboards:name=${module.watch.dashboard_name}"
}

output "runs" {
  description = "Where commands run by the clock: cluster, task definition, file system of the workspace; null where they do not."
  value       = one([for each in module.batch : { cluster = each.cluster, task = each.task, file_system_id = each.file_system_id }])
}
