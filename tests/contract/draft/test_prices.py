"""Prices per piece and money of rows in drafted contracts."""

from tests.contract.draft.samples import checks, sampled

HEADER = "Order ID,Order Date,Customer ID,SKU,Quantity,Item Price"
FIRST = "1001,2026-03-25,13085,A1,2,10.00"


def price_checks(*rows: str) -> list[str]:
    return [check[:54] for check in checks(sampled(*rows, header=HEADER)) if "Item Price" in check]


def test_prices_that_grow_with_the_quantity_are_to_be_decided() -> None:
    rows = ("1002,2026-03-26,13085,A1,3,15.00", "1003,2026-03-26,13085,B2,1,7.99", "1004,2026-03-27,13085,B2,4,31.96")
    assert price_checks(FIRST, *rows) == ["Item Price seems to grow with Quantity: 2 products hav"]


def test_prices_per_piece_decide_nothing() -> None:
    rows = ("1002,2026-03-26,13085,A1,3,10.00", "1003,2026-03-26,13085,B2,1,7.99", "1004,2026-03-27,13085,B2,4,7.99")
    assert price_checks(FIRST, *rows) == []


def test_prices_that_change_are_compared_after_division() -> None:
    rows = (
        "1002,2026-03-26,13085,A1,3,15.00",
        "1003,2026-03-26,13085,A1,3,18.00",
        "1004,2026-03-26,13085,A1,5,30.00",
        "1005,2026-03-26,13085,B2,1,7.99",
        "1006,2026-03-27,13085,B2,4,31.96",
    )
    assert len(price_checks(FIRST, *rows)) == 1


def test_a_discount_for_some_products_decides_nothing() -> None:
    rows = (
        "1002,2026-03-26,13085,A1,4,20.00",
        "1003,2026-03-26,13085,B2,1,7.99",
        "1004,2026-03-27,13085,B2,4,7.99",
        "1005,2026-03-27,13085,C3,1,5.00",
        "1006,2026-03-27,13085,C3,2,5.00",
    )
    assert price_checks(FIRST, *rows) == []
