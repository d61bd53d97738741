# Two subnets in two zones. Containers have public addresses to fetch their image, and security groups that let nothing
# in but the load balancer: a NAT gateway for each zone would cost more than the containers. S3 and DynamoDB are reached
# by endpoints.

data "aws_region" "here" {}

data "aws_availability_zones" "here" {
  # checkov:skip=CKV_AWS_394:the first two are taken, and a subnet stays where it was made (ignore_changes)
  state = "available"
}

resource "aws_vpc" "here" {
  # checkov:skip=CKV2_AWS_11:flow logs are asked for by few nodes and cost as much as the containers; an account has them for all its networks
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = merge(var.tags, { Name = var.name })
}

resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.here.id
  tags   = var.tags
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.here.id
  cidr_block        = cidrsubnet(var.cidr, 4, count.index)
  availability_zone = data.aws_availability_zones.here.names[count.index]
  tags              = merge(var.tags, { Name = "${var.name}-${count.index + 1}" })

  map_public_ip_on_launch = false

  lifecycle {
    ignore_changes = [availability_zone]
  }
}

resource "aws_internet_gateway" "here" {
  vpc_id = aws_vpc.here.id
  tags   = var.tags
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.here.id
  tags   = var.tags
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.here.id
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  vpc_id            = aws_vpc.here.id
  service_name      = "com.amazonaws.${data.aws_region.here.name}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public.id]
  tags              = var.tags
}
