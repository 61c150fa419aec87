"""Sales by period and country, cohorts, and sales that count towards no customer, after changes of files."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.gold.refresh import refresh
from tests.conftest import NOW
from tests.gold.files import Files, Gold, Sale, returned
from tests.gold.sums import expected_sums, stored_sums

MONDAY, NEXT_MONTH = 2, 30
MONTHS = """
    select period_start, country, revenue, orders, customers, new_customers
    from gold.sales_period where period = 'month' order by 1, 2 nulls first
"""
SUMS = """
    select sum(revenue) from gold.sales_period where country = '' group by period
    union all select sum(revenue) from gold.sales_period where country is distinct from '' group by period
    union all select sum(revenue) from gold.cohort_month
"""
VERSIONS = "select xmin, ctid from gold.sales_period order by ctid"


@pytest.fixture
def once(connection: Connection) -> Gold:
    return Gold(connection, "once")


def rows(gold: Gold, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in gold.connection.execute(text(query))]


def starts(gold: Gold, period: str) -> list[int]:
    query = f"select period_start from gold.sales_period where period = '{period}' and country = '' order by 1"  # noqa: S608
    return [start.toordinal() - date(2026, 2, 1).toordinal() + 1 for (start,) in rows(gold, query)]


# --- rows of a period


def test_a_month_has_its_revenue_orders_customers_and_new_customers(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(invoice="536366", price=5), Sale(customer="A", day=NEXT_MONTH)]})
    gold.change({2: [Sale(invoice="536367", price=7, day=NEXT_MONTH)]})
    assert [row for row in rows(gold, MONTHS) if row[1] == ""] == [
        (date(2026, 2, 1), "", 15, 2, 1, 1),
        (date(2026, 3, 1), "", 17, 2, 2, 1),
    ]


@pytest.mark.parametrize(
    ("period", "found"), [("day", [1, MONDAY, 8, NEXT_MONTH]), ("week", [-5, MONDAY, NEXT_MONTH]), ("month", [1, 29])]
)
def test_a_period_is_named_by_its_first_day(gold: Gold, period: str, found: list[int]) -> None:
    gold.change({1: [Sale(day=day) for day in (1, MONDAY, 8, NEXT_MONTH)]})
    assert starts(gold, period) == found


def test_countries_are_periods_of_their_own(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(invoice="536366", price=5, country="Spain"), Sale(invoice="536367", country=None)]})
    assert rows(gold, MONTHS) == [
        (date(2026, 2, 1), None, 10, 1, 1, 1),
        (date(2026, 2, 1), "", 25, 3, 1, 1),
        (date(2026, 2, 1), "France", 10, 1, 1, 1),
        (date(2026, 2, 1), "Spain", 5, 1, 1, 1),
    ]


def test_an_invoice_of_two_files_and_days_is_one_order_of_its_month(gold: Gold) -> None:
    gold.change({1: [Sale(day=1)], 2: [Sale(day=2, country="Spain")]})
    assert rows(gold, MONTHS)[0][2:] == (20, 1, 1, 1)


def test_an_empty_country_is_a_sale_without_a_country(gold: Gold) -> None:
    gold.change({1: [Sale(country="")]})
    assert [row[1] for row in rows(gold, MONTHS)] == [None, ""]


def test_a_return_without_a_sale_has_the_country_of_its_rows(gold: Gold) -> None:
    gold.change({1: [Sale(price=10), returned(price=-4, country="Spain")]})
    assert [row[1:4] for row in rows(gold, MONTHS)] == [("", 6, 1), ("France", 10, 1), ("Spain", -4, 0)]


def test_returns_count_with_the_first_sale_of_their_customer(gold: Gold) -> None:
    gold.change({1: [returned(price=-4, day=NEXT_MONTH)]})
    assert stored_sums(gold.connection)["periods"] == []
    gold.change({2: [Sale(price=10)]})
    assert [row[2] for row in rows(gold, MONTHS) if row[1] == ""] == [10, -4]
    gold.change({}, 2)
    assert stored_sums(gold.connection)["periods"] == []


# --- cohorts


def test_an_earlier_first_sale_moves_the_customer_to_another_cohort(gold: Gold) -> None:
    gold.change({1: [Sale(day=NEXT_MONTH), Sale(invoice="536366", day=70)]})
    gold.change({2: [Sale(invoice="536367", day=1)]})
    found = rows(gold, "select cohort, month, customers, revenue from gold.cohort_month order by 2")
    assert found == [(date(2026, 2, 1), date(2026, month, 1), 1, 10) for month in (2, 3, 4)]


def test_a_return_may_be_earlier_than_the_cohort(gold: Gold) -> None:
    gold.change({1: [Sale(day=NEXT_MONTH), returned(price=-4, day=1)]})
    found = rows(gold, "select cohort, month, customers, revenue from gold.cohort_month order by 2")
    assert found == [(date(2026, 3, 1), date(2026, 2, 1), 0, -4), (date(2026, 3, 1), date(2026, 3, 1), 1, 10)]


# --- sales that count towards no customer


def test_sales_without_a_customer_or_with_another_stock_code_are_uncounted(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(customer=None, price=3), Sale(effect=0, price=4), Sale(customer=None, price=-2)]})
    assert stored_sums(gold.connection)["uncounted"] == [(1, date(2026, 2, 1), "France", 2, 7)]


def test_uncounted_sales_go_with_their_file(gold: Gold) -> None:
    gold.change({1: [Sale(customer=None)], 2: [Sale(customer=None)]})
    gold.change({}, 1)
    assert [row[0] for row in stored_sums(gold.connection)["uncounted"]] == [2]


def test_uncounted_sales_count_from_the_newest_file(once: Gold) -> None:
    sale = Sale(customer=None)
    once.change({1: [sale]})
    once.change({2: [sale]})
    assert [row[0] for row in stored_sums(once.connection)["uncounted"]] == [2]
    once.change({}, 2)
    assert [row[0] for row in stored_sums(once.connection)["uncounted"]] == [1]


# --- sums that must hold


@pytest.mark.parametrize("overlap", ["warn", "once"])
def test_periods_and_cohorts_add_up_to_the_money_of_the_customers(connection: Connection, overlap: Any) -> None:
    gold = Gold(connection, overlap)
    sales = [Sale(day=day, invoice=str(day), price=day, customer="AB"[day % 2]) for day in range(1, 70, 7)]
    gold.change({1: sales, 2: [*sales[3:], returned(price=-4, day=40, customer="A")], 3: [returned(customer="C")]})
    [(money,)] = rows(gold, "select sum(monetary) from gold.customer_rfm")
    assert {total for (total,) in rows(gold, SUMS)} == {money}
    assert money > Decimal(0)


def test_the_same_change_twice_gives_the_same_sums(gold: Gold) -> None:
    files: Files = {1: [Sale(), returned(), Sale(customer=None)], 2: [Sale(day=NEXT_MONTH)]}
    gold.change(files)
    before = stored_sums(gold.connection)
    refresh(gold.connection, added=[], renewed=list(files), refreshed_at=NOW)
    assert stored_sums(gold.connection) == before == expected_sums(files)


def test_other_months_are_not_written_again(gold: Gold) -> None:
    gold.change({1: [Sale(), Sale(day=NEXT_MONTH)]})
    before = rows(gold, VERSIONS)
    gold.change({2: [Sale(customer="A", day=70)]})
    assert rows(gold, VERSIONS)[: len(before)] == before
