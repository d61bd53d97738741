"""What moto does not store of services that `stored` imitates with it: kept as it was sent, and read back."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from localstack.aws.api import CommonServiceException, RequestContext
from localstack.services.moto import call_moto, call_moto_with_request

Operation = Callable[[RequestContext, Mapping[str, Any]], Mapping[str, Any]]

_POLICIES: Final = ("CachePolicy", "OriginRequestPolicy", "ResponseHeadersPolicy")
_OF_A_NOTIFICATION: Final = ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")


def cloudfront_policies() -> dict[str, Operation]:
    """Return the operations of CloudFront's policies (its API reference: Create, Get, Update, Delete)."""
    found: dict[str, Operation] = {}
    for kind in _POLICIES:
        found |= _policies(kind)
    return found


def _policies(kind: str) -> dict[str, Operation]:
    held: dict[str, dict[str, Any]] = {}

    def tell(id_: str) -> dict[str, Any]:
        if id_ not in held:
            raise CommonServiceException(f"NoSuch{kind}", f"{kind} {id_} does not exist", 404)
        return held[id_]

    def keep(id_: str, request: Mapping[str, Any]) -> dict[str, Any]:
        config = request[f"{kind}Config"]
        policy = {"Id": id_, "LastModifiedTime": datetime.now(UTC), f"{kind}Config": config}
        held[id_] = {kind: policy, "ETag": uuid.uuid4().hex}
        return held[id_]

    def change(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        if tell(request["Id"])["ETag"] != request.get("IfMatch"):
            raise CommonServiceException("PreconditionFailed", f"{kind} {request['Id']} is another one by now", 412)
        return keep(request["Id"], request)

    def delete(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        tell(request["Id"])
        del held[request["Id"]]
        return {}

    return {
        f"Create{kind}": lambda _context, request: keep(str(uuid.uuid4()), request),
        f"Get{kind}": lambda _context, request: tell(request["Id"]),
        f"Update{kind}": change,
        f"Delete{kind}": delete,
    }


def distributions() -> dict[str, Operation]:
    """Return the operations of CloudFront's distributions; moto makes them, and takes no more than one behaviour."""
    held: dict[str, Mapping[str, Any]] = {}

    def plain(config: Mapping[str, Any]) -> dict[str, Any]:
        return {**config, "CacheBehaviors": {"Quantity": 0}}

    def whole(answer: Mapping[str, Any], id_: str) -> dict[str, Any]:
        return {**answer, "Distribution": {**answer["Distribution"], "DistributionConfig": held[id_]}}

    def create(context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        tagged = request["DistributionConfigWithTags"]
        config = tagged["DistributionConfig"]
        sent = {"DistributionConfigWithTags": {**tagged, "DistributionConfig": plain(config)}}
        made = call_moto_with_request(context, sent)
        held[made["Distribution"]["Id"]] = config
        return whole(made, made["Distribution"]["Id"])

    def tell(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        found = call_moto(context)
        return whole(found, request["Id"]) if request["Id"] in held else found

    def tell_config(context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        found = call_moto(context)
        return {**found, "DistributionConfig": held.get(request["Id"], found["DistributionConfig"])}

    def change(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if request["Id"] not in held:
            return call_moto(context)
        config = request["DistributionConfig"]
        made = call_moto_with_request(context, {**request, "DistributionConfig": plain(config)})
        held[request["Id"]] = config
        return whole(made, request["Id"])

    return {
        "CreateDistributionWithTags": create,
        "GetDistribution": tell,
        "GetDistributionConfig": tell_config,
        "UpdateDistribution": change,
    }


def budgets() -> dict[str, Operation]:
    """Return the operations of AWS Budgets by which a budget has tags and people who are told; it is made by moto."""
    tags: dict[str, list[dict[str, str]]] = {}
    told: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    def create(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        account, name = request["AccountId"], request["Budget"]["BudgetName"]
        tags[f"arn:aws:budgets::{account}:budget/{name}"] = list(request.get("ResourceTags", ()))
        told[account, name] = list(request.get("NotificationsWithSubscribers", ()))
        return call_moto(context)

    def tell_tags(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"ResourceTags": tags.get(request["ResourceARN"], [])}

    def tell_people(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        for each in told.get((request["AccountId"], request["BudgetName"]), ()):
            if all(each["Notification"].get(name) == request["Notification"].get(name) for name in _OF_A_NOTIFICATION):
                return {"Subscribers": each["Subscribers"]}
        raise CommonServiceException("NotFoundException", "Notification does not exist", 400)

    return {
        "CreateBudget": create,
        "ListTagsForResource": tell_tags,
        "DescribeSubscribersForNotification": tell_people,
    }


def target_tags() -> dict[str, Operation]:
    """Return the operations of Application Auto Scaling by which a target has tags; it is made by moto."""
    held: dict[str, Mapping[str, str]] = {}

    def register(context: RequestContext, request: Mapping[str, Any]) -> Mapping[str, Any]:
        made = call_moto(context)
        held[made["ScalableTargetARN"]] = request.get("Tags") or {}
        return made

    def tell(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        return {"Tags": held.get(request["ResourceARN"], {})}

    return {"RegisterScalableTarget": register, "ListTagsForResource": tell}


def backup_policies() -> dict[str, Operation]:
    """Return the operations of EFS's backup policies."""
    held: dict[str, dict[str, Any]] = {}

    def put(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        held[request["FileSystemId"]] = {"BackupPolicy": request["BackupPolicy"]}
        return held[request["FileSystemId"]]

    def tell(_context: RequestContext, request: Mapping[str, Any]) -> dict[str, Any]:
        return held.get(request["FileSystemId"], {"BackupPolicy": {"Status": "DISABLED"}})

    return {"PutBackupPolicy": put, "DescribeBackupPolicy": tell}
