output "bucket" {
  description = "Name of the lake's bucket."
  value       = aws_s3_bucket.lake.bucket
}

output "arn" {
  description = "ARN of the lake's bucket."
  value       = aws_s3_bucket.lake.arn
}

output "domain_name" {
  description = "Regional domain name of the lake's bucket, which a distribution reads from."
  value       = aws_s3_bucket.lake.bucket_regional_domain_name
}

output "lake_url" {
  description = "URL of the lake as [lake] url has it: a node's objects lie below its code."
  value       = "s3://${aws_s3_bucket.lake.bucket}/{code}"
}

output "audit_bucket" {
  description = "Name of the bucket in which copies of the audit trail are locked."
  value       = aws_s3_bucket.audit.bucket
}

output "logs_bucket" {
  description = "Name of the bucket of access logs."
  value       = aws_s3_bucket.logs.bucket
}

output "logs_arn" {
  description = "ARN of the bucket of access logs."
  value       = aws_s3_bucket.logs.arn
}

output "replica_bucket" {
  description = "Name of the copy in the second region; null where there is none."
  value       = one(aws_s3_bucket.replica[*].bucket)
}

output "reader_policy" {
  description = "Policy, JSON: read what is public, and the snapshot of keys."
  value       = data.aws_iam_policy_document.reader.json
}

output "desk_policy" {
  description = "Policy, JSON: read what is public and cases, put what waits to be signed and the access log, whose rows it cannot read."
  value       = data.aws_iam_policy_document.desk.json
}

output "writer_policy" {
  description = "Policy, JSON: publish, withdraw, remove with older versions, federate."
  value       = data.aws_iam_policy_document.writer.json
}
