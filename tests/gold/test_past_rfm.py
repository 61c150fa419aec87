"""Features as of a past day, from the invoices of gold."""

import pytest

from app.segments.rfm import read_features, read_past_rfm
from tests.gold.files import Files, Gold, Sale, day_of, returned

SALES: Files = {
    1: [Sale(day=1), Sale(invoice="2", day=3, price=7), Sale(invoice="9", customer="ghost", day=3)],
    2: [Sale(day=4, price=2), returned(day=5, price=-3), returned(customer="ghost", day=5, price=-10)],
}


def test_features_as_of_the_last_day_are_those_of_gold(gold: Gold) -> None:
    gold.change(SALES)
    past, present = read_past_rfm(gold.connection, day_of(9)), read_features(gold.connection, day_of(9)).rfm
    assert (past.rfm.tolist(), past.customer_ids == sorted(past.customer_ids)) == (present.tolist(), True)


def test_later_invoices_are_not_counted(gold: Gold) -> None:
    gold.change(SALES)
    assert read_past_rfm(gold.connection, day_of(4)).rfm.tolist() == [[0, 2, 19], [1, 1, 10]]


def test_tenure_is_the_time_since_the_first_sale(gold: Gold) -> None:
    gold.change(SALES)
    assert read_past_rfm(gold.connection, day_of(4)).tenure.tolist() == [3, 1]


@pytest.mark.parametrize(
    ("days", "rfm"), [(2, [[0, 2, 9], [1, 1, 10]]), (1, [[0, 1, 2]]), (4, [[0, 2, 19], [1, 1, 10]])]
)
def test_a_window_leaves_earlier_invoices_out(gold: Gold, days: int, rfm: list[list[int]]) -> None:
    gold.change(SALES)
    assert read_past_rfm(gold.connection, day_of(4), days).rfm.tolist() == rfm
