"""Messages of invalid conditions: columns and operators as their author knows them."""

import pytest

from app.contract.conditions import InvalidCondition, parse_condition

TYPES = {"country": "string", "recency": "integer"}


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("recency", "compare it, e.g. recency > 0"),
        ("recency >", "write e.g. recency > 0"),
        ("recency > 1 recency", "write e.g. recency > 0"),
        ("", "the condition is empty; write one, such as recency > 0"),
        ("recency > 1 -- lately", "comments are not allowed; remove it"),
        ("recency is distinct from 1", "is distinct from is not allowed"),
        ("country || recency = 'a'", "|| needs text, and recency is a whole number"),
        ("country - 1 > 0", "- needs a number, and country is text"),
        ("country = France", "there is no column France; write texts in single quotes: 'France'"),
        ('country = "France"', "there is no column France; write texts in single quotes: 'France'"),
        ("recency = France", "there is no column France; known are country, recency"),
    ],
)
def test_a_message_has_the_words_of_the_author(condition: str, message: str) -> None:
    with pytest.raises(InvalidCondition) as caught:
        parse_condition(condition, TYPES)
    assert message in str(caught.value)


def test_an_example_without_numbers_has_a_text() -> None:
    with pytest.raises(InvalidCondition, match="such as country = 'text'"):
        parse_condition("", {"country": "string"})
