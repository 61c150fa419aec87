"""Money of customers under contracts that count an invoice once, or take returns off."""

import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.jobs.context import Context
from tests.loading import load, query, sale

Put = Callable[..., Path]
PIECE = Decimal("2.55")
MONEY = "select frequency, gross, returned, monetary from gold.customer_rfm where customer_id = '17850'"


@pytest.fixture
def declared(context: Context, tmp_path: Path) -> Callable[..., Context]:
    """The built-in contract with other business rules."""

    def declare(*changes: tuple[str, str]) -> Context:
        contract = files("app.contract").joinpath("builtin", "online-retail.yaml").read_text()
        for old, new in changes:
            assert old in contract
            contract = contract.replace(old, new)
        path = tmp_path / "contract.yaml"
        path.write_text(contract)
        return replace(context, settings=context.settings.model_copy(update={"contract": str(path)}))

    return declare


@pytest.fixture
def once(declared: Callable[..., Context]) -> Context:
    """A contract with which an invoice of several files counts once."""
    range_, overlap = "{property: dateRange, value: {before: 31, after: 31}}", "{property: overlap, value: once}"
    first = "  - {property: cancellationWhen"
    return declared((first, f"  - {range_}\n  - {overlap}\n{first}"))


def money(context: Context) -> list[tuple[Any, ...]]:
    """Frequency and pieces of the customer."""
    return [(row[0], row[3] / PIECE) for row in query(context.engine, MONEY)]


def put_at(put: Put, minute: int, *rows: str, day: str) -> None:
    """Write a file that was last modified in this minute."""
    path = put(*rows, day=day)
    os.utime(path, (1_770_000_000 + 60 * minute,) * 2)


@pytest.mark.parametrize("minutes", [(1, 2), (2, 1)])
def test_an_invoice_of_two_files_counts_from_the_one_modified_last(
    once: Context, put: Put, minutes: tuple[int, int]
) -> None:
    for minute, day in zip(minutes, ("2026-02-01", "2026-02-02"), strict=True):
        put_at(put, minute, sale(quantity=10 * minute), day=day)
        load(once)
    assert money(once) == [(1, 20)]


def test_after_a_correction_without_it_an_invoice_counts_from_the_older_file(once: Context, put: Put) -> None:
    put_at(put, 1, sale(quantity=10), day="2026-02-01")
    put_at(put, 2, sale(quantity=20), day="2026-02-02")
    load(once)
    put_at(put, 3, sale("500001", quantity=3), day="2026-02-02")
    load(once)
    assert money(once) == [(2, 13)]


@pytest.mark.parametrize("order", [("536365", "C36365"), ("C36365", "536365")])
def test_where_returns_are_net_a_cancellation_is_taken_off(
    declared: Callable[..., Context], put: Put, order: tuple[str, str]
) -> None:
    net = declared(("{property: returns, value: exclude}", "{property: returns, value: net}"))
    for number, invoice in enumerate(order, 1):
        day = f"2026-02-{number:02}"
        put(sale(invoice, quantity=10 if invoice == "536365" else 4, day=day), day=day)
        load(net)
    assert query(net.engine, MONEY) == [(1, 10 * PIECE, 4 * PIECE, 6 * PIECE)]
