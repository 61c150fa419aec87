"""Normalisation of texts: one rule, in Python and in SQL."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from app.contract.letter_case import LETTERS
from app.contract.model import Case, Column
from app.contract.normalise import normalise, normalise_id
from app.silver.expressions import typed_id, typed_text

CASES: list[Case] = ["keep", "lower", "upper"]
PARTS = st.sampled_from(
    [" ", "0", "7", ".", ".0", "Guest", "ÉÖ", "ß", "İ", "\u017f", "\n", "\t", "٣", "Ω", "ж", "日", "😀"]
)
TEXTS = st.one_of(
    st.lists(PARTS, max_size=6).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
    st.text("".join(LETTERS["lower"]), max_size=5),
)
COLUMNS = st.builds(
    Column,
    st.just("customer_id"),
    st.just(("id",)),
    trim=st.booleans(),
    case=st.sampled_from(CASES),
    strip_decimal=st.booleans(),
    strip_leading_zeros=st.booleans(),
    placeholders=st.sampled_from([(), ("Guest", "0"), ("É",), ("éö", " ")]),
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(column=COLUMNS, texts=st.lists(TEXTS, min_size=1, max_size=20))
def test_python_reads_every_text_as_the_database_does(engine: Engine, column: Column, texts: list[str]) -> None:
    statement = text(
        f"select {typed_id(column, 'given')}, {typed_text(column, 'given')}"  # noqa: S608  # as the statement of a file does
        " from unnest(cast(:texts as text[])) with ordinality as t (given, place) order by place"
    )
    with engine.connect() as connection:
        found = [(row[0], row[1]) for row in connection.execute(statement, {"texts": texts})]
    assert found == [(normalise_id(column, one), normalise(column, one)) for one in texts]


@pytest.mark.parametrize(
    ("written", "read"),
    [("0013012.0", "13012"), (" 13012 ", "13012"), ("c-17", "C-17"), ("GUEST", None), ("000", None), ("", None)],
)
def test_the_rules_apply_in_their_order(written: str, read: str | None) -> None:
    column = Column(
        *("customer_id", ("id",)),
        trim=True,
        case="upper",
        strip_decimal=True,
        strip_leading_zeros=True,
        placeholders=("Guest", "0"),
    )
    assert normalise_id(column, written) == read
