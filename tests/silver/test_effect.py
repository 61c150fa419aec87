"""What a row of the built-in contract does to its customer: sales of products add their money, nothing else does."""

import pytest
from sqlalchemy import Connection

from tests.layers import cleaned, file_of, row_of


def effect_of(connection: Connection, **changed: str) -> int:
    found = cleaned(connection, file_of(row_of(**changed)))
    return int(found.silver[0]["effect"])


@pytest.mark.parametrize("code", ["12345", "12345A", "12345AB", "12345abcdef", "PADS"])
def test_a_sale_of_a_product_counts(connection: Connection, code: str) -> None:
    assert effect_of(connection, stock_code=code) == 1


@pytest.mark.parametrize(
    "code",
    ["1234", "123456", "pads", "PADS ", "XPADS", "POST", "12345-1", "12345A1", " 12345", "A12345", "١٢٣٤٥", "12345é"],
)
def test_a_sale_of_anything_else_does_not_count(connection: Connection, code: str) -> None:
    assert effect_of(connection, stock_code=code) == 0


@pytest.mark.parametrize("code", ["12345\n", "12345\nPADS", "POST\n12345"])
def test_a_line_break_makes_no_product_of_a_stock_code(connection: Connection, code: str) -> None:
    assert effect_of(connection, stock_code=f'"{code}"') == 0


@pytest.mark.parametrize("invoice", ["C36365", "c36365"])
def test_a_cancellation_does_not_count(connection: Connection, invoice: str) -> None:
    assert effect_of(connection, invoice=invoice) == 0


def test_a_sale_without_a_customer_does_not_count(connection: Connection) -> None:
    assert effect_of(connection, customer_id="") == 0
