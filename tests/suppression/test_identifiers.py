"""Ids of customers in texts."""

import re

import pytest

from app.contract.model import Column
from app.suppression.identifiers import Notations

PLAIN = Notations(Column("customer_id", ("Customer ID",), trim=True, strip_decimal=True))
PADDED = Notations(Column("customer_id", ("Customer ID",), trim=True, strip_decimal=True, strip_leading_zeros=True))
LOWER = Notations(Column("customer_id", ("Email",), trim=True, case="lower", placeholders=("guest@shop.de",)))


def test_an_id_that_begins_like_another_is_redacted_whole() -> None:
    assert PLAIN.redact("no date in row 12-3", {"12", "12-3"}) == "no date in row [erased]"


def test_every_field_and_word_of_a_line_is_a_candidate() -> None:
    found = set(PLAIN.candidates('536365,"a, b",x y, 17850.0 ,O\'Neil,12/7;z'))
    assert {"a, b", "x y", "17850", "O'Neil", "12/7", "z"} <= found


def test_an_address_in_a_sentence_is_a_candidate() -> None:
    assert "max.o@shop.de" in set(LOWER.candidates("no date in the row of Max.O@Shop.DE (line 7)"))


@pytest.mark.parametrize("written", ["13012", "0013012", "13012.0", "0013012.00"])
def test_a_number_is_redacted_in_every_notation(written: str) -> None:
    assert PADDED.redact(f"row {written}, again {written}.", {"13012"}) == "row [erased], again [erased]."


def test_a_text_is_redacted_in_any_case() -> None:
    assert LOWER.redact("row of MÜLLER@shop.de", {"müller@shop.de"}) == "row of [erased]"


@pytest.mark.parametrize(
    ("notations", "customer_id", "fragment"),
    [(PLAIN, "A-17", "A-17"), (LOWER, "max-17@a.de", "-17@"), (LOWER, "max", ""), (PLAIN, 'a"bc', "bc")],
)
def test_the_cheap_test_is_for_what_is_in_every_notation(notations: Notations, customer_id: str, fragment: str) -> None:
    assert notations.identifiers(customer_id).fragment == fragment


@pytest.mark.parametrize("other", ["113012", "130120", "13012_", "x0013012"])
def test_a_longer_word_is_another_id(other: str) -> None:
    assert re.search(PADDED.identifiers("13012").whole_word, other) is None
