"""A database that can forget people."""

import pytest

from app.jobs.context import Context
from tests.erasure.erasing import with_key


@pytest.fixture
def context(context: Context) -> Context:
    """The context with a key of the erasures."""
    return with_key(context)
