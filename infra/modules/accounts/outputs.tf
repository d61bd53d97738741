output "url" {
  description = "The store as settings name it."
  value       = "dynamodb:${var.prefix}"
}

output "prefix" {
  description = "What the tables' names begin with."
  value       = var.prefix
}

output "door_policy" {
  description = "Policy, JSON: look up keys, take leases of quotas."
  value       = data.aws_iam_policy_document.door.json
}

output "desk_policy" {
  description = "Policy, JSON: that of the door, and keep accounts and keys."
  value       = data.aws_iam_policy_document.desk.json
}

output "table_names" {
  description = "Name of each table by what it holds."
  value       = { for name, table in aws_dynamodb_table.accounts : name => table.name }
}
