"""Columns of bronze and silver: only what does not follow from the file or from other columns is stored."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table

from app.bronze.tables import sales_row as bronze
from app.jobs.context import Context
from app.silver.tables import sales_row as silver
from tests.conftest import HEADER
from tests.loading import load, query

Put = Callable[..., Path]
VARIED = (
    "536365,85123A,LANTERN,6,2.55,17850,France,2026-02-01,till 1",
    "536366,85123B,LAMP,7,3.55,17851,Spain,2026-02-02,till 2",
    "C36367,85123C,CANDLE,8,4.55,17852,Italy,2026-02-03,till 3",
)
OF_VIEWS = {
    *("source_file", "ingestion_timestamp", "processing_date"),
    *("year", "month", "day_of_week", "surrogate_key"),
}


@pytest.mark.parametrize("table", [bronze, silver], ids=str)
def test_no_stored_column_follows_from_the_file(context: Context, put: Put, table: Table) -> None:
    put(content="\n".join([f"{HEADER},Till", *VARIED, ""]).encode())
    load(context)
    constant = [
        column.name
        for column in table.c
        if query(context.engine, f"select count(distinct {column.name}) from {table}") == [(1,)]  # noqa: S608
    ]
    assert constant == ["file_id"]


@pytest.mark.parametrize("layer", ["bronze", "silver"])
def test_computed_columns_of_the_views_are_not_stored(engine: Engine, layer: str) -> None:
    names = "select column_name from information_schema.columns where table_schema = :layer and table_name = :name"
    stored, viewed = (
        {name for (name,) in query(engine, names, layer=layer, name=name)}
        for name in ("sales_row", "retail_transactions")
    )
    assert (stored & OF_VIEWS, viewed - stored) == (set(), OF_VIEWS & viewed)
