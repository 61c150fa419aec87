"""A database for the tests of a module, without alerts at the start of each."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.db.engine import make_engine
from tests.loading import change
from tests.postgres import fresh_database


@pytest.fixture(scope="module")
def engine_of_module(postgres: str) -> Iterator[Engine]:
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(engine_of_module: Engine) -> Engine:
    change(engine_of_module, "truncate quality.alert")
    return engine_of_module
