"""The picture at the top of the README."""

import re
import xml.etree.ElementTree as ET

from tests.acceptance.readme_image import IMAGE, README, up_output

SVG = IMAGE.read_text(encoding="utf-8")


def test_it_shows_the_output_of_the_readme() -> None:
    texts = ET.fromstring(SVG).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314  # a file of this repository
    shown = "".join("".join(each.itertext()) for each in texts)
    expected = up_output(README.read_text(encoding="utf-8"))
    assert re.sub(r"\s", "", expected) in re.sub(r"\s", "", shown)


def test_it_loads_nothing() -> None:
    assert re.findall(r"@font-face|@import|href|url\((?!#)", SVG) == []
