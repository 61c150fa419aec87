"""Objects that are not read for their suffix: counted and named."""

from pathlib import Path

import pytest

from app.jobs.context import Context
from app.pipeline.ingest import IngestPolicy
from app.pipeline.not_read import NotRead, describe_not_read, read_not_read
from tests.loading import load, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import declaring
from tests.zips import ZIPS, sales, zip_into

SUFFIXES = [".csv", ".csv.gz"]


def not_read(context: Context) -> list[NotRead]:
    with context.engine.connect() as connection:
        return read_not_read(connection)


@pytest.fixture
def others(put: Put) -> None:
    """A sales file, others, and hidden ones."""
    put(sale())
    for name in ("a.pdf", "B.PDF", "c.parquet", "README", ".hidden.pdf", "_SUCCESS", "~$open.xlsx"):
        put(content=b"", name=name)


def test_they_are_counted_by_suffix_and_hidden_ones_are_not(context: Context, others: None) -> None:
    load(context)
    assert not_read(context) == [NotRead("sales", SUFFIXES, {".pdf": 2, ".parquet": 1, "": 1})]


def test_they_are_those_of_the_last_listing(context: Context, put: Put) -> None:
    path = put(content=b"", name="a.pdf")
    load(context)
    path.unlink()
    load(context)
    assert not_read(context) == []


def test_a_suffix_that_the_contract_declares_is_read(context: Context, others: None) -> None:
    load(declaring(context, server={"suffixes": [".csv", ".pdf"]}))
    assert not_read(context) == [NotRead("sales", [".csv", ".pdf"], {".parquet": 1, "": 1})]


def test_members_of_archives_are_counted_too(context: Context, folder: Path, put: Put) -> None:
    zip_into(folder, {"a.csv": sales(sale()), "b.pdf": b"", "__MACOSX/a.csv": b""})
    put(content=b"", name="c.pdf")
    changed = declaring(context, server=ZIPS)
    for _ in range(2):
        load(changed)
    assert [each.objects for each in not_read(context)] == [{".pdf": 2}]


def test_members_of_a_deleted_archive_are_not_counted(context: Context, folder: Path) -> None:
    archive = zip_into(folder, {"b.pdf": b""})
    changed = declaring(context, server=ZIPS)
    load(changed)
    archive.unlink()
    load(changed)
    assert not_read(context) == []


def test_a_source_that_is_no_longer_configured_is_not_counted(context: Context, others: None, tmp_path: Path) -> None:
    load(context)
    (tmp_path / "other").mkdir()
    given = {"source": str(tmp_path / "other"), "source_name": "other"}
    other = Context(context.engine, context.settings.model_copy(update=given), context.clock)
    load(other, policy=IngestPolicy(adds_source=True))
    assert [each.source for each in not_read(context)] == []


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (
            [NotRead("sales", SUFFIXES, {".pdf": 2, ".parquet": 1})],
            "3 objects are not read: 1 .parquet, 2 .pdf (suffixes read: .csv, .csv.gz)",
        ),
        ([NotRead("sales", [".zip"], {"": 1})], "1 object is not read: 1 without suffix (suffixes read: .zip)"),
        (
            [NotRead("shop", [".csv"], {".pdf": 1}), NotRead("till", [".csv"], {".txt": 2})],
            "1 object of shop is not read: 1 .pdf (suffixes read: .csv); "
            "2 objects of till are not read: 2 .txt (suffixes read: .csv)",
        ),
    ],
)
def test_they_are_described_in_one_line(found: list[NotRead], line: str) -> None:
    assert describe_not_read(found) == line
