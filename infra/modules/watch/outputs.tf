output "topic_arn" {
  description = "ARN of the topic by which people are told."
  value       = aws_sns_topic.told.arn
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.node.dashboard_name
}
