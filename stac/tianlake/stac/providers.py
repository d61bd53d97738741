"""Who answers for a product: STAC providers, contacts, and whether a copy is official or a mirror."""

from __future__ import annotations

import re
from typing import Final

from tianlake.lake.errors import fault
from tianlake.lake.nodes import NodeCard, Organisation
from tianlake.lake.recipes import ProductCard
from tianlake.stac.profile import Json

_ROLES: Final = ("licensor", "producer", "processor", "host")
"""In the order of the STAC provider object."""

_PHONE: Final = re.compile(r"\+[1-9][0-9]{3,14}")  # contacts extension 0.1.1, E.164


def providers(node: NodeCard, card: ProductCard) -> list[Json]:
    """Return the organisations that made a product and, last, the one host: the node's operator (article 5).

    Source: Portolan core, "Providers". A product without producers is the operator's own.

    Raises:
        LakeError: Nobody could reach the host, because the node's operator has neither url nor email.
    """
    operator = node.settings.operator
    own = {role for each in card.producers if _same(each.name, operator.name) for role in each.roles}
    others = [each for each in card.producers if not _same(each.name, operator.name)]
    if "producer" not in own and not any("producer" in each.roles for each in others):
        own.add("producer")
    made: list[Json] = [
        {"name": each.name, "roles": list(each.roles), **({"url": each.url} if each.url else {})} for each in others
    ]
    return [*made, {**host(node), "roles": [role for role in _ROLES if role in own | {"host"}]}]


def host(node: NodeCard) -> Json:
    """Return the node's operator as the provider that hosts.

    Raises:
        LakeError: It has neither url nor email.
    """
    operator = node.settings.operator
    if not (operator.url or operator.email):
        raise fault(f"nodes/{node.code}/node.toml", "operator", "needs a url or an email, so that users can reach it")
    reach = {"url": operator.url, "email": operator.email}
    return {"name": operator.name, "roles": ["host"], **{name: value for name, value in reach.items() if value}}


def is_mirror(made: list[Json]) -> bool:
    """Return whether somebody other than the host made the data (Portolan core, "Source Provenance")."""
    return "producer" not in made[-1]["roles"]


def origin(node: NodeCard, card: ProductCard) -> str | None:
    """Return the page of the source that a mirror was copied from; None where the product is the node's own.

    Raises:
        LakeError: A mirror names no source.
    """
    if not is_mirror(providers(node, card)):
        return None
    urls = [card.source_url, *(each.url for each in card.producers if "producer" in each.roles)]
    found = next((url for url in urls if url), None)
    if found is None:
        operator = node.settings.operator.name
        rule = f"needed, because {operator!r} publishes what others made; give the page the data comes from"
        raise fault(f"{card.id}.toml", "source_url", rule)
    return found


def contacts(node: NodeCard) -> list[Json]:
    """Return the operator (运行维护单位) and the authority (自然资源主管部门, article 5) of a node."""
    settings = node.settings
    found = [_contact(settings.operator, "operator")]
    if _same(settings.operator.name, settings.authority.name):
        found[0]["roles"].append("authority")
    else:
        found.append(_contact(settings.authority, "authority"))
    return found


def _contact(who: Organisation, role: str) -> Json:
    phone = re.sub(r"[\s()-]", "", who.phone or "")
    phones = {"phones": [{"value": phone}]} if _PHONE.fullmatch(phone) else {}
    emails = {"emails": [{"value": who.email}]} if who.email else {}
    links = {"links": [{"rel": "about", "href": who.url, "type": "text/html"}]} if who.url else {}
    return {"name": who.name, "organization": who.name, "roles": [role], **phones, **emails, **links}


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def check_license(card: ProductCard) -> None:
    """Refuse a licence the profile does not know (Portolan core, "License").

    Raises:
        LakeError: It is no SPDX identifier, or `other` without the address of its text.
    """
    from packaging.licenses import (  # noqa: PLC0415 - the SPDX list is needed at publishing only
        InvalidLicenseExpression,
        canonicalize_license_expression,
    )

    recipe = f"{card.id}.toml"
    if card.license == "other":
        if not card.license_url:
            raise fault(recipe, "license_url", "needed with license = 'other': where the licence's text is")
        return
    rule = f"one SPDX identifier such as CC-BY-4.0, or 'other' with license_url; got {card.license!r}"
    try:
        canonical = canonicalize_license_expression(card.license)
    except InvalidLicenseExpression:
        raise fault(recipe, "license", rule) from None
    if " " in canonical or canonical.startswith("LicenseRef-"):
        raise fault(recipe, "license", rule)
    if canonical != card.license:
        raise fault(recipe, "license", f"SPDX identifiers are case-sensitive: write {canonical!r}")
