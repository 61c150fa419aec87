"""Amounts as people read them."""

from decimal import Decimal

import pytest

from app.segments.model.customer import format_amount


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Decimal("837.305"), "837.31"),
        (837.305, "837.31"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal(1234567), "1,234,567.00"),
        (0.0, "0.00"),
    ],
)
def test_halves_are_rounded_up_as_browsers_do(amount: float | Decimal, expected: str) -> None:
    assert format_amount(amount) == expected
