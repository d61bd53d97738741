# The network of containers.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name = "tianlake-156130000"
}

run "network" {
  command = plan
  module {
    source = "./modules/network"
  }
  assert {
    condition     = length(distinct(aws_subnet.public[*].availability_zone)) == 2
    error_message = "Two zones."
  }
  assert {
    condition     = alltrue([for each in aws_subnet.public : !each.map_public_ip_on_launch])
    error_message = "Nothing has a public address unless it asks."
  }
}

run "network_refuses" {
  command = plan
  module {
    source = "./modules/network"
  }
  variables {
    cidr = "10.0.0.0/28"
  }
  expect_failures = [var.cidr]
}
