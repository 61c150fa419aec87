"""Redaction of quarantined rows, by the columns of bronze."""

from collections.abc import Callable
from pathlib import Path

from app.erasure.redact_quarantine import redacted
from app.jobs.context import Context
from app.silver.statement import RAW_COLUMNS
from app.suppression.identifiers import Notations
from tests.contracts import ONLINE_RETAIL
from tests.loading import load, query
from tests.pipeline.replaying import rejecting_nothing

Put = Callable[..., Path]
WHO = "1785000042"
THEIRS = Notations(ONLINE_RETAIL.customer).identifiers(WHO)
REASONS = [{"expectation": "valid_quantity", "column": "quantity", "value": "-6"}]


def test_the_columns_are_those_of_a_stored_row_in_its_order(context: Context, put: Put) -> None:
    put("invoice,stock_code,description,-1,price,customer_id,country,2026-02-01")
    load(rejecting_nothing(context))
    ((raw,),) = query(context.engine, "select raw from silver.quarantine")
    names = [
        "invoice_no" if name == "invoice" else "unit_price" if name == "price" else name for name in raw.split(",")
    ]
    assert [*names[:3], "quantity", *names[4:7], "invoice_date"] == list(RAW_COLUMNS)


def test_a_row_with_further_columns_loses_them_too() -> None:
    raw = f"5363,85123A,LANTERN,-6,2.55,{WHO},France,2026-02-01,somebody@mail.example"
    assert redacted(raw, REASONS, THEIRS) == "5363,85123A,LANTERN,-6,2.55,,France,2026-02-01,"


def test_a_row_of_unknown_columns_is_redacted_whole() -> None:
    assert redacted(",".join([WHO] * 7), REASONS, THEIRS) == "[erased]"


def test_a_row_of_another_customer_stays() -> None:
    assert redacted(f"5363,85123A,{WHO},-6,2.55,1785000099,France,2026-02-01", REASONS, THEIRS) is None
