"""Services that LocalStack lacks, as moto stores them: what is created can be read again, and does nothing else."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider

from tianlake_localstack import kept


def stored(name: str, own: Mapping[str, kept.Operation] | None = None) -> Service:
    """Return a service as moto imitates it, but for operations of our `own`, one request after the other.

    moto looks at a condition first and writes afterwards: two requests at once would both find it met, where AWS lets
    one of them win.
    """
    model = load_service(name)
    turn = threading.Lock()

    def answer(context: RequestContext, _request: Any) -> Any:  # noqa: ANN401 - whatever the operation has
        with turn:
            return call_moto(context)

    return Service(name, skeleton=Skeleton(model, {**dict.fromkeys(model.operation_names, answer), **(own or {})}))


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """Return DynamoDB: tables in memory, without a Java program."""
    return stored("dynamodb")


@aws_provider(api="kms", name="moto")
def kms() -> Service:
    """Return KMS; LocalStack's own makes a key's id by `uuid.uuid5` from bytes, which Python takes since 3.12."""
    return stored("kms")


@aws_provider()
def cloudfront() -> Service:
    """Return CloudFront: distributions, policies, invalidations. Nothing is served; `localstack/edge` does that."""
    return stored("cloudfront", kept.cloudfront_policies() | kept.distributions())


@aws_provider()
def wafv2() -> Service:
    """Return WAF: rules that nobody applies."""
    return stored("wafv2")


@aws_provider()
def batch() -> Service:
    """Return Batch: queues in which nothing runs."""
    return stored("batch")


@aws_provider()
def ecs() -> Service:
    """Return ECS: clusters in which nothing runs."""
    return stored("ecs")


@aws_provider(api="elbv2")
def balancers() -> Service:
    """Return load balancers, which take no connections."""
    return stored("elbv2")


@aws_provider(api="application-autoscaling")
def autoscaling() -> Service:
    """Return Application Auto Scaling: policies by which nothing is scaled."""
    return stored("application-autoscaling", kept.target_tags())


@aws_provider()
def efs() -> Service:
    """Return EFS: file systems that nobody can mount."""
    return stored("efs", kept.backup_policies())


@aws_provider()
def ecr() -> Service:
    """Return ECR: repositories without images."""
    return stored("ecr")


@aws_provider()
def budgets() -> Service:
    """Return Budgets."""
    return stored("budgets", kept.budgets())


@aws_provider()
def synthetics() -> Service:
    """Return CloudWatch Synthetics: canaries that never run."""
    return stored("synthetics")


@aws_provider()
def apigatewayv2() -> Service:
    """Return API Gateway's HTTP APIs: nothing is served; REST APIs are LocalStack's own, and are."""
    return stored("apigatewayv2")
