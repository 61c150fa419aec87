"""Several sources under one contract."""

from pathlib import Path

import pytest

from app.errors import StoreUnusable
from app.jobs.context import Context
from tests.conftest import HEADER
from tests.loading import load, query, sale
from tests.pipeline.declaring import applied, declaring

SOURCES = "select source, state from pipeline.source_file order by source"


@pytest.fixture
def both(context: Context, tmp_path: Path) -> Context:
    """Two folders: a till with commas, and a shop with semicolons; no source in the settings."""
    for name, delimiter in (("till", ","), ("shop", ";")):
        (tmp_path / name).mkdir()
        text = "\n".join([HEADER, sale(customer=name.upper()), ""]).replace(",", delimiter)
        (tmp_path / name / "1.csv").write_text(text)
    servers = [
        {"server": "till", "type": "local", "path": str(tmp_path / "till"), "format": "csv"},
        {"server": "shop", "type": "local", "path": str(tmp_path / "shop"), "format": "csv", "delimiter": ";"},
    ]
    return without_source(declaring(context, keys={"servers": servers}))


def without_source(context: Context) -> Context:
    return Context(context.engine, context.settings.model_copy(update={"source": None}), context.clock)


def test_every_source_is_loaded_in_its_dialect(both: Context) -> None:
    load(both)
    assert query(both.engine, SOURCES) == [("shop", "loaded"), ("till", "loaded")]


def test_every_source_is_configured(both: Context) -> None:
    load(both)
    assert query(both.engine, "select name, is_configured from pipeline.source order by 1") == [
        ("shop", True),
        ("till", True),
    ]


def test_a_second_ingest_changes_nothing(both: Context) -> None:
    assert [load(both).files for _ in range(2)] == [2, 0]


def test_a_source_that_fails_does_not_stop_the_others(both: Context, tmp_path: Path) -> None:
    (tmp_path / "till" / "1.csv").unlink()
    (tmp_path / "till").rmdir()
    with pytest.raises(StoreUnusable):
        load(both)
    assert query(both.engine, SOURCES) == [("shop", "loaded")]


def test_files_are_missing_in_their_own_source_only(both: Context, tmp_path: Path) -> None:
    load(both)
    (tmp_path / "till" / "1.csv").unlink()
    load(both)
    assert query(both.engine, SOURCES) == [("shop", "loaded"), ("till", "source_missing")]


def test_a_contract_is_applied_in_the_dialect_of_each_source(both: Context) -> None:
    load(both)
    with both.engine.begin() as connection:
        connection.exec_driver_sql("update pipeline.source_file set reading_sha256 = null, contract_sha256 = null")
    assert (
        applied(both).files_read,
        [row for (row,) in query(both.engine, "select customer_id from gold.customer_rfm order by 1")],
    ) == (2, ["SHOP", "TILL"])


def test_the_newest_files_are_those_of_each_source(both: Context, tmp_path: Path) -> None:
    """A rejected file of one source is among the newest whatever the others have delivered since."""
    (tmp_path / "shop" / "1.csv").write_text("none of the columns\n1\n")
    for number in range(2, 10):
        rows = [HEADER, sale(f"{600000 + number}", "TILL"), ""]
        (tmp_path / "till" / f"{number}.csv").write_text("\n".join(rows))
    load(both)
    ((warning, gate),) = query(both.engine, "select warning, gate_reason from pipeline.freshness")
    assert warning.startswith("1 file rejected")
    assert gate == "source shop: 1 of the newest 1 file rejected or failed"
