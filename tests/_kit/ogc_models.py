"""Documents as 17-069r4 has them, written down from the standard's schemas and not from our writer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AnyUrl, BaseModel, Field


class Link(BaseModel):
    """Schema link: href is mandatory, and rel wherever links are used."""

    href: AnyUrl
    rel: str = Field(min_length=1)
    type: str | None = None
    title: str | None = None


Links = Annotated[list[Link], Field(min_length=1)]


class LandingPage(BaseModel):
    """Schema landingPage."""

    title: str
    description: str
    links: Links


class Spatial(BaseModel):
    """Schema extent, spatial: boxes of four or six numbers."""

    bbox: list[tuple[float, float, float, float]] = Field(min_length=1)
    crs: Literal["http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/OGC/0/CRS84h"]


class Temporal(BaseModel):
    """Schema extent, temporal: RFC 3339 date-times, null for an open end."""

    interval: list[tuple[datetime | None, datetime | None]] = Field(min_length=1)


class Extent(BaseModel):
    spatial: Spatial | None = None
    temporal: Temporal | None = None


class Collection(BaseModel):
    """Schema collection; crs and storageCrs are those of 18-058r1."""

    id: str
    title: str
    description: str
    links: Links
    extent: Extent
    itemType: Literal["feature", "record"]  # noqa: N815 - the standard's
    crs: list[str] = ["http://www.opengis.net/def/crs/OGC/1.3/CRS84"]
    storageCrs: AnyUrl | None = None  # noqa: N815


class Collections(BaseModel):
    """Schema collections."""

    links: Links
    crs: list[AnyUrl]
    collections: list[Collection]


class Feature(BaseModel):
    """Schema featureGeoJSON."""

    type: Literal["Feature"]
    id: str | int
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    """Schema featureCollectionGeoJSON."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    links: Links
    timeStamp: datetime  # noqa: N815
    numberMatched: int | None = Field(default=None, ge=0)  # noqa: N815
    numberReturned: int = Field(ge=0)  # noqa: N815
