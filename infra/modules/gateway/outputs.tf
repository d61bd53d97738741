output "domain_name" {
  description = "Host name of the load balancer."
  value       = aws_lb.gateway.dns_name
}

output "balancer_arn" {
  description = "ARN of the load balancer, for a web ACL."
  value       = aws_lb.gateway.arn
}

output "metrics" {
  description = "What the gateway's metrics are called: the load balancer's and target group's parts of their ARNs, cluster and service."
  value = {
    balancer = aws_lb.gateway.arn_suffix
    targets  = aws_lb_target_group.gateway.arn_suffix
    cluster  = aws_ecs_cluster.gateway.name
    service  = aws_ecs_service.gateway.name
  }
}
