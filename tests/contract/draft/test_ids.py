"""Spelling of the ids of customers."""

from app.contract.draft.ids import id_spelling

ORDINARY = {str(number): 1 for number in range(13001, 13021)}


def test_ordinary_ids_are_kept() -> None:
    found = id_spelling(ORDINARY)
    assert (found.case, found.strip_decimal, found.strip_leading_zeros, found.placeholders, found.checks) == (
        "keep",
        False,
        False,
        (),
        (),
    )


def test_ids_that_differ_in_case_are_lowered_and_to_be_decided() -> None:
    found = id_spelling({"Ann": 1, "ann": 1})
    assert (found.case, len(found.checks)) == ("lower", 1)


def test_ids_that_differ_in_zeros_lose_them_and_are_to_be_decided() -> None:
    found = id_spelling({"0042": 1, "42": 1})
    assert (found.strip_leading_zeros, len(found.checks)) == (True, 1)


def test_ids_with_zeros_only_keep_them() -> None:
    assert not id_spelling({"0042": 1, "0043": 1}).strip_leading_zeros


def test_the_decimals_of_spreadsheets_are_cut() -> None:
    assert id_spelling({"13085.0": 1}).strip_decimal


def test_words_for_nobody_are_placeholders_and_to_be_decided() -> None:
    found = id_spelling({**ORDINARY, "Guest": 1, "0": 1})
    assert (found.placeholders, len(found.checks)) == (("0", "Guest"), 1)


def test_a_zero_with_a_padded_twin_is_a_customer() -> None:
    assert id_spelling({**ORDINARY, "0": 1, "0000": 1}).placeholders == ()


def test_an_id_with_many_orders_is_to_be_decided_and_stays_a_customer() -> None:
    found = id_spelling({**ORDINARY, "99999": 9})
    assert (found.placeholders, found.checks[0][:38]) == ((), "customer '99999' has 9 of 29 orders; a")


def test_ids_in_scientific_notation_are_to_be_decided() -> None:
    assert "were changed to scientific notation by a spreadsheet" in id_spelling({"1.3E+12": 1}).checks[0]
