"""OGC API Records as 20-004r1 has it, written down from the standard's schemas and not from our writer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Link(BaseModel):
    """20-004r1, schema link: href and rel."""

    href: str
    rel: str
    type: str | None = None


class Phone(BaseModel):
    value: str = Field(pattern=r"^\+[1-9]{1}[0-9]{3,14}$")


class Contact(BaseModel):
    """Schema contact: a name or an organization."""

    organization: str
    name: str | None = None
    phones: list[Phone] = []
    roles: list[str] = Field(min_length=1)


class Properties(BaseModel):
    """Table "core properties of a record": type and title are mandatory."""

    model_config = ConfigDict(extra="allow")
    type: str = Field(max_length=64)
    title: str = Field(min_length=1)
    contacts: list[Contact] = []
    themes: list[dict[str, Any]] | None = Field(default=None, min_length=1)


class Polygon(BaseModel):
    type: Literal["Polygon"]
    coordinates: list[list[tuple[float, float]]]


class Time(BaseModel):
    """Schema time: dates, or `..` for an open end."""

    interval: tuple[str, str]


class Record(BaseModel):
    """Schema recordGeoJSON: id, type, time, geometry, properties and links must be there, the third and fourth as null
    where there are none."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(min_length=1)
    type: Literal["Feature"]
    conformsTo: list[str]  # noqa: N815 - the standard's
    time: Time | None
    geometry: Polygon | None
    properties: Properties
    links: list[Link]
