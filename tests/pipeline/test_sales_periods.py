"""Sums by period, cohorts and uncounted sales after every use case that changes gold."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.jobs.context import Context
from tests.erasure.erasing import erased, with_key
from tests.gold.sums import stored_sums, sums_of_silver
from tests.loading import BAD, load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import FEWER, applied, declaring
from tests.pipeline.replaying import DAY_1, DAY_2, rejecting_nothing, replayed, with_dates

ANY_QUANTITY: dict[str, Any] = {"quantity": {"logicalTypeOptions": {}}}
MONEY = "select coalesce(sum(monetary), 0) from gold.customer_rfm"
BY_KIND = """
    select sum(revenue) from gold.sales_period where country = '' group by period
    union all select sum(revenue) from gold.sales_period where country is distinct from '' group by period
    union all select sum(revenue) from gold.cohort_month having count(*) > 0
"""
VERSIONS = "select ctid, xmin from gold.sales_period union all select ctid, xmin from gold.cohort_month"


def is_right(context: Context) -> bool:
    """Return whether the sums are those of silver, and add up to the money of the customers."""
    with context.engine.connect() as connection:
        assert stored_sums(connection) == sums_of_silver(connection)
        money = connection.execute(text(MONEY)).scalar_one()
        assert {total for (total,) in connection.execute(text(BY_KIND))} == ({money} if money else set())
    return True


@pytest.fixture
def loaded(context: Context, put: Put) -> Context:
    """Two days of two months, with a row that is quarantined, one without a customer, and a postage."""
    put(sale(), sale("536366", "A"), sale("536367", ""), BAD, sale("536370", "B", day="3/2/2026"), day=DAY_1)
    put(sale("536368", "A", day="2026-03-01"), sale("536369").replace("85123A", "POST"), day=DAY_2)
    load(rejecting_nothing(context))
    return with_key(rejecting_nothing(context))


def test_a_load_adds_them_up(loaded: Context) -> None:
    assert is_right(loaded)
    assert query(loaded.engine, "select sum(rows), sum(revenue) from gold.uncounted_sales") == [(2, Decimal("30.60"))]


def test_a_second_load_writes_nothing(loaded: Context) -> None:
    before = query(loaded.engine, VERSIONS)
    load(loaded)
    assert query(loaded.engine, VERSIONS) == before


def test_a_correction_changes_them(loaded: Context, put: Put) -> None:
    put(sale("536366", "A", quantity=1, day="2026-01-30"), day=DAY_1)
    load(loaded)
    assert is_right(loaded)


def test_a_correction_without_sales_leaves_none(loaded: Context, put: Put) -> None:
    for day in (DAY_1, DAY_2):
        put(sale("536371", "", day="2026-05-01"), day=day)
    load(loaded)
    assert is_right(loaded)


def test_a_replay_changes_them(loaded: Context) -> None:
    replayed(with_dates(loaded))
    assert is_right(loaded)


def test_an_applied_contract_changes_them(loaded: Context) -> None:
    applied(rejecting_nothing(declaring(loaded, columns=FEWER)))
    assert is_right(loaded)


def test_an_applied_contract_that_subtracts_returns_changes_them(loaded: Context, put: Put) -> None:
    put(sale("C536366", "A", quantity=-2, day="2026-03-03"), sale("536372", "A", day="2026-03-03"), day="2026-03-03")
    subtracting: dict[str, Any] = {"returns": "net", "columns": ANY_QUANTITY}
    load(declaring(loaded, columns=ANY_QUANTITY))
    before = query(loaded.engine, MONEY)
    applied(rejecting_nothing(declaring(loaded, **subtracting)))
    assert query(loaded.engine, MONEY) < before
    assert is_right(loaded)


@pytest.mark.parametrize("customer", ["A", "17850"])
def test_an_erased_customer_is_in_none_of_them(loaded: Context, customer: str) -> None:
    erased(loaded, customer)
    assert is_right(loaded)


def test_sales_of_an_erased_customer_are_uncounted(loaded: Context) -> None:
    erased(loaded, "A")
    assert query(loaded.engine, "select sum(rows), sum(revenue) from gold.uncounted_sales") == [(4, Decimal("61.20"))]


def test_nothing_is_left_after_the_last_customer_is_erased(loaded: Context) -> None:
    for customer in ("A", "17850"):
        erased(loaded, customer)
    assert is_right(loaded)


def test_an_erased_customer_whose_sales_come_again_is_in_none_of_them(loaded: Context, put: Put) -> None:
    erased(loaded, "A")
    put(sale("536373", "A"), sale("536374"), day="2026-02-03")
    load(loaded)
    assert is_right(loaded)
