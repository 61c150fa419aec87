"""What a day's rows are like, beside real ones: shares are those of 184 days of a wholesaler of gifts."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from tests.prepare.generator.rows import CODE, COUNTRY, CUSTOMER, DAY, INVOICE, NAME, PRICE, QUANTITY, Row


def spaced(text: str) -> bool:
    return "  " in text.strip()


def odd(code: str) -> bool:
    return not code[:5].isdigit()


REAL_SHARES: list[tuple[str, Callable[[Row], bool], float, float]] = [
    ("without customer", lambda row: not row[CUSTOMER], 0.2163, 0.15),
    ("without description", lambda row: not row[NAME], 0.0074, 0.1),
    ("cancellation", lambda row: row[INVOICE].startswith("C"), 0.0214, 0.15),
    ("cancellation without customer", lambda row: row[INVOICE][0] == "C" and not row[CUSTOMER], 0.00076, 0.5),
    ("below zero pieces", lambda row: int(row[QUANTITY]) < 0, 0.0269, 0.15),
    ("corrected stock", lambda row: int(row[QUANTITY]) < 0 and row[INVOICE][0] != "C", 0.0055, 0.15),
    ("price zero", lambda row: float(row[PRICE]) == 0, 0.0088, 0.1),
    ("letters in the code", lambda row: row[CODE][:5].isdigit() and len(row[CODE]) > 5, 0.1744, 0.1),
    ("small letter in the code", lambda row: not odd(row[CODE]) and row[CODE] != row[CODE].upper(), 0.002, 0.4),
    ("odd code", lambda row: odd(row[CODE]), 0.0063, 0.3),
    ("trailing space", lambda row: row[NAME] != row[NAME].rstrip(), 0.1788, 0.1),
    ("leading space", lambda row: row[NAME] != row[NAME].lstrip(), 0.0038, 0.15),
    ("double space", lambda row: spaced(row[NAME]), 0.0631, 0.1),
    ("comma", lambda row: "," in row[NAME], 0.025, 0.1),
    ("double quote", lambda row: '"' in row[NAME], 0.0025, 0.15),
    ("small letters", lambda row: row[NAME] != row[NAME].upper(), 0.0058, 0.15),
    ("one piece", lambda row: row[QUANTITY] == "1", 0.2826, 0.2),
    ("home country", lambda row: row[COUNTRY] == "United Kingdom", 0.928, 0.03),
    ("Germany", lambda row: row[COUNTRY] == "Germany", 0.0165, 0.7),
]


@pytest.mark.parametrize(
    ("holds", "share", "tolerance"), [case[1:] for case in REAL_SHARES], ids=[case[0] for case in REAL_SHARES]
)
def test_rows_are_as_often_odd_as_real_ones(
    sales: list[Row], holds: Callable[[Row], bool], share: float, tolerance: float
) -> None:
    assert sum(map(holds, sales)) / len(sales) == pytest.approx(share, rel=tolerance)


def test_lines_are_repeated_as_often_as_real_ones(sales: list[Row]) -> None:
    repeated = len(sales) - len(set(map(tuple, sales)))
    assert repeated / len(sales) == pytest.approx(0.0118, rel=0.15)


@pytest.mark.parametrize("code", ["POST", "DOT", "M", "D", "C2", "S", "BANK CHARGES", "PADS", "gift_0001_20"])
def test_codes_that_are_no_products_occur(sales: list[Row], code: str) -> None:
    assert code in {row[CODE] for row in sales}


def test_only_a_bad_debt_has_a_price_below_zero(sales: list[Row]) -> None:
    assert {(row[INVOICE][0], row[CODE]) for row in sales if float(row[PRICE]) < 0} <= {("A", "B")}


def test_cancellations_take_pieces_back(sales: list[Row]) -> None:
    assert all(int(row[QUANTITY]) < 0 for row in sales if row[INVOICE].startswith("C"))


def test_customers_send_back_what_they_bought_on_an_earlier_day(sales: list[Row]) -> None:
    bought: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for row in sales:
        key, pieces = (row[CUSTOMER], row[CODE]), int(row[QUANTITY])
        if row[INVOICE].startswith("C") and row[CUSTOMER] and not odd(row[CODE]):
            assert any(day < row[DAY] and many >= -pieces for day, many in bought[key].items())
        elif pieces > 0:
            bought[key][row[DAY]] = max(pieces, bought[key].get(row[DAY], 0))


def test_what_has_no_description_has_no_price_and_no_customer(sales: list[Row]) -> None:
    assert {(row[PRICE], row[CUSTOMER]) for row in sales if not row[NAME]} == {("0.0", "")}


def test_baskets_have_as_many_lines_as_real_ones(sales: list[Row]) -> None:
    lines = Counter(row[INVOICE] for row in sales if row[CUSTOMER] and row[INVOICE].isdigit())
    assert np.mean(list(lines.values())) == pytest.approx(20.8, rel=0.15)


def test_orders_are_worth_as_much_as_real_ones(sales: list[Row]) -> None:
    worth: Counter[str] = Counter()
    for row in sales:
        if row[CUSTOMER] and row[INVOICE].isdigit():
            worth[row[INVOICE]] += int(row[QUANTITY]) * float(row[PRICE])  # type: ignore[assignment]
    assert np.median(list(worth.values())) == pytest.approx(302, rel=0.2)


def test_half_the_customers_buy_once(orders: Counter[str]) -> None:
    assert sum(count == 1 for count in orders.values()) / len(orders) == pytest.approx(0.49, abs=0.05)


def test_orders_are_more_dispersed_than_poisson_ones(orders: Counter[str]) -> None:
    counts = np.array(list(orders.values()))
    assert counts.var() > 2 * counts.mean()


def test_the_best_seller_sells_as_well_as_the_real_one(sales: list[Row]) -> None:
    assert Counter(row[CODE] for row in sales).most_common(1)[0][1] / len(sales) < 0.0074


def test_the_hundred_best_sellers_make_a_fifth_of_the_rows(sales: list[Row]) -> None:
    best = Counter(row[CODE] for row in sales).most_common(100)
    assert sum(count for _, count in best) / len(sales) == pytest.approx(0.2023, rel=0.1)


def test_new_customers_come_in_every_month(sales: list[Row]) -> None:
    first: dict[str, str] = {}
    for row in sales:
        first.setdefault(row[CUSTOMER], row[DAY][:7])
    assert min(Counter(first.values()).values()) > 200


def test_nothing_comes_back_on_a_saturday(sales: list[Row]) -> None:
    back = {date.fromisoformat(row[DAY]).strftime("%a") for row in sales if row[INVOICE].startswith("C")}
    assert back == {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri"}
