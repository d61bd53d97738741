"""Each rule of 3D Tiles that is broken gives one line: the file, the place, the rule."""

import copy
import json
import struct
from typing import Any

import pytest
import tileset_kit as kit

from tianlake.build.threed.content import Folder
from tianlake.build.threed.walk import Walked, walk
from tianlake.lake.errors import LakeError

CITY = "sources/city"


def error_of(folder):
    with pytest.raises(LakeError) as caught:
        list(walk(Folder(folder, CITY), Walked()))
    message = str(caught.value)
    assert "\n" not in message
    return message


def changed(path, value):
    """Return the explicit tileset with the member at a dotted path set; removed where the value is None."""
    tileset = copy.deepcopy(kit.explicit())
    *parents, last = path.split(".")
    at: Any = tileset
    for name in parents:
        at = at[int(name)] if name.isdigit() else at[name]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return tileset


WEST = "root.children.0"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("asset.version", "0.0", ": asset.version: Input should be '1.0' or '1.1'; got '0.0'"),
        ("root", None, ": root: Field required"),
        ("extensionsRequired", ["ACME_secret", "3DTILES_content_gltf", "MAXAR_grid"], ": extensionsRequired: ACME_secret, MAXAR_grid cannot be checked and so not be published; write the tileset without it"),  # noqa: E501
        (f"{WEST}.geometricError", -1, f": {WEST}: geometricError: Input should be greater than or equal to 0; got -1"),
        (f"{WEST}.geometricError", None, f": {WEST}: geometricError: Field required"),
        (f"{WEST}.refine", "add", f": {WEST}: refine: Input should be 'ADD' or 'REPLACE'; got 'add'"),
        (f"{WEST}.boundingVolume", {}, f": {WEST}: boundingVolume: needs one of region, box and sphere"),
        (f"{WEST}.boundingVolume", kit.box(9) | kit.region(), f": {WEST}: boundingVolume: needs one of region, box and sphere"),  # noqa: E501
        (f"{WEST}.boundingVolume.box", [0] * 11, f": {WEST}: boundingVolume.box: Tuple should have at least 12 items after validation, not 11; got [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"),  # noqa: E501
        (f"{WEST}.boundingVolume.box", [0.0] * 12, f": {WEST}: boundingVolume: box has half axes that span no area"),
        (f"{WEST}.boundingVolume", {"sphere": [0, 0, 0, 0]}, f": {WEST}: boundingVolume: sphere has the radius 0; it must be above 0"),  # noqa: E501
        (f"{WEST}.boundingVolume", {"region": [2, 0.7, 3.2, 0.8, 0, 9]}, f": {WEST}: boundingVolume: region has west 2 and east 3.2; they are radians between -π and π"),  # noqa: E501
        (f"{WEST}.boundingVolume", {"region": [2, 0.8, 2.1, 0.7, 0, 9]}, f": {WEST}: boundingVolume: region has south 0.8 and north 0.7; they are radians between -π/2 and π/2, south first"),  # noqa: E501
        (f"{WEST}.boundingVolume", {"region": [2, 0.7, 2.1, 0.8, 9, 0]}, f": {WEST}: boundingVolume: region has the lowest height 9 above the highest 0"),  # noqa: E501
        ("root.transform", None, ": root: boundingVolume: lies near the centre of the Earth: it has no place; give the root a transform to EPSG:4978"),  # noqa: E501
        ("root.transform", [1] * 15, ": root: transform: Tuple should have at least 16 items after validation, not 15; got [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"),  # noqa: E501
        (f"{WEST}.content", {}, f": {WEST}.content.uri: is missing; a content names its file"),
        (f"{WEST}.content.uri", "tiles/gone.glb", f": {WEST}.content.uri: there is no file 'tiles/gone.glb'; put it there or remove the tile"),  # noqa: E501
        (f"{WEST}.content.uri", "../../secret.glb", f": {WEST}.content.uri: '../../secret.glb' leads out of the folder; it must be a relative path inside"),  # noqa: E501
        (f"{WEST}.content.uri", "/etc/passwd", f": {WEST}.content.uri: '/etc/passwd' leads out of the folder; it must be a relative path inside"),  # noqa: E501
        (f"{WEST}.content.uri", "https://example.com/a.glb", f": {WEST}.content.uri: 'https://example.com/a.glb' leads to another server or holds data; a release has relative paths to its own files"),  # noqa: E501
        ("schemaUri", "schema.json", ": schemaUri: there is no file 'schema.json'; put it there or remove the tile"),
    ],
)  # fmt: skip
def test_a_tileset_that_breaks_a_rule_is_refused_in_one_line(tmp_path, path, value, message):
    folder = kit.write(tmp_path / "city", changed(path, value))
    assert error_of(folder) == f"{CITY}/tileset.json{message}"


GLB = kit.glb()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("west.glb", kit.b3dm(), "begins as b3dm, but is named .glb"),
        ("west.glb", GLB[:-8], f"says it has {len(GLB)} bytes, and has {len(GLB) - 8}; fetch it again"),
        ("west.glb", GLB[:6], "is cut short in its header: 6 bytes"),
        ("west.glb", struct.pack("<4sII", b"glTF", 1, 12), "is glb of version 1; version 2 can be published"),
        ("west.glb", b"<html>404</html>", "is none of b3dm, cmpt, glb, i3dm, pnts, glTF and tileset by its first bytes"),  # noqa: E501
        ("west.json", b"{", "not a JSON document: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),  # noqa: E501
        ("west.json", b"[]", "is no JSON object"),
        ("west.json", b"{}", "is neither a tileset (no member root) nor glTF (no nodes)"),
        ("west.json", b'{"nodes": [], "buffers": []}', "is glTF, but is named .json; name it .gltf"),
    ],
)  # fmt: skip
def test_content_that_is_not_what_it_should_be_is_refused(tmp_path, name, data, message):
    files = {path: make() for path, make in kit.FILES.items()} | {f"tiles/{name}": data}
    folder = kit.write(tmp_path / "city", changed(f"{WEST}.content.uri", f"tiles/{name}"), files)
    assert error_of(folder) == f"{CITY}/tiles/{name}: {message}"


def test_the_name_that_drafts_had_for_uri_is_understood(tmp_path):
    folder = kit.write(tmp_path / "city", changed(f"{WEST}.content", {"url": "tiles/west.glb"}))
    tiles = list(walk(Folder(folder, CITY), Walked()))
    assert [tile.content.path for tile in tiles if tile.name == WEST and tile.content] == ["tiles/west.glb"]


def test_a_gltf_without_one_of_its_files_is_refused(tmp_path):
    gltf = json.dumps({"nodes": [{}], "buffers": [{"uri": "west.bin", "byteLength": 4}]}).encode()
    files = {path: make() for path, make in kit.FILES.items()} | {"tiles/west.gltf": gltf}
    folder = kit.write(tmp_path / "city", changed(f"{WEST}.content.uri", "tiles/west.gltf"), files)
    rule = "there is no file 'tiles/west.bin'; put it there or remove the tile"
    assert error_of(folder) == f"{CITY}/tiles/west.gltf: buffers.0.uri: {rule}"
    (folder / "tiles/west.bin").write_bytes(b"abcd")
    walked = Walked()
    list(walk(Folder(folder, CITY), walked))
    assert "tiles/west.bin" in walked.used


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    folder = kit.write(tmp_path / "city", kit.explicit())
    (tmp_path / "private.glb").write_bytes(GLB)
    (folder / "tiles/west.glb").unlink()
    (folder / "tiles/west.glb").symlink_to(tmp_path / "private.glb")
    rule = "'tiles/west.glb' is a link out of the folder; put the file itself there"
    assert error_of(folder) == f"{CITY}/tileset.json: {WEST}.content.uri: {rule}"


def test_a_tileset_that_holds_itself_is_refused(tmp_path):
    tileset = changed(f"{WEST}.content.uri", "west/tileset.json")
    inner = {
        "asset": {"version": "1.0"},
        "geometricError": 8,
        "root": {"boundingVolume": kit.box(9, -100), "geometricError": 0, "content": {"uri": "../tileset.json"}},
    }
    files = {path: make() for path, make in kit.FILES.items()} | {"west/tileset.json": json.dumps(inner).encode()}
    folder = kit.write(tmp_path / "city", tileset, files)
    chain = "tileset.json → west/tileset.json → tileset.json"
    assert error_of(folder) == f"{CITY}/tileset.json: the tileset holds itself: {chain}"


def test_a_tower_of_tilesets_that_doubles_at_each_level_is_refused(tmp_path):
    def storey(below: str) -> bytes:
        root = {"boundingVolume": kit.box(9, -100), "geometricError": 8, "refine": "ADD"}
        twins = [{**root, "content": {"uri": below}} for _ in range(2)]
        body = {"asset": {"version": "1.1"}, "geometricError": 8, "root": {**root, "children": twins}}
        return json.dumps(body).encode()

    files = {path: make() for path, make in kit.FILES.items()}
    files |= {f"t{number}.json": storey(f"t{number + 1}.json") for number in range(40)}  # 2 to the power of 40 tiles
    folder = kit.write(
        tmp_path / "city", changed(f"{WEST}.content.uri", "t0.json"), files | {"t40.json": storey("root.glb")}
    )
    assert error_of(folder).startswith(f"{CITY}/t")
    assert "is entered more than 1,000 times" in error_of(folder)


def implicit_with(tmp_path, **files):
    tileset, made = kit.implicit()
    for name, data in files.items():
        if data is None:
            del made[name]
        else:
            made[name] = data
    return kit.write(tmp_path / "city", tileset, made)


SUBTREE = kit.subtree("11001", "01001", 0)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("content/2/3/2.glb", None, "/tileset.json: root.content.uri: there is no file 'content/2/3/2.glb'; put it there or remove the tile"),  # noqa: E501
        ("subtrees/2.2.3.subtree", None, "/tileset.json: root.implicitTiling.subtrees.uri: there is no file 'subtrees/2.2.3.subtree'; put it there or remove the tile"),  # noqa: E501
        ("subtrees/0.0.0.subtree", GLB, "/subtrees/0.0.0.subtree: is no subtree: it begins neither with 'subt' nor as JSON"),  # noqa: E501
        ("subtrees/0.0.0.subtree", SUBTREE[:-8], f"/subtrees/0.0.0.subtree: says it has {len(SUBTREE)} bytes, and has {len(SUBTREE) - 8}; fetch it again"),  # noqa: E501
        ("subtrees/0.0.0.subtree", b"{}", "/subtrees/0.0.0.subtree: tileAvailability: Field required (and 1 more)"),
        ("subtrees/0.0.0.subtree", b'{"tileAvailability": {"bitstream": 7}, "childSubtreeAvailability": {"constant": 0}}', "/subtrees/0.0.0.subtree: tileAvailability: there is no buffer view 7"),  # noqa: E501
        ("subtrees/0.0.0.subtree", b'{"tileAvailability": {}, "childSubtreeAvailability": {"constant": 0}}', "/subtrees/0.0.0.subtree: tileAvailability: needs bitstream or constant"),  # noqa: E501
        ("subtrees/2.3.3.subtree", kit.subtree("10100", "10100", 1), "/subtrees/2.3.3.subtree: childSubtreeAvailability: tells of subtrees at level 4; availableLevels is 4"),  # noqa: E501
    ],
)  # fmt: skip
def test_an_implicit_tiling_that_breaks_a_rule_is_refused(tmp_path, name, data, message):
    assert error_of(implicit_with(tmp_path, **{name: data})) == CITY + message


def test_tiles_below_the_available_levels_are_refused(tmp_path):
    tileset, files = kit.implicit()
    tileset["root"]["implicitTiling"]["availableLevels"] = 3
    folder = kit.write(tmp_path / "city", tileset, files)
    rule = "tileAvailability: has a tile at level 3; availableLevels is 3"
    assert error_of(folder) == f"{CITY}/subtrees/2.3.3.subtree: {rule}"


def test_subtrees_that_never_end_are_refused(tmp_path):
    endless = b'{"tileAvailability": {"constant": 0}, "childSubtreeAvailability": {"constant": 1}}'
    tileset, files = kit.implicit()
    tileset["root"]["implicitTiling"]["subtrees"]["uri"] = "subtrees/0.0.0.subtree"
    folder = kit.write(tmp_path / "city", tileset, files | {"subtrees/0.0.0.subtree": endless})
    rule = "childSubtreeAvailability: tells of subtrees at level 4; availableLevels is 4"
    assert error_of(folder) == f"{CITY}/subtrees/0.0.0.subtree: {rule}"


@pytest.mark.parametrize(("scheme", "levels"), [("QUADTREE", 14), ("OCTREE", 9), ("OCTREE", 20)])
def test_subtrees_that_say_more_than_memory_holds_are_refused(tmp_path, scheme, levels):
    everything = b'{"tileAvailability": {"constant": 1}, "childSubtreeAvailability": {"constant": 0}}'
    tileset, files = kit.implicit()
    tileset["root"]["implicitTiling"] |= {"subdivisionScheme": scheme, "subtreeLevels": levels}
    folder = kit.write(tmp_path / "city", tileset, files | {"subtrees/0.0.0.subtree": everything})
    rule = f"{levels} of a {scheme.lower()} are too many to look at; write smaller subtrees"
    assert error_of(folder) == f"{CITY}/tileset.json: root.implicitTiling.subtreeLevels: {rule}"


def test_an_implicit_tiling_needs_a_volume_that_can_be_divided(tmp_path):
    tileset, files = kit.implicit()
    x, y, z = kit.to_earth()[12:15]
    tileset["root"]["boundingVolume"] = {"sphere": [x, y, z, 900]}
    folder = kit.write(tmp_path / "city", tileset, files)
    rule = "a sphere cannot be divided; an implicit tiling needs a box or region"
    assert error_of(folder) == f"{CITY}/tileset.json: root: boundingVolume: {rule}"


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (f"{WEST}.boundingVolume", kit.box(50, -180), "tileset.child-outside"),
        (f"{WEST}.boundingVolume", kit.region(), "tileset.child-outside"),
        (f"{WEST}.boundingVolume", {"sphere": [100, 0, 0, 190]}, "tileset.child-outside"),
        (f"{WEST}.geometricError", 33, "tileset.geometric-error"),
    ],
)
def test_what_a_client_can_still_draw_is_noted_with_its_place(tmp_path, path, value, rule):
    folder = kit.write(tmp_path / "city", changed(path, value))
    walked = Walked()
    assert len(list(walk(Folder(folder, CITY), walked))) == 3
    [finding] = walked.findings(CITY)
    assert (finding.rule, finding.fate, finding.count, finding.source) == (rule, "kept", 1, CITY)
    [sample] = finding.samples
    assert sample.id == f"tileset.json: {WEST}"
    assert sample.lon == pytest.approx(kit.LON, abs=0.003)
    assert sample.lat == pytest.approx(kit.LAT, abs=0.003)


@pytest.mark.parametrize("volume", [kit.region(0.001), kit.box(60, -100), {"sphere": [-100, 0, 0, 60]}])
def test_a_child_inside_its_parent_is_not_noted(tmp_path, volume):
    tileset = changed(f"{WEST}.boundingVolume", volume)
    tileset["root"]["boundingVolume"] = kit.box(250)
    walked = Walked()
    list(walk(Folder(kit.write(tmp_path / "city", tileset), CITY), walked))
    assert walked.findings(CITY) == ()


@pytest.mark.parametrize("volume", [kit.region(0.001, 10, 90), kit.box(60, -100, 0, 61), {"sphere": [0, 0, 50, 45]}])
def test_a_child_inside_a_parents_region_is_not_noted(tmp_path, volume):
    tileset = changed(f"{WEST}.boundingVolume", volume)
    tileset["root"]["boundingVolume"] = kit.region(0.002, 0, 121)
    tileset["root"]["children"][1:] = []
    walked = Walked()
    list(walk(Folder(kit.write(tmp_path / "city", tileset), CITY), walked))
    assert walked.findings(CITY) == ()


@pytest.mark.parametrize(("reach", "noted"), [(180, 0), (140, 1)])
def test_a_child_is_held_against_its_parents_sphere(tmp_path, reach, noted):
    tileset = changed("root.boundingVolume", {"sphere": [0, 0, 0, reach]})  # its farthest corner is 166 m away
    tileset["root"]["children"][1:] = []
    walked = Walked()
    list(walk(Folder(kit.write(tmp_path / "city", tileset), CITY), walked))
    assert len(walked.findings(CITY)) == noted
