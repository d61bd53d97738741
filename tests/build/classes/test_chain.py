"""The chain of divisions that a code means, for each way in which China is divided."""

import pytest

from tianlake.build.classes.chain import chain_of
from tianlake.lake.divisions import load_divisions


@pytest.mark.parametrize(
    ("code", "name", "province", "city", "county"),
    [
        ("156131002", "安次区", "河北省 156130000", "廊坊市 156131000", "安次区 156131002"),
        ("156110101", "东城区", "北京市 156110000", None, "东城区 156110101"),
        ("156659001", "石河子市", "新疆维吾尔自治区 156650000", None, "石河子市 156659001"),
        ("156419001", "济源市", "河南省 156410000", None, "济源市 156419001"),
        ("156429021", "神农架林区", "湖北省 156420000", None, "神农架林区 156429021"),
        ("156441900", "东莞市", "广东省 156440000", "东莞市 156441900", None),
        ("156460400", "儋州市", "海南省 156460000", "儋州市 156460400", None),
        ("156130000", "河北省", "河北省 156130000", None, None),
        ("156710021", "宜兰县", "台湾省 156710000", None, "宜兰县 156710021"),
        ("156810101", "中西区", "香港特别行政区 156810000", None, "中西区 156810101"),
        ("156820000", "澳门特别行政区", "澳门特别行政区 156820000", None, None),
    ],
)
def test_a_code_leads_to_all_that_it_lies_in(code, name, province, city, county):
    found = chain_of(code, name, load_divisions())
    told = {
        level: f"{found[level]} {found[f'{level}_code']}" if found[f"{level}_code"] else None
        for level in ("province", "city", "county")
    }
    assert told == {"province": province, "city": city, "county": county}


def test_a_unit_that_was_abolished_keeps_the_name_that_its_polygon_gives_it():
    found = chain_of("156130199", "旧县", load_divisions())
    assert (found["county"], found["city"], found["province"]) == ("旧县", "石家庄市", "河北省")
