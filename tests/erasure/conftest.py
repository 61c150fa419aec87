"""Fixtures of the tests of erasures."""

import pytest

from app.jobs.context import Context
from tests.erasure.erasing import with_key


@pytest.fixture
def context(context: Context) -> Context:
    """Return the context with an erasure key."""
    return with_key(context)
