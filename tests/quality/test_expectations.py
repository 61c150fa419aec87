"""Numbers of rows that pass and fail each expectation."""

import pytest
from sqlalchemy import Connection

from tests.quality.received import GOOD, MANY, receive, results


def test_every_file_has_the_five_expectations(connection: Connection) -> None:
    receive(connection, GOOD, GOOD)
    five = ("invoice_no", "stock_code", "quantity", "unit_price", "invoice_date")
    assert results(connection) == {f"valid_{name}": (2, 0) for name in five}


@pytest.mark.parametrize(
    ("expectation", "row"),
    [
        ("valid_invoice_no", GOOD.replace("536365", "53636")),
        ("valid_stock_code", GOOD.replace("85123A", "")),
        ("valid_quantity", GOOD.replace(",6,", ",-6,")),
        ("valid_unit_price", GOOD.replace("2.55", "free")),
        ("valid_invoice_date", GOOD.replace("02-01", "02-30")),
        ("valid_total_price", GOOD.replace(",6,2.55", ",2147483647,99999999")),
        ("valid_customer_id", GOOD.replace("17850", "9" * 257)),
    ],
)
def test_a_defect_fails_its_expectation_only(connection: Connection, expectation: str, row: str) -> None:
    receive(connection, GOOD, GOOD, row)
    failed = {name: counts for name, counts in results(connection).items() if counts[1]}
    assert failed == {expectation: (2, 1)}


def test_several_defects_fail_several_expectations(connection: Connection) -> None:
    receive(connection, GOOD, ",85123A,LANTERN,-6,2.55,17850,France,never")
    failed = {name for name, counts in results(connection).items() if counts[1]}
    assert failed == {"valid_invoice_no", "valid_quantity", "valid_invoice_date"}


def test_a_line_that_could_not_be_split_fails_parse_only(connection: Connection) -> None:
    receive(connection, GOOD, "536365,85123A")
    assert results(connection)["parse"] == (1, 1)
    assert results(connection)["valid_quantity"] == (1, 0)


def test_passed_and_failed_are_all_rows_that_were_split(connection: Connection) -> None:
    receive(connection, *MANY)
    sums = {name: sum(counts) for name, counts in results(connection).items()}
    assert sums == {name: len(MANY) - (name != "parse") for name in sums}
