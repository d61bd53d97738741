# The gateway as containers: tiles by z/x/y, TileJSON, styles, WMTS; where there are no edge functions, everything.

data "aws_region" "here" {}
data "aws_partition" "here" {}
data "aws_caller_identity" "here" {}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  count = length(var.from_cidrs) == 0 ? 1 : 0
  name  = var.cloudfront_prefix_list
}

locals {
  # The image has it as a volume of its user's: what Fargate mounts elsewhere belongs to root.
  scratch        = "/srv/tianlake"
  port           = 8765
  path           = split("/", split("@", var.image)[0])
  repository     = split(":", join("/", slice(local.path, min(1, length(local.path) - 1), length(local.path))))[0]
  repository_arn = "arn:${data.aws_partition.here.partition}:ecr:${data.aws_region.here.name}:${data.aws_caller_identity.here.account_id}:repository/${local.repository}"
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "HTTPS from the CDN, and from there to the gateway"
  vpc_id      = var.network.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "from_cdn" {
  for_each          = length(var.from_cidrs) == 0 ? { cdn = null } : { for cidr in var.from_cidrs : cidr => cidr }
  security_group_id = aws_security_group.balancer.id
  description       = "HTTPS from the CDN"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = each.value
  prefix_list_id    = each.value == null ? data.aws_ec2_managed_prefix_list.cloudfront[0].id : null
  tags              = var.tags
}

resource "aws_vpc_security_group_egress_rule" "to_gateway" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the gateway"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.gateway.id
  tags                         = var.tags
}

resource "aws_security_group" "gateway" {
  name        = "${var.name}-gateway"
  description = "From the load balancer, and to S3, DynamoDB and the registry"
  vpc_id      = var.network.vpc_id
  tags        = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  security_group_id            = aws_security_group.gateway.id
  description                  = "From the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
  referenced_security_group_id = aws_security_group.balancer.id
  tags                         = var.tags
}

resource "aws_vpc_security_group_egress_rule" "out" {
  security_group_id = aws_security_group.gateway.id
  description       = "HTTPS to S3, DynamoDB and the registry"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.tags
}

resource "aws_lb" "gateway" {
  # checkov:skip=CKV_AWS_91:its log holds queries, and keys in them (docs/operate.md)
  # checkov:skip=CKV2_AWS_28:without edge functions its web ACL is made by the waf module; else nobody but the CDN is answered
  # checkov:skip=CKV2_AWS_20:nothing listens on HTTP
  # checkov:skip=CKV_AWS_150:it holds nothing; tianlake destroy takes it down
  name                       = var.name
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = var.network.subnet_ids
  drop_invalid_header_fields = true
  # The gateway goes by the last entry of X-Forwarded-For: the one that CloudFront wrote, and not CloudFront's own.
  xff_header_processing_mode = "preserve"
  idle_timeout               = 60
  tags                       = var.tags
}

resource "aws_lb_target_group" "gateway" {
  # checkov:skip=CKV_AWS_378:inside the network, from a load balancer to containers that only it can reach
  name                 = var.name
  port                 = local.port
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.network.vpc_id
  deregistration_delay = 15
  tags                 = var.tags

  health_check {
    path                = "/healthz" # not /readyz: new containers mend no catalog, and bring no newer keys
    matcher             = "200"
    interval            = 15
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.gateway.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Ask the CDN."
      status_code  = "403"
    }
  }
}

resource "aws_lb_listener_rule" "from_our_cdn" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 1
  tags         = var.tags

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.gateway.arn
  }

  condition {
    http_header {
      http_header_name = "tianlake-origin"
      values           = [var.pass]
    }
  }
}

resource "aws_cloudwatch_log_group" "gateway" {
  # checkov:skip=CKV_AWS_158:logs hold neither queries nor header fields nor keys; CloudWatch encrypts them with its own key
  name              = "/tianlake/${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}

resource "aws_ecs_cluster" "gateway" {
  name = var.name
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_task_definition" "gateway" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory_mib
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.run.arn
  tags                     = var.tags

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([{
    name  = "gateway"
    image = var.image
    entryPoint = ["python3", "-c", file("${path.module}/start.py"), "${local.scratch}/workspace", "serve", "--behind-proxy",
    "--host", "0.0.0.0", "--port", tostring(local.port), "--node", var.codes[0], "--workers", tostring(var.size.workers)]
    command                = []
    essential              = true
    readonlyRootFilesystem = true
    portMappings           = [{ containerPort = local.port, protocol = "tcp" }]
    mountPoints            = [{ sourceVolume = "scratch", containerPath = local.scratch, readOnly = false }]
    environment = [
      { name = "AWS_REGION", value = data.aws_region.here.name },
      { name = "HOME", value = local.scratch },
      { name = "TIANLAKE_FILES", value = jsonencode(var.files) },
      { name = "TMPDIR", value = local.scratch },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.gateway.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "gateway"
      }
    }
  }])
}

resource "aws_ecs_service" "gateway" {
  # checkov:skip=CKV_AWS_333:a public address fetches the image without a NAT gateway; its security group lets the load balancer in alone
  name             = var.name
  cluster          = aws_ecs_cluster.gateway.id
  task_definition  = aws_ecs_task_definition.gateway.arn
  desired_count    = var.count_range.least
  launch_type      = "FARGATE"
  platform_version = "LATEST"
  propagate_tags   = "SERVICE"
  tags             = var.tags

  network_configuration {
    subnets          = var.network.subnet_ids
    security_groups  = [aws_security_group.gateway.id]
    assign_public_ip = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.gateway.arn
    container_name   = "gateway"
    container_port   = local.port
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_lb_listener_rule.from_our_cdn, aws_iam_role_policy.run, aws_iam_role_policy.start]
}

resource "aws_appautoscaling_target" "gateway" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.gateway.name}/${aws_ecs_service.gateway.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.count_range.least
  max_capacity       = var.count_range.most
  tags               = var.tags
}

resource "aws_appautoscaling_policy" "gateway" {
  name               = "processor"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.gateway.service_namespace
  resource_id        = aws_appautoscaling_target.gateway.resource_id
  scalable_dimension = aws_appautoscaling_target.gateway.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = 60
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
