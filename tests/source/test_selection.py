from pathlib import Path

import pytest

from app.source.folder import FolderSource
from app.source.s3 import S3Source
from app.source.selection import Selection, describe_skipped, is_hidden, suffix_of
from tests.s3 import S3Server
from tests.source.memory import MemorySource

TAKEN = ["2026-02-01/2026-02-01_transactions.csv", "day.csv.gz", "DAY.CSV", "~tilde.csv", "a_b.csv", "a.b/c.csv"]
HIDDEN = [
    ".day.csv",
    "_day.csv",
    "~$day.csv",
    ".hidden/day.csv",
    "a/_temporary/day.csv",
    "__MACOSX/day.csv",
    "_SUCCESS",
]
SUFFIXES = [
    ("day.xlsx", ".xlsx"),
    ("a/DAY.PDF", ".pdf"),
    ("day.csv.bak", ".bak"),
    ("day.json.gz", ".json.gz"),
    ("day.gz", ".gz"),
    ("day", ""),
    ("a.b/day", ""),
    ("day.", ""),
    ("day.csv~", ""),
    ("day.2026-02-01", ""),
]
MIXED = ["a.csv", "b.xlsx", "sub/c.xlsx", "d", ".e.xlsx", "_f/g.xlsx", "h.csv.gz"]
KEPT = (["a.csv", "h.csv.gz"], {".xlsx": 2, "": 1})


@pytest.mark.parametrize("key", TAKEN)
def test_a_key_with_a_suffix_of_the_source_is_taken(key: str) -> None:
    selection = Selection()
    assert (selection.takes(key), selection.skipped) == (True, {})


@pytest.mark.parametrize("key", HIDDEN)
def test_a_hidden_object_is_neither_taken_nor_counted(key: str) -> None:
    selection = Selection()
    assert (is_hidden(key), selection.takes(key), selection.skipped) == (True, False, {})


@pytest.mark.parametrize(("key", "suffix"), SUFFIXES)
def test_another_object_is_counted_by_its_suffix(key: str, suffix: str) -> None:
    selection = Selection()
    assert (suffix_of(key), selection.takes(key), selection.skipped) == (suffix, False, {suffix: 1})


def test_the_suffixes_are_those_of_the_source() -> None:
    selection = Selection((".txt",))
    assert [selection.takes(key) for key in ("a.txt", "a.csv")] == [True, False]


def test_the_number_of_suffixes_is_bounded() -> None:
    selection = Selection()
    for number in range(60):
        selection.takes(f"day.x{number}")
    assert (len(selection.skipped), selection.skipped["others"]) == (51, 10)


def test_skipped_objects_are_described_by_their_suffixes() -> None:
    assert describe_skipped({".pdf": 1_200, "": 1}.items()) == "1 without suffix, 1,200 .pdf"


def test_a_folder_counts_what_it_skips(folder: Path) -> None:
    for key in MIXED:
        (folder / key).parent.mkdir(exist_ok=True)
        (folder / key).touch()
    source = FolderSource(folder)
    assert ([listed.key for listed in source.list()], source.skipped) == KEPT
    assert ([listed.key for listed in source.list()], source.skipped) == KEPT  # not added up


def test_a_bucket_counts_what_it_skips(s3: S3Server, bucket: str) -> None:
    for key in [*MIXED, ""]:
        s3.client.put_object(Bucket=bucket, Key=f"_daily/{key}", Body=b"")
    source = S3Source(s3.client, f"s3://{bucket}/_daily")
    assert ([listed.key for listed in source.list()], source.skipped) == KEPT


def test_a_source_in_memory_counts_what_it_skips() -> None:
    source = MemorySource(dict.fromkeys(MIXED, b""))
    assert ([listed.key for listed in source.list()], source.skipped) == KEPT


def test_the_suffixes_of_a_source_are_listed(folder: Path) -> None:
    for key in MIXED:
        (folder / key).parent.mkdir(exist_ok=True)
        (folder / key).touch()
    assert [listed.key for listed in FolderSource(folder, suffixes=(".xlsx",)).list()] == ["b.xlsx", "sub/c.xlsx"]
