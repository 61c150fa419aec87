"""A database for the tests of a module, without alerts at the start of each; receivers of alerts."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from app.alerts.receivers import Receiver, open_receivers
from app.db.engine import make_engine
from tests.loading import change
from tests.postgres import fresh_database
from tests.receiver import Receiver as Service
from tests.receiver import receiving


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


@pytest.fixture
def service() -> Iterator[Service]:
    with receiving() as service:
        yield service


@pytest.fixture
def other() -> Iterator[Service]:
    with receiving() as service:
        yield service


def receivers(*services: Service) -> list[Receiver]:
    urls = " ".join(f"json://user:secret@127.0.0.1:{each.port}/token" for each in services)
    return open_receivers(SecretStr(urls))
