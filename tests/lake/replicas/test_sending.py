"""Sending a copy in trouble: killed, a full disk, two at once; and to a bucket."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from copies_kit import FILING, filed, found, keeper, only, published, tree
from kit import REPO
from lake_kit import NODE, desk

from tianlake.lake.errors import ConflictError, StoreError
from tianlake.lake.publishing import withdraw
from tianlake.lake.replicas import Register, open_recalls, push, take_back
from tianlake.lake.store import DirectoryStore
from tianlake.lake.store._files import failures

ID = FILING.id

POINTS = 4


@pytest.mark.parametrize("point", range(POINTS))
def test_a_killed_push_leaves_a_copy_that_can_be_read_and_the_next_one_goes_on(tmp_path, stores, sent, killed, point):
    """What stood at the holder is whole until the new one is; what arrived is kept."""
    lake, copy = stores
    newer = published(tmp_path, lake, "b", "2026-11-02T00:00:00Z")
    shutil.copytree(tmp_path / "lake", tmp_path / "lake-first")
    shutil.copytree(tmp_path / "copy", tmp_path / "copy-first")
    calls = killed(tmp_path / "lake-first", tmp_path / "copy-first", 0)
    killed(tmp_path / "lake", tmp_path / "copy", 1 + round(point * (calls - 1) / (POINTS - 1)))
    there = tree(copy)
    pointer = json.loads(there["collections/places/collection.json"])["version"]
    manifest = json.loads(there[f"releases/places/{pointer}/manifest.json"])
    for entry in manifest["files"]:
        body = there[f"releases/places/{pointer}/{entry['path']}"]
        assert hashlib.sha256(body).hexdigest() == entry["sha256"]
    held = {"/".join(key.split("/")[1:3]) for key in there if key.startswith("releases/")}
    assert held <= Register(lake, NODE.code).find(ID).held, "nothing lies there that is not on record"
    push(keeper(lake), ID, copy)
    assert found(copy, Register(lake, NODE.code).find(ID).sums) == []
    assert {key.split("/")[2] for key in tree(copy) if key.startswith("releases/")} == {newer}


@pytest.fixture
def killed():
    """Run a push in a process of its own that dies at a call; return how many there were where it lived."""
    script = Path(__file__).with_name("pusher.py")
    path = f"{REPO / 'tests/_kit'}:{os.environ.get('PYTHONPATH', '')}"

    def run_it(lake, copy, fatal):
        command = [sys.executable, str(script), str(lake), str(copy), str(fatal)]
        environment = os.environ | {"PYTHONPATH": path}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=120)
        assert done.returncode == (-signal.SIGKILL if fatal else 0), done.stderr
        return int(done.stdout or 0)

    return run_it


def test_a_full_disk_at_the_holder_is_told_and_the_push_goes_on_later(tmp_path, stores, release):
    lake, copy = stores
    filed(lake)

    class Full(DirectoryStore):
        left = 3

        def put(self, key, body, **named):
            Full.left -= 1
            if Full.left < 0:
                with failures("write", key):
                    raise OSError(errno.ENOSPC, "No space left on device")
            return super().put(key, body, **named)

    with pytest.raises(StoreError, match="No space left on device"):
        push(keeper(lake), ID, Full(tmp_path / "copy"))
    arrived = set(tree(copy))
    assert "collections/places/collection.json" not in arrived
    done = push(keeper(lake), ID, copy)
    assert done.kept >= len(arrived) - 1, "all but the claim, which names releases now"
    assert found(copy) == []


def test_two_pushes_at_once_leave_one_whole_copy(tmp_path, stores, release):
    lake, copy = stores
    filed(lake)

    def one(_number):
        try:
            return push(keeper(lake), ID, DirectoryStore(tmp_path / "copy")).files
        except ConflictError:
            return None

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    push(keeper(lake), ID, copy)
    assert found(copy) == []


def test_a_holders_bucket_gets_the_same_copy_and_only_what_differs(tmp_path, stores, release, localstack):
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415 - tests of folders alone start faster

    lake, _copy = stores
    filed(lake)
    bucket = S3Store(localstack.make_bucket(), "copies/a", localstack.settings, localstack.session)
    push(keeper(lake), ID, bucket)
    assert found(bucket) == []
    asked = []

    class Asked(S3Store):
        def get(self, key, span=None):
            asked.append(key)
            return super().get(key, span)

    again = Asked(bucket._bucket, "copies/a", localstack.settings, localstack.session)
    assert push(keeper(lake), ID, again).files == 0
    assert not [key for key in asked if key.startswith("releases/")], "nothing was read back"
    lake.delete(f"private/replicas/{ID}/seen.json")
    assert push(keeper(lake), ID, again).files == 0
    assert [key for key in asked if key.startswith("releases/")], "without that note, files are read and compared"
    withdraw(desk(lake), "places", "不应公开")
    [name] = open_recalls(lake, Register(lake, NODE.code).find(ID))
    assert take_back(keeper(lake), only(lake, bucket), [name], "withdrawn").reached
    assert list(bucket.list()) == []


def test_a_recall_deletes_the_versions_that_a_holders_bucket_kept(tmp_path, stores, release, localstack):
    from tianlake.lake.store.remains import BucketRemains  # noqa: PLC0415
    from tianlake.lake.store.s3 import S3Store  # noqa: PLC0415

    lake, _copy = stores
    filed(lake)
    name = localstack.make_bucket()
    client = localstack.session.client("s3", endpoint_url=localstack.url)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    bucket = S3Store(name, "copies/a", localstack.settings, localstack.session)
    remains = BucketRemains(name, "copies/a", localstack.settings, localstack.session)
    push(keeper(lake), ID, bucket)
    withdraw(desk(lake), "places", "不应公开")
    [held] = open_recalls(lake, Register(lake, NODE.code).find(ID))
    copy = replace(only(lake, bucket), remains=remains)
    assert take_back(keeper(lake), copy, [held], "withdrawn").reached
    listed = client.list_object_versions(Bucket=name)
    found = [each["Key"] for kind in ("Versions", "DeleteMarkers") for each in listed.get(kind, [])]
    assert [key for key in found if "places" in key] == []
