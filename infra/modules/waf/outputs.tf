output "arn" {
  description = "ARN of the web ACL."
  value       = aws_wafv2_web_acl.wall.arn
}

output "name" {
  description = "Name of the web ACL, as its metrics have it."
  value       = aws_wafv2_web_acl.wall.name
}
