"""Redaction of quarantined rows, by the columns of contracts."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.erasure.redact_quarantine import customer_positions, redacted
from app.jobs.context import Context
from tests.loading import load, query, sale
from tests.pipeline.declaring import declaring
from tests.pipeline.replaying import refusing_nothing

Put = Callable[..., Path]
WHO = "1785000042"
REASONS = [{"expectation": "valid_quantity", "column": "quantity", "value": "-6"}]


POSITIONS = {8: {5}}


def test_the_position_is_that_of_the_customer_in_a_stored_row(context: Context, put: Put) -> None:
    put(f"5363,85123A,LANTERN,-1,2.55,{WHO},France,2026-02-01")
    load(refusing_nothing(context))
    ((raw,),) = query(context.engine, "select raw from silver.quarantine")
    with context.engine.connect() as connection:
        positions = customer_positions(connection)
    fields = raw.split(",")
    assert (positions, fields[5]) == ({len(fields): {fields.index(WHO)}}, WHO)


def test_positions_are_those_of_every_contract_that_judged_files(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    put(sale(), sale())
    load(declaring(context, columns={"description": None, "till": {"physicalName": "Description"}}))
    with context.engine.connect() as connection:
        assert customer_positions(connection) == {8: {4, 5}}


def test_a_row_loses_the_customer_wherever_a_contract_has_it() -> None:
    raw = f"5363,85123A,-6,2.55,{WHO},France,2026-02-01,till 1"
    assert redacted(raw, REASONS, WHO, {8: {4, 5}}) == "5363,85123A,-6,2.55,,France,2026-02-01,till 1"


@pytest.mark.parametrize("fields", [7, 9])
def test_a_row_of_unknown_columns_is_redacted_whole(fields: int) -> None:
    assert redacted(",".join([WHO] * fields), REASONS, WHO, POSITIONS) == "[erased]"


def test_a_row_of_another_customer_stays() -> None:
    assert redacted(f"5363,85123A,{WHO},-6,2.55,1785000099,France,2026-02-01", REASONS, WHO, POSITIONS) is None
