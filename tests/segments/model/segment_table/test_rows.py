from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.segments.model.segment_table.table import DEFAULT_PATH, SegmentTable

LAST = '[[rules]]\nname = "Base Value - Inactive"'
BIG = 'name = "Big Spenders"\ntier = "High-Value"'
BOUNDS = 'monetary = { above = 2, up_to = 4 }\nfrequency = { up_to = 1 }\nrecency = "recent"'


def changed(folder: Path, old: str, new: str) -> Path:
    text = DEFAULT_PATH.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "mine.toml").write_text(text.replace(old, new), encoding="utf-8")
    return folder / "mine.toml"


def test_a_new_name_has_its_slug(tmp_path: Path) -> None:
    table = SegmentTable.load(changed(tmp_path, 'name = "Big Spenders"', 'name = "Großzügige & Käufer!"'))
    assert table.segment("kmeans", "grozugige-kaufer").name == "Großzügige & Käufer!"


def test_a_case_can_be_split_by_a_new_bound(tmp_path: Path) -> None:
    row = DEFAULT_PATH.read_text(encoding="utf-8").split("[[kmeans]]\n")[9]
    assert row.startswith(BIG)
    split = row.replace("up_to = 4", "up_to = 3") + "[[kmeans]]\n" + row.replace("above = 2", "above = 3")
    table = SegmentTable.load(changed(tmp_path, row, split.replace("Big Spenders", "Bigger Spenders", 1)))
    names = [table.name_cluster(0, (1, 1, median), (2, 1, 1)).name for median in (3, 3.1)]
    assert names == ["Bigger Spenders", "Big Spenders"]


BROKEN = [
    ('tier = "High-Value"', 'tier = "Gold"', ["Big Spenders", "tier is 'Gold'", "Premium, High-Value"]),
    ('name = "Big Spenders"', "", ["row 9", "name missing: add it"]),
    ('name = "Big Spenders"', 'name = "!"', ["row 9", "name is '!'"]),
    ('name = "Big Spenders"', 'name = "Champions"', ["row 14", "row 9", "rename"]),
    ('name = "Big Spenders"', 'name = "CHAMPIONS!"', ["row 14", "row 9", "rename"]),
    (
        'name = "Big Spenders"',
        'name = "Big Spenders"\ncolour = "red"',
        ["Big Spenders", "unknown colour", "remove"],
    ),
    ("up_to = 4", "until = 4", ["Big Spenders", "monetary is", "above = 1"]),
    ("{ above = 2, up_to = 4 }", "2", ["Big Spenders", "monetary is 2:", "above = 1"]),
    ("above = 2, up_to = 4", "", ["Big Spenders", "monetary is {}", "above = 1"]),
    ("above = 2", "above = 4", ["Big Spenders", "above less than up_to"]),
    ("above = 2", "above = 0", ["Big Spenders", "positive numbers"]),
    ("above = 2", "above = true", ["Big Spenders", "positive numbers"]),
    ("above = 2", "above = nan", ["Big Spenders", "positive numbers"]),
    ("up_to = 4", "up_to = inf", ["Big Spenders", "positive numbers"]),
    ('recency = "recent"', 'recency = "new"', ["Big Spenders", "recency is 'new'", "recent, dormant"]),
    ("above = 2", "above = 3", ["monetary above 2 up to 3, frequency up to 1, recent", "add a row"]),
    (
        "above = 2, up_to = 4",
        "above = 2",
        ["above 4, frequency up to 1, recent", "Ultra Big", "row 9", "narrow"],
    ),
    ('recency = "recent"', 'recency = "dormant"', ["row 10", "row 9 of [[kmeans]] (Big Spenders)", "narrow"]),
    (
        'recency = "recent"',
        'recency = "recent"\ncluster = 1',
        ["Big Spenders", "cluster is 1", "-1, -2 or -3"],
    ),
    ('recency = "recent"', 'recency = "recent"\ncluster = -1.0', ["Big Spenders", "cluster is -1.0"]),
    (
        'recency = "recent"',
        'recency = "recent"\ncluster = -1',
        ["no row covers", "frequency up to 1, recent"],
    ),
    ('urgency = "this week"', 'urgency = "soon"', ["Big Spenders", "urgency is 'soon'", "this month"]),
    ('channel = "', 'channel = ""#', ["Big Spenders", "channel is ''"]),
    ("actions = [", 'actions = ["Just one"]\nmore = [', ["Big Spenders", "unknown more"]),
    ("[[kmeans]]", "[[kmean]]", ["unknown kmean:", "[[kmeans]]"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), BROKEN, ids=[f"{old} -> {new}" for old, new, _ in BROKEN])
def test_a_broken_row_is_named_with_its_remedy(tmp_path: Path, old: str, new: str, expected: list[str]) -> None:
    row = "[[kmeans]]\n" + DEFAULT_PATH.read_text(encoding="utf-8").split("[[kmeans]]\n")[9]
    with pytest.raises(Misconfigured) as error:
        SegmentTable.load(changed(tmp_path, row, row.replace(old, new, 1)))
    assert all(part in str(error.value) for part in ["mine.toml", *expected])


@pytest.mark.parametrize("actions", ['["One"]', '["1", "2", "3", "4", "5"]', '"Call"', '["Call", " "]', "[1, 2]"])
def test_two_to_four_actions_are_required(tmp_path: Path, actions: str) -> None:
    rows = DEFAULT_PATH.read_text(encoding="utf-8")
    start, end = rows.index("actions = [", rows.index(LAST)), rows.index("# ----", rows.index(LAST))
    path = changed(tmp_path, rows[start:end], f'actions = {actions}\nchannel = "Post"\nurgency = "ongoing"\n')
    with pytest.raises(Misconfigured, match=r"Base Value - Inactive.*two to four"):
        SegmentTable.load(path)


def test_a_rule_is_for_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="unknown cluster"):
        SegmentTable.load(changed(tmp_path, LAST, LAST.replace("\n", "\ncluster = -1\n")))


@pytest.mark.parametrize("rules", ["", "rules = []", "rules = [3]", "rules = 3", '[rules]\nname = "Mine"'])
def test_a_scheme_without_rows_is_named(tmp_path: Path, rules: str) -> None:
    path, kmeans = tmp_path / "mine.toml", DEFAULT_PATH.read_text(encoding="utf-8").split("[[rules]]\n", 1)[0]
    section = rules.startswith("[")
    path.write_text(kmeans + rules if section else f"{rules}\n{kmeans}", encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"mine.toml: no rows of rules: begin each one with \[\[rules\]\]"):
        SegmentTable.load(path)


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(Misconfigured, match=r"mine\.toml: not readable"):
        SegmentTable.load(tmp_path / "mine.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"absent\.toml: not readable"):
        SegmentTable.load(tmp_path / "absent.toml")
