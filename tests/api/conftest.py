"""Clients of the app in this process, on copies of one published database."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import make_url, text

from app.db.engine import make_engine
from app.jobs.context import Context, utc_now
from app.jobs.runs import Run, running
from app.main import DEFAULT_TUNING, create_app
from app.pipeline.ingest import ingest
from app.pipeline.retrain import retrain
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.settings import Settings
from app.source.folder import FolderSource
from tests.api.custom import custom_database
from tests.api.sales import write_sales
from tests.conftest import NOW
from tests.loading import change as execute
from tests.loading import only
from tests.postgres import fresh_database

AS_OF = date(2026, 3, 1)
KEY = "a-key-for-tests"
NEWCOMERS = """
    insert into gold.customer_rfm
    select 'N' || n, '2026-03-06', '2026-03-06', 2 + n % 9, 100 * n, 'France', now() from generate_series(1, 40) as n
"""
GROWN = """
    update gold.customer_rfm set frequency = 9, monetary = 999, last_invoice_date = '2026-03-05'
    where customer_id like 'O0%'
"""
FRESH = ("freshness", "freshness_day")
Asking = Callable[..., AbstractAsyncContextManager[AsyncClient]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sales")
    write_sales(folder)
    return folder


@pytest.fixture(scope="session")
def published(postgres: str, sales: Path) -> Iterator[str]:
    """Name of the database that the others are copies of; no connection to it is open."""
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        context = Context(engine, Settings(as_of=AS_OF, source=str(sales)), clock=lambda: NOW)
        with running(engine, "ingest") as run:
            ingest(context, only(context, FolderSource(sales)), run)
        # So few customers have large shares of the money; most tests are about data without a warning.
        execute(engine, "delete from quality.data_warning", *(f"update pipeline.{t} set warning = null" for t in FRESH))  # noqa: S608
        with running(engine, "retrain") as run:
            retrain(context, run, AS_OF)
        engine.dispose()
        yield make_url(url).database or ""


@pytest.fixture(scope="session")
def shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a copy that tests only read."""
    with fresh_database(postgres, published) as url:
        yield url


@pytest.fixture
def own_shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a copy that a test may change."""
    with fresh_database(postgres, published) as url:
        yield url


@asynccontextmanager
async def asking(database_url: str, *, key: str | None = KEY, **given: Any) -> AsyncIterator[AsyncClient]:
    """A client of an app of its own; `given` are settings, `client` (its address) and `tuning`."""
    client, tuning = given.pop("client", ("127.0.0.1", 123)), given.pop("tuning", DEFAULT_TUNING)
    settings = Settings(**{"as_of": AS_OF, "api_key": KEY, "database_url": database_url, **given})
    app = create_app(settings, tuning)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=ASGITransport(app, client=client), base_url="http://regulars", headers=headers) as asked,
    ):
        yield asked


@pytest.fixture(scope="session")
async def client(shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(shop) as client:
        yield client


@pytest.fixture(scope="session")
def custom_shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a shop with custom segments that tests only read."""
    with custom_database(postgres, published) as url:
        yield url


@pytest.fixture(scope="session")
async def custom(custom_shop: str) -> AsyncIterator[AsyncClient]:
    """A client of the shop with custom segments."""
    async with asking(custom_shop) as client:
        yield client


@pytest.fixture
async def empty(database_url: str) -> AsyncIterator[AsyncClient]:
    """A client of a server that has no sales yet."""
    async with asking(database_url) as client:
        yield client


def change(url: str, statement: str, **values: Any) -> None:
    """Run one statement, as an operator would."""
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def assign_again(url: str, as_of: date = AS_OF) -> None:
    """Assign the customers whose gold rows changed, as an ingest does."""
    engine = make_engine(url)
    with engine.begin() as connection:
        assign(connection, as_of, SegmentTable.load(), NOW)
    engine.dispose()


def train_again(url: str, as_of: date = AS_OF, clock: Callable[[], datetime] = utc_now) -> None:
    """Train and publish, as the worker does."""
    engine = make_engine(url)
    with running(engine, "retrain") as run:
        retrain(Context(engine, Settings(), clock), run, as_of)
    engine.dispose()


def challenge(url: str) -> UUID:
    """Train a day later under the policy `stable`: a challenger that is not published; return its run."""
    engine = make_engine(url)
    run = Run(uuid4(), "retrain")
    later = timedelta(days=1)
    retrain(Context(engine, Settings(model_policy="stable"), clock=lambda: utc_now() + later), run, AS_OF + later)
    engine.dispose()
    return run.run_id


@pytest.fixture(scope="session")
def challenged(postgres: str, published: str) -> Iterator[tuple[str, UUID]]:
    """Name of a database with a champion and a challenger that was not published, and its run."""
    with fresh_database(postgres, published) as url:
        yield make_url(url).database or "", challenge(url)


@pytest.fixture(scope="session")
def moved_shop(postgres: str, published: str) -> Iterator[str]:
    """Trained on March 1; then ten bought much, forty came, one went; trained again on the 10th. Tests only read it."""
    with fresh_database(postgres, published) as url:
        change(url, GROWN)
        assign_again(url, date(2026, 3, 5))
        change(url, NEWCOMERS)
        change(url, "delete from gold.customer_rfm where customer_id = 'R01'")
        train_again(url, date(2026, 3, 10))
        yield url
