# The lake's bucket and those beside it.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

mock_provider "aws" {
  alias           = "replica"
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name             = "tianlake-156130000"
  codes            = ["156130000", "156131000"]
  cdn_reads        = true
  distribution_arn = "arn:aws:cloudfront::123456789012:distribution/E1"
}

run "storage" {
  command = plan
  module {
    source = "./modules/storage"
  }
  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
  assert {
    condition     = alltrue([for each in aws_s3_bucket_public_access_block.here : each.block_public_acls && each.block_public_policy && each.ignore_public_acls && each.restrict_public_buckets])
    error_message = "No bucket may be open to the public."
  }
  assert {
    condition     = aws_s3_bucket.audit.object_lock_enabled && aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].days >= 184
    error_message = "Copies of the trail are locked."
  }
}

run "storage_without_a_second_region" {
  command = plan
  module {
    source = "./modules/storage"
  }
  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
  variables {
    replicated       = false
    cdn_reads        = false
    distribution_arn = null
  }
  assert {
    condition     = output.replica_bucket == null && length(aws_s3_bucket_versioning.replica) == 0
    error_message = "Nothing is made in the second region."
  }
}

run "storage_refuses" {
  command = plan
  module {
    source = "./modules/storage"
  }
  providers = {
    aws         = aws
    aws.replica = aws.replica
  }
  variables {
    name            = "tianlake-156130000-tianlake-156130000-tianlake-156130000-x"
    codes           = ["156130000", "13"]
    audit_lock      = { mode = "GOVERNANCE", days = 30 }
    log_days        = 30
    noncurrent_days = 0
    tiering_days    = -1
  }
  expect_failures = [var.name, var.codes, var.audit_lock, var.log_days, var.noncurrent_days, var.tiering_days]
}
