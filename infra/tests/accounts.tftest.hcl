# The account store.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  prefix = "tianlake-156130000"
}

run "accounts" {
  command = plan
  module {
    source = "./modules/accounts"
  }
  assert {
    condition     = alltrue([for each in aws_dynamodb_table.accounts : each.deletion_protection_enabled && each.point_in_time_recovery[0].enabled && each.server_side_encryption[0].enabled])
    error_message = "Tables are protected, recoverable and encrypted."
  }
  assert {
    condition     = aws_kms_key.accounts.enable_key_rotation
    error_message = "The key is rotated."
  }
}

run "accounts_refuses" {
  command = plan
  module {
    source = "./modules/accounts"
  }
  variables {
    prefix = "A"
  }
  expect_failures = [var.prefix]
}
