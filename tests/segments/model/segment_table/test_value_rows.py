"""Scheme value of the segment table file."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import Misconfigured
from app.segments.model.segment_table.table import DEFAULT_PATH, SegmentTable

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
FIRST = TEXT.index("\n[[value.bands]]")


def load(folder: Path, text: str) -> SegmentTable:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return SegmentTable.load(folder / "mine.toml")


def test_there_are_twelve_bands_from_the_highest() -> None:
    found = [(segment.slug, segment.name) for segment in SegmentTable.load().segments["value"]]
    assert found == [(f"value-{band:02}", f"Value band {band}") for band in range(12, 0, -1)]


def test_a_slug_is_that_of_the_number() -> None:
    assert SegmentTable.load().value_slugs(np.array([12, 1, 12])).tolist() == ["value-12", "value-01", "value-12"]


def test_a_file_without_the_scheme_has_the_bands_of_the_program(tmp_path: Path) -> None:
    assert load(tmp_path, TEXT[:FIRST]).segments["value"] == SegmentTable.load().segments["value"]


def test_another_name_keeps_the_slug(tmp_path: Path) -> None:
    table = load(tmp_path, TEXT[:FIRST] + TEXT[FIRST:].replace('"Value band"', '"Level"'))
    assert (table.segments["value"][0].name, table.segments["value"][0].slug) == ("Level 12", "value-12")


BROKEN = [
    ("bands = [12, 11]", "bands = [12, 11, 10]", r"band 10 is covered already"),
    ("bands = [12, 11]", "bands = [11]", r"no row of \[\[value\.bands\]\] covers band 12: add it"),
    (
        "bands = [12, 11]",
        "bands = [13]",
        r"\(Value band\): bands are \[13\]: give a list of whole numbers from 1 to 12",
    ),
    ("bands = [12, 11]", "bands = []", r"bands are \[\]"),
    ("bands = [12, 11]", "bands = [true]", r"bands are \[True\]"),
    ("bands = [12, 11]", "", r"bands missing: add it"),
    ("[[value.bands]]", "[[value.band]]", r"value is no list of rows: begin each one with \[\[value\.bands\]\]"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_row_is_refused_with_the_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        load(tmp_path, TEXT[:FIRST] + TEXT[FIRST:].replace(old, new))
