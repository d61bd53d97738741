# The example on-premises.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

run "example_on_premises" {
  command = plan
  module {
    source = "./examples/on-premises"
  }
  variables {
    endpoint = "http://127.0.0.1:9000"
  }
}
