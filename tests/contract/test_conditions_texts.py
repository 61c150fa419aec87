"""Check of the texts that a column is compared with."""

import re

import pytest

from app.contract.conditions import InvalidCondition, parse_condition
from app.contract.conditions_texts import check_texts

KNOWN = {"scheme": ("new-customers", "lost")}


def check(written: str) -> None:
    check_texts(parse_condition(written, {"scheme": "string", "country": "string", "orders": "integer"}), KNOWN)


@pytest.mark.parametrize(
    "written",
    [
        "scheme = 'lost'",
        "'lost' <> scheme",
        "scheme in ('lost', 'new-customers')",
        "scheme like 'x%'",
        "scheme >= 'm'",
        "country = 'lots'",
        "country in ('x') and scheme is null",
        "orders = 3 and coalesce(scheme, 'none') = 'none'",
    ],
)
def test_a_text_that_the_column_may_have_is_accepted(written: str) -> None:
    check(written)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("scheme = 'lots'", "line 1, column 10 (at \"'lots'\"): scheme is never 'lots'; did you mean 'lost'?"),
        ("not (('New Customers') = scheme)", "scheme is never 'New Customers'; did you mean 'new-customers'?"),
        ("scheme not in ('lost', 'x')", "scheme is never 'x'; its values are 'new-customers', 'lost'"),
        ("orders > 1 or scheme <> 'x'", "scheme is never 'x'"),
        ("case when scheme = 'x' then true else false end", "scheme is never 'x'"),
    ],
)
def test_a_text_that_the_column_never_has_is_refused(written: str, message: str) -> None:
    with pytest.raises(InvalidCondition, match=re.escape(message)):
        check(written)
