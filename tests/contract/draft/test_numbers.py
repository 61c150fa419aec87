"""Marks in the texts of numbers."""

import pytest

from app.contract.draft.numbers import is_negative, is_whole, number_style
from tests.contract.draft.samples import HEADER, checks, sampled


@pytest.mark.parametrize(
    ("texts", "decimal", "thousands"),
    [
        (["1", "2"], ".", ""),
        (["2.55"], ".", ""),
        (["2,55"], ",", ""),
        (["1,234.50"], ".", ","),
        (["1.234,50"], ",", "."),
        (["2,55", "1.200"], ",", "."),
        (["2.55", "1,200"], ".", ","),
        (["1.234.567"], ",", "."),
        (["1,234,567"], ".", ","),
        (["1 234,50"], ",", " "),
        (["1'234.50"], ".", "'"),
        (["0.125"], ".", ""),
    ],
)
def test_marks_follow_from_all_numbers(texts: list[str], decimal: str, thousands: str) -> None:
    found = number_style(texts)
    assert (found.decimal, found.thousands, found.ambiguous) == (decimal, thousands, None)


def test_a_single_mark_before_three_digits_is_ambiguous() -> None:
    assert number_style(["1.200"]).ambiguous == "1.200"


def test_two_decimal_marks_are_a_conflict() -> None:
    assert number_style(["2,55", "2.5"]).conflict == ("2.5", "2,55")


@pytest.mark.parametrize("text", ["£2.55", "2.55 £", "-£2.55", "(£2.55)"])
def test_marks_of_currencies_are_found(text: str) -> None:
    assert number_style([text]).currency_marks == ("£",)


def test_other_texts_are_unread() -> None:
    assert number_style(["free", "2"]).unread == ("free",)


@pytest.mark.parametrize(("text", "expected"), [("12", True), ("12.0", True), ("12.5", False)])
def test_a_number_is_whole_without_a_fraction(text: str, expected: bool) -> None:
    assert is_whole(text, number_style(["2.5"])) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1", True),
        ("(1)", True),
        ("£-1", True),
        ("\u22121 kr", True),
        ("1,50- EUR", True),
        ("1\u2212", True),
        ("1", False),
    ],
)
def test_a_minus_or_parentheses_are_negative(text: str, expected: bool) -> None:
    assert is_negative(text) is expected


@pytest.mark.parametrize(
    ("prices", "columns"),
    [
        (("7.25", "4,50", "7.25"), ("2 rows by '.', such as 7.25", "1 row by ',', such as 4,50")),
        (("1,234.50", "1.234,50"), ("1 row by '.', such as 1,234.50", "1 row by ',', such as 1.234,50")),
        (("7.25", "4,50", "1.999", "9"), ("1 row by '.', such as 7.25", "1 row by ',', such as 4,50")),
    ],
)
def test_prices_that_mix_decimal_marks_are_to_be_decided(prices: tuple[str, ...], columns: tuple[str, str]) -> None:
    rows = [f"1001;2026-03-25;13085;1;{price}" for price in prices]
    found = checks(sampled(*rows, header=HEADER.replace(",", ";"), delimiter=";"))
    assert found == [
        f"the numbers mix decimal marks: {columns[0]}, and {columns[1]}; this contract reads '.', and quarantines or "
        "misreads the others. Correct the files, or move those of one mark to a folder of their own with a server of "
        "their own."
    ]
