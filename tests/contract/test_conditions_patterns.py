import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.contract.conditions_patterns import check_regular_expression

ALLOWED = [
    *(
        "^[0-9]{5}[A-Za-z]*$",
        "PADS",
        "^(C|c)",
        "a|b",
        "a.c",
        r"\d+",
        r"\.\-\$",
        "(?:ab)+",
        "[^a-z]",
        "[]a]",
        "[[:alpha:]]+",
    ),
    *("^([A-Z]{2,4}-)?[0-9]+$", "([0-9]+,)*[0-9]+", "a{2}", "a{2,}", "a{2,3}?", "a+?", r"[\d.,]", "ü", "[-a]", "[a-]"),
]
REFUSED = [
    *(
        "(",
        ")",
        "(a",
        "a)",
        "[a",
        "*a",
        "a**",
        "a{3,2}",
        "a{999}",
        "{",
        "a||b",
        "()",
        "|a",
        "a|",
        "^*",
        "(^)*",
        "\\",
        r"\b",
    ),
    *(r"(a)\1", "(?=a)", "(?!a)", "(?i)a", "(?<a>b)", "(a+)+", "(a*)*", "(a|b*)*", "((a?))+", "(a{200}){200}", "[z-a]"),
    *(
        "[[:nope:]]",
        r"[\b]",
        "a" * 400,
        "(" * 12 + "a" + ")" * 12,
        "***:a",
        "***=a",
        r"\m",
        r"\Aa",
        "[[.a.]]",
        "[[=a=]]",
        "[^]",
        "a[^]b-a",
        "",
    ),
]


@pytest.mark.parametrize("pattern", ALLOWED)
def test_common_patterns_are_allowed(pattern: str) -> None:
    check_regular_expression(pattern)


@pytest.mark.parametrize("pattern", REFUSED, ids=range(len(REFUSED)))
def test_patterns_that_fail_or_differ_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        check_regular_expression(pattern)


@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(r"ab09^$.*+?{}()[]|\-:,dws=!<i" + "é", max_size=14))
@example("[a-]")
@example("[]-a]")
@example("a{2}{3}")
def test_what_is_allowed_is_a_pattern_of_postgresql_and_python(connection: Connection, pattern: str) -> None:
    try:
        check_regular_expression(pattern)
    except ValueError:
        return
    re.compile(pattern.replace("[[:", "[a[:") if "[:" in pattern else pattern)
    assert connection.scalar(text("select 'aab09' ~ cast(:pattern as text)"), {"pattern": pattern}) in (True, False)
