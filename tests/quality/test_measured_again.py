"""Repeated measurements, and measurements of superseded files."""

from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.quality.measure import delete_silver_measurements, measure
from tests.contracts import ONLINE_RETAIL
from tests.quality.received import GOOD, MANY, read, receive, results


def everything(connection: Connection) -> list[Any]:
    tables = ("file_profile", "file_dates", "expectation_results")
    return [read(connection, f"select * from quality.{table} order by 1, 2, 3") for table in tables]  # noqa: S608


def test_measuring_twice_is_the_same_as_once(connection: Connection) -> None:
    receive(connection, *MANY)
    before = everything(connection)
    measure(connection, [1], ONLINE_RETAIL)
    assert everything(connection) == before


def test_files_are_measured_together_as_one_by_one(connection: Connection) -> None:
    for file_id, rows in ((1, MANY), (2, [GOOD])):
        receive(connection, *rows, file_id=file_id)
    before = everything(connection)
    measure(connection, [1, 2], ONLINE_RETAIL)
    assert everything(connection) == before


def test_other_files_are_unchanged(connection: Connection) -> None:
    receive(connection, *MANY, file_id=1)
    before = everything(connection)
    receive(connection, GOOD, file_id=2)
    delete_silver_measurements(connection, [2])
    connection.execute(text("delete from quality.file_profile where file_id = 2"))
    connection.execute(text("delete from quality.file_dates where file_id = 2"))
    assert everything(connection) == before


@pytest.mark.parametrize(("layer", "rows"), [("bronze", 1), ("silver", 0)])
@pytest.mark.parametrize("table", ["file_profile", "file_dates"])
def test_a_superseded_file_counts_as_received_only(connection: Connection, table: str, layer: str, rows: int) -> None:
    receive(connection, GOOD)
    delete_silver_measurements(connection, [1])
    found = read(connection, f"select * from quality.{table} where layer = '{layer}'")  # noqa: S608
    assert len(found) == rows


def test_a_superseded_file_has_no_expectation_results(connection: Connection) -> None:
    receive(connection, *MANY)
    delete_silver_measurements(connection, [1])
    assert results(connection) == {}
