"""Which addresses a signed link may open: files of bulk data and archives, by their path alone."""

from __future__ import annotations

import re
from typing import Final

from tianlake.functions.accounts.answers import wrong
from tianlake.functions.admission.demands import demand_of
from tianlake.functions.gateway.places import locate
from tianlake.lake.errors import NotFoundError

_PATH: Final = re.compile(r"/[!-~]{1,1024}")
_CODE: Final = re.compile(r"156\d{6}")


class _AnyNode:
    """The codes of all nodes there may be: a link may be meant for another node of the tree."""

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and _CODE.fullmatch(code) is not None


def check_path(path: str) -> str:
    """Return a path that a link may open, as it will be requested; raises `CallError` for any other."""
    shaped = _PATH.fullmatch(path) is not None and not set("?#") & set(path)
    try:
        metered = shaped and demand_of(locate(path.encode(), _AnyNode())).meter == "data"
    except NotFoundError:
        metered = False
    if not metered:
        raise wrong(
            "path",
            "须为归档或数据文件的路径（以 / 开头，已编码，不含参数），如 /156130000/data/places/places.parquet。",
            "must be the path of an archive or data file, percent-encoded, from / on and without query, such as "
            "/156130000/data/places/places.parquet",
        )
    return path
