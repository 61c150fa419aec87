"""Rules of ids as texts, and the form that all spellings of an id have in common."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract.id_rules import column_with, common_form, id_rules
from app.contract.model import Case, Column
from app.contract.normalise import normalise
from tests.contract.test_normalise import CASES, TEXTS

COLUMNS = st.builds(
    Column,
    st.just("customer_id"),
    st.just(("customer_id",)),
    trim=st.booleans(),
    case=st.sampled_from(CASES),
    strip_decimal=st.booleans(),
    strip_leading_zeros=st.booleans(),
)


@settings(max_examples=500)
@given(column=COLUMNS, text=TEXTS)
def test_the_common_form_is_that_of_every_spelling(column: Column, text: str) -> None:
    assert common_form(normalise(column, text) or "") == common_form(text)


@given(column=COLUMNS)
def test_rules_are_read_as_they_are_written(column: Column) -> None:
    assert column_with(id_rules(column)) == column


@pytest.mark.parametrize(("case", "rules"), [("keep", "trim"), ("lower", "trim lower"), ("upper", "trim upper")])
def test_rules_are_words(case: Case, rules: str) -> None:
    assert id_rules(Column("customer_id", (), trim=True, case=case, placeholders=("0",))) == rules


@pytest.mark.parametrize("text", ["ab12", " AB12", "Ab12 "])
def test_case_and_blanks_are_no_difference(text: str) -> None:
    assert common_form(text) == "ab12"


@pytest.mark.parametrize("text", ["13012", "0013012.0", " 13012.00"])
def test_zeros_are_no_difference(text: str) -> None:
    assert common_form(text) == "13012"
