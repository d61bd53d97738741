"""The DynamoDB provider `PROVIDER_OVERRIDE_DYNAMODB=moto`: tables in memory, without a Java program."""

from __future__ import annotations

import threading
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider


@aws_provider(api="dynamodb", name="moto")
def dynamodb() -> Service:
    """Return DynamoDB as moto imitates it, one request after the other.

    moto looks at a condition first and writes afterwards: two requests at once would both find it met, where DynamoDB
    lets one of them win.
    """
    model = load_service("dynamodb")
    turn = threading.Lock()

    def answer(context: RequestContext, _request: Any) -> Any:  # noqa: ANN401 - whatever the operation has
        with turn:
            return call_moto(context)

    return Service("dynamodb", skeleton=Skeleton(model, dict.fromkeys(model.operation_names, answer)))
