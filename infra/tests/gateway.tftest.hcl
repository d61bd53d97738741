# The gateway's containers and their load balancer.
mock_provider "aws" {
  source          = "./tests/mocks"
  override_during = plan
}

variables {
  name            = "tianlake-156130000-gateway"
  image           = "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/tianlake@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  codes           = ["156130000", "156131000"]
  files           = { "tianlake.toml" = "", "nodes/156130000/node.toml" = "" }
  network         = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
  policy          = "{}"
  certificate_arn = "arn:aws:acm:ap-southeast-1:123456789012:certificate/1"
  pass            = "secret"
}

run "gateway" {
  command = plan
  module {
    source = "./modules/gateway"
  }
  assert {
    condition     = aws_lb.gateway.xff_header_processing_mode == "preserve"
    error_message = "The last entry of X-Forwarded-For must stay the client's."
  }
  assert {
    condition     = aws_lb_listener.https.default_action[0].fixed_response[0].status_code == "403"
    error_message = "Whoever is not our CDN is refused."
  }
  assert {
    condition     = local.repository == "tianlake"
    error_message = "The image's repository is found."
  }
}

run "gateway_from_an_office" {
  command = plan
  module {
    source = "./modules/gateway"
  }
  variables {
    from_cidrs = ["203.0.113.0/24"]
  }
  assert {
    condition     = aws_vpc_security_group_ingress_rule.from_cdn["203.0.113.0/24"].cidr_ipv4 == "203.0.113.0/24"
    error_message = "The network that was named may reach it."
  }
}

run "gateway_refuses" {
  command = plan
  module {
    source = "./modules/gateway"
  }
  variables {
    name            = "a-name-that-is-longer-than-a-load-balancers"
    image           = "tianlake:latest"
    size            = { cpu = 300 }
    count_range     = { least = 3, most = 2 }
    files           = { "tianlake.toml" = "", "signing/156130000.key" = "" }
    certificate_arn = "none"
  }
  expect_failures = [var.name, var.image, var.size, var.count_range, var.files, var.certificate_arn]
}
