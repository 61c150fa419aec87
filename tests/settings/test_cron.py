"""Cron expressions."""

import re

import pytest

from app.settings.cron import Cron


@pytest.mark.parametrize("expression", ["", "at three", "99 * * * *", "* * * * * * *"])
def test_a_malformed_expression_is_refused(expression: str) -> None:
    with pytest.raises(
        ValueError, match=rf"^{re.escape(repr(expression))} is not a cron .* write e\.g\. '0 3 \* \* \*'"
    ):
        Cron(expression)


def test_an_expression_that_never_comes_is_refused() -> None:
    with pytest.raises(ValueError, match="never matches a time"):
        Cron("0 0 30 2 *")
