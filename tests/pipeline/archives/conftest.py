"""Fixtures of archives in a source."""

from pathlib import Path

import pytest

from app.jobs.context import Context
from tests.pipeline.archives.members import Zip
from tests.zips import reading_zips, zip_into


@pytest.fixture
def context(context: Context) -> Context:
    """Return the context with a contract that reads archives."""
    return reading_zips(context)


@pytest.fixture
def put_zip(folder: Path) -> Zip:
    """Write an archive into the source: members by their names."""
    return lambda members, name="sales.zip": zip_into(folder, members, name)
