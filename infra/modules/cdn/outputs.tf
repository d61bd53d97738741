output "distribution_id" {
  description = "Id of the distribution, for invalidations."
  value       = aws_cloudfront_distribution.site.id
}

output "distribution_arn" {
  description = "ARN of the distribution, for the bucket's policy."
  value       = aws_cloudfront_distribution.site.arn
}

output "url" {
  description = "Base URL of the site, without a final slash."
  value       = "https://${coalesce(var.domain, aws_cloudfront_distribution.site.domain_name)}"
}

output "domain_name" {
  description = "CloudFront's own name, to which the domain is an alias."
  value       = aws_cloudfront_distribution.site.domain_name
}

output "edge_function" {
  description = "Name of the function at the edge; null where there is none."
  value       = one(aws_lambda_function.edge[*].function_name)
}
