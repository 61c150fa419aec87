"""Returns in gold: money subtracted from a customer, whatever the order of sales and returns."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

from tests.gold.files import KEPT, Files, Gold, Sale, returned


def money(row: Any) -> tuple[int, int, int]:
    return row.gross, row.returned, row.monetary


def test_a_return_takes_its_money_off_the_customer(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), returned(price=-4)]})
    assert money(gold.customer()) == (10, 4, 6)


def test_a_cancellation_with_a_positive_total_takes_it_off(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), returned(price=4)]})
    assert money(gold.customer()) == (10, 4, 6)


def test_a_return_in_the_invoice_of_its_sale_takes_off(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), returned(invoice="536365", price=-4)]})
    assert (money(gold.customer()), gold.customer().frequency) == ((10, 4, 6), 1)


def test_a_return_is_no_purchase(gold: Gold) -> None:
    gold.change({1: [Sale(day=3), returned(day=1), returned(day=9, invoice="C2")]})
    row = gold.customer()
    assert (row.frequency, row.first_invoice_date.day, row.last_invoice_date.day) == (1, 3, 3)


@pytest.mark.parametrize("line", [returned(day=9, country="Spain"), returned(invoice="536365", country="Spain")])
def test_a_return_names_no_country(gold: Gold, line: Sale) -> None:
    gold.change({1: [Sale(country="France"), line]})
    assert gold.customer().country == "France"


def test_the_money_may_fall_below_0(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), returned(price=-15)]})
    assert money(gold.customer()) == (10, 15, -5)


def test_a_customer_with_returns_only_has_no_row(gold: Gold) -> None:
    assert gold.change({1: [returned(), KEPT]}) == 1
    assert [row[0] for row in gold.customers()] == ["12345"]


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_the_order_of_sales_and_returns_does_not_matter(gold: Gold, order: Sequence[int]) -> None:
    files = {1: [Sale(price=10)], 2: [returned(price=-4)], 3: [returned(price=-3, invoice="C2")]}
    for file_id in order:
        gold.change({file_id: files[file_id]})
    assert money(gold.customer()) == (10, 7, 3)


def test_a_withdrawn_return_gives_the_money_back(gold: Gold) -> None:
    gold.change({1: [Sale(price=10)], 2: [returned(price=-4)]})
    gold.change({}, 2)
    assert money(gold.customer()) == (10, 0, 10)


def test_without_the_last_sale_the_row_goes_and_the_returns_stay(gold: Gold) -> None:
    gold.change({1: [Sale(price=10)], 2: [returned(price=-4)]})
    gold.change({}, 1)
    assert gold.customers() == []
    gold.change({3: [Sale(price=20)]})
    assert money(gold.customer()) == (20, 4, 16)


def test_a_sale_replaced_by_a_return_takes_the_row_along(gold: Gold) -> None:
    gold.change({1: [Sale()]})
    gold.change({2: [returned()]}, 1)
    assert gold.customers() == []


@pytest.mark.parametrize(
    ("files", "is_segmented"),
    [
        ({1: [Sale(price=10), returned(price=-9)]}, True),
        ({1: [Sale(price=10), returned(price=-10)]}, False),
        ({1: [Sale(price=10), returned(price=-11)]}, False),
        ({1: [Sale(price=0)]}, True),
    ],
)
def test_a_customer_whose_returns_took_off_all_is_not_segmented(gold: Gold, files: Files, is_segmented: bool) -> None:
    gold.change(files)
    assert gold.customer().is_segmented is is_segmented
