"""Members and types that the public search was recorded to answer (design/tianditu.md §1.5), as data."""

from __future__ import annotations

from typing import Any, Final

Shape = Any
"""A type, a list of one shape, or a mapping of members; a member that ends in `?` may be missing."""

STATUS: Final = {"cndesc": str, "infocode": int}
PROMPT: Final = [{"type": int, "admins": [{"adminName": str, "adminCode": int}]}]

POI: Final = {
    "name": str,
    "address": str,
    "lonlat": str,
    "phone": str,
    "poiType": str,
    "eaddress": str,
    "ename": str,
    "hotPointID": str,
    "source": str,
}
DETAILED_POI: Final = POI | dict.fromkeys(
    ("province", "provinceCode", "city", "cityCode", "county", "countyCode", "typeCode", "typeName"), str
)
NEARBY_POI: Final = POI | {"distance": str}

_ALL: Final = {"count": str, "resultType": int, "keyWord": str, "status": STATUS, "prompt?": PROMPT}
MISS: Final = _ALL
PLACES: Final = _ALL | {"pois": [POI], "lineData": []}
DETAILED: Final = _ALL | {"pois": [DETAILED_POI], "lineData": []}
NEARBY: Final = _ALL | {"pois": [NEARBY_POI], "lineData": []}
_ADMIN: Final = {"name": str, "adminName": str, "adminCode": int, "lonlat": str, "ename": str}
STATISTICS: Final = _ALL | {
    "statistics": {
        "count": int,
        "adminCount": int,
        "keyword": str,
        "priorityCitys": [_ADMIN | {"count": str}],
        "allAdmins": [_ADMIN | {"count": int, "isleaf": bool}],
    }
}
AREA: Final = _ALL | {"area": {"name": str, "bound": str, "lonlat": str, "level": str, "adminCode": int}}
SUGGESTIONS: Final = _ALL | {"suggests": [{"name": str, "address": str, "gbCode": str}]}

_DISTRICT: Final = {
    "gb": str,
    "pgb": str,
    "name": str,
    "level": int,
    "center?": {"lng": float, "lat": float},
}
CHILD: Final = _DISTRICT | {"children": list}
DISTRICT: Final = _DISTRICT | {"boundary?": str, "children": [CHILD]}
ADMINISTRATIVE: Final = {
    "status": int,
    "message": str,
    "data": {"suggestion": [{"name": str, "gb": str}], "district": [DISTRICT]},
}


def differences(value: object, shape: Shape, path: str = "$") -> list[str]:
    """Return what of a document is not as a shape has it: members too many or missing, and other types."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path} is no object"]
        allowed = {name.rstrip("?"): each for name, each in shape.items()}
        wanted = {name for name in shape if not name.endswith("?")}
        found = [f"{path}.{name} is missing" for name in sorted(wanted - set(value))]
        found += [f"{path}.{name} is not recorded" for name in sorted(set(value) - set(allowed))]
        for name in value.keys() & allowed.keys():
            found += differences(value[name], allowed[name], f"{path}.{name}")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        inner = shape[0] if shape else None
        return [each for n, item in enumerate(value) for each in differences(item, inner, f"{path}[{n}]") if inner]
    # bool is an int to Python, not to JSON.
    return [] if type(value) is shape else [f"{path} is {type(value).__name__}, not {shape.__name__}"]
