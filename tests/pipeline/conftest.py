"""Loaded files with quarantined rows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.jobs.context import Context
from tests.loading import BAD, load, sale
from tests.pipeline.replaying import DAY_1, DAY_2, IN, OUT, rejecting_nothing

Put = Callable[..., Path]


@pytest.fixture
def loaded(context: Context, put: Put) -> Context:
    """Two files with a valid row, a row with an invalid quantity, and a row in another date format."""
    put(IN, BAD, OUT, day=DAY_1)
    put(sale("536366", "A"), BAD, OUT, day=DAY_2)
    load(rejecting_nothing(context))
    return context
