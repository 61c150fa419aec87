"""Redaction of quarantined rows, by the columns of bronze."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, Table, Text

from app.bronze.tables import sales_row as bronze
from app.erasure.redact_quarantine import RAW_COLUMNS, raw_columns, redacted
from app.jobs.context import Context
from tests.loading import load, query
from tests.pipeline.replaying import refusing_nothing

Put = Callable[..., Path]
WHO = "1785000042"
REASONS = [{"expectation": "valid_quantity", "column": "quantity", "value": "-6"}]


def with_a_column(name: str) -> Table:
    """Return the table of bronze with one more column received from files."""
    return Table(
        "more",
        MetaData(),
        *(Column(each.name, each.type, nullable=each.nullable) for each in bronze.c),
        Column(name, Text),
    )


def test_the_columns_are_those_of_a_stored_row_in_its_order(context: Context, put: Put) -> None:
    put("invoice,stock_code,description,-1,price,customer_id,country,2026-02-01")
    load(refusing_nothing(context))
    ((raw,),) = query(context.engine, "select raw from silver.quarantine")
    assert raw.replace("-1", "quantity").replace("2026-02-01", "invoice_date").split(",") == list(RAW_COLUMNS)


def test_a_column_added_to_bronze_is_a_column_of_the_rows() -> None:
    assert raw_columns(with_a_column("till")) == (*RAW_COLUMNS, "till")


def test_a_row_with_an_added_column_loses_the_customer() -> None:
    raw, columns = f"5363,85123A,LANTERN,-6,2.55,{WHO},France,2026-02-01,till 1", raw_columns(with_a_column("till"))
    assert redacted(raw, REASONS, WHO, columns) == "5363,85123A,LANTERN,-6,2.55,,France,2026-02-01,till 1"


@pytest.mark.parametrize("fields", [7, 9])
def test_a_row_of_unknown_columns_is_redacted_whole(fields: int) -> None:
    assert redacted(",".join([WHO] * fields), REASONS, WHO) == "[erased]"


def test_a_row_of_another_customer_stays() -> None:
    assert redacted(f"5363,85123A,{WHO},-6,2.55,1785000099,France,2026-02-01", REASONS, WHO) is None
