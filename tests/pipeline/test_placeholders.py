"""Customers of small shops with far more orders than others: ids of walk-in customers, or large customers."""

from itertools import count

import pytest

from app.jobs.context import Context
from tests.loading import load, sale
from tests.pipeline.conftest import Put
from tests.pipeline.found_warnings import of_data


def orders(frequencies: list[int]) -> list[str]:
    """Sales of customers with these numbers of orders, one row each."""
    numbers = count(500000)
    return [
        sale(str(next(numbers)), str(20000 + customer))
        for customer, frequency in enumerate(frequencies)
        for _ in range(frequency)
    ]


@pytest.mark.parametrize(
    "frequencies",
    [
        pytest.param([33, *[9] * 3, *[4] * 54], id="58 customers, 12 % of the orders"),
        pytest.param([12, *[4] * 19], id="20 customers, 14 %"),
        pytest.param([40, *[3] * 98], id="99 customers, 12 %"),
    ],
)
def test_an_id_far_above_the_next_is_a_warning_in_a_small_shop(
    context: Context, put: Put, frequencies: list[int]
) -> None:
    put(*orders(frequencies))
    load(context)
    assert f"1 customer id has {frequencies[0]} of {sum(frequencies):,} orders" in of_data(context)["placeholder"]


@pytest.mark.parametrize(
    "frequencies",
    [
        pytest.param([30, 11, *[4] * 56], id="less than three times the next"),
        pytest.param([46, 15, *[10] * 6, *[3] * 44], id="a next customer that is far above the others too"),
        pytest.param([30, *[9] * 30], id="less than a tenth of the orders"),
        pytest.param([9, *[1] * 25], id="few orders"),
        pytest.param([12, *[4] * 18], id="19 customers"),
    ],
)
def test_a_large_customer_of_a_small_shop_is_none(context: Context, put: Put, frequencies: list[int]) -> None:
    put(*orders(frequencies))
    load(context)
    assert of_data(context) == {}


def test_a_usual_word_is_not_the_next_customer(context: Context, put: Put) -> None:
    guests = [sale(f"{600000 + n}", "Guest") for n in range(30)]
    put(*orders([40, *[4] * 57]), *guests)
    load(context)
    assert of_data(context)["placeholder"].startswith("2 customer ids have 70 of 298 orders")
