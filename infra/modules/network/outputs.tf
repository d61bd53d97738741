output "vpc_id" {
  description = "Id of the network."
  value       = aws_vpc.here.id
}

output "subnet_ids" {
  description = "Ids of its two subnets, in two zones."
  value       = aws_subnet.public[*].id
}
