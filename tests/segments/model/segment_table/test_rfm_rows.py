"""Scheme rfm of the segment table file."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import Misconfigured
from app.segments.model.segment_table.table import DEFAULT_PATH, SegmentTable

TEXT = DEFAULT_PATH.read_text(encoding="utf-8")
MARK = "[[rfm.groups]]"
WITHOUT_GROUPS = TEXT[: TEXT.index("\n[[rfm.groups]]")]
GROUPS = [
    *("Champions", "Loyal Customers", "Potential Loyalists", "New Customers", "Promising", "Need Attention"),
    *("About To Sleep", "At Risk", "Cannot Lose Them", "Hibernating", "Lost"),
]


def load(folder: Path, text: str) -> SegmentTable:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return SegmentTable.load(folder / "mine.toml")


def test_the_eleven_groups_are_those_that_marketers_know() -> None:
    assert [segment.name for segment in SegmentTable.load().segments["rfm"]] == GROUPS


@pytest.mark.parametrize(
    ("scores", "slug"),
    [([5, 5, 4], "champions"), ([1, 1, 1], "lost"), ([1, 5, 5], "cannot-lose-them"), ([5, 1, 1], "new-customers")],
)
def test_a_group_is_that_of_recency_and_value(scores: list[int], slug: str) -> None:
    assert SegmentTable.load().rfm_slugs(np.array([scores])).tolist() == [slug]


def test_a_file_without_the_scheme_has_the_groups_of_the_program(tmp_path: Path) -> None:
    assert load(tmp_path, WITHOUT_GROUPS).segments["rfm"] == SegmentTable.load().segments["rfm"]


def test_cut_points_are_declared_without_groups(tmp_path: Path) -> None:
    table = load(tmp_path, f"{WITHOUT_GROUPS}\n[rfm]\nrecency = [30, 60, 120, 240]\n")
    assert dict(table.rfm.cut_points) == {"recency": (30, 60, 120, 240)}


@pytest.mark.parametrize(
    "points", ["[30, 60, 50, 240]", "[30, 30, 50, 240]", "[30, 60, 90]", "[1, 2, 3, nan]", "[1, 2, 3, true]", "30"]
)
def test_cut_points_that_cross_or_repeat_are_refused_with_the_remedy(tmp_path: Path, points: str) -> None:
    with pytest.raises(Misconfigured, match=r"mine\.toml: rfm\.frequency is .*: give 4 numbers, each more than"):
        load(tmp_path, f"{WITHOUT_GROUPS}\n[rfm]\nfrequency = {points}\n")


@pytest.mark.parametrize("line", ["recency = [-1, 2, 4, 8]", "frequency = [0, 2, 4, 8]", "monetary = [-5, 0, 1, 2]"])
def test_cut_points_below_the_least_value_are_refused_with_the_remedy(tmp_path: Path, line: str) -> None:
    with pytest.raises(Misconfigured, match=r"no customer has a value below [01], give cut points of at least [01]"):
        load(tmp_path, f"{WITHOUT_GROUPS}\n[rfm]\n{line}\n")


BROKEN = [
    ("cells = [[1, 1]]", "cells = [[1, 1], [1, 2]]", "recency score 1, value score 2 is covered already"),
    ("cells = [[1, 5], [2, 5]]", "cells = [[1, 5]]", "no row of rfm covers recency score 2, value score 5: add it"),
    ("cells = [[1, 1]]", "cells = [[1, 6]]", r"\(Lost\): cells are .*whole numbers from 1 to 5"),
    ("cells = [[1, 1]]", "cells = []", r"\(Lost\): cells are .*give pairs"),
    ("cells = [[1, 1]]", "", r"\(Lost\): cells missing: add it"),
    ('name = "Lost"', 'name = "CHAMPIONS"', "another segment has this name"),
    (f'{MARK}\nname = "Lost"', '[[rfm.group]]\nname = "Lost"', r"unknown rfm\.group: a row is \[\[rfm\.groups\]\]"),
]


@pytest.mark.parametrize(("old", "new", "message"), BROKEN)
def test_a_broken_row_is_refused_with_the_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    first = TEXT.index(f"\n{MARK}")
    head, rows = TEXT[:first], TEXT[first:]
    assert rows.count(old) == 1
    with pytest.raises(Misconfigured, match=message):
        load(tmp_path, head + rows.replace(old, new))
