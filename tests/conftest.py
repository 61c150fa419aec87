"""Real servers for the tests: PostgreSQL and S3, both from wheels, both on loopback."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from hypothesis import HealthCheck
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import Connection, Engine

from app.db.engine import make_engine
from app.jobs.context import Context
from app.monitoring.tracing import Tracing
from app.settings import Settings
from tests.contracts import any_day
from tests.postgres import administered, fresh_database, make_server_folder, shared_server
from tests.s3 import S3Server, s3_server

HEADER = "Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SLOW_FIRST = (
    *("test_model.py", "test_schemathesis.py", "test_process.py", "test_killed_load.py", "test_up.py"),
    *("acceptance", "faults", "embedded", "browser", "test_worker.py", "test_worker_stops.py"),
)
"""Modules and directories whose tests start first, so that no worker ends the run alone with a slow one."""
SMALL_SHOPS = {
    "REGULARS_LEAST_CUSTOMERS": "1",
    "REGULARS_LEAST_SPREAD": "0",
    "REGULARS_MODEL_POLICY": "latest",
}
"""Settings of most tests: trainings on a few customers, each of them published."""
SERVER_FOLDER = "PYTEST_SERVER_FOLDER"
"""Variable by which the workers of a session know the folder of their PostgreSQL."""
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")  # other load on the machine may slow any example down
REAL_SALES = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    """Folders of this session's own: another that starts closes pytest's to PostgreSQL's user.

    One thread for numerics: those of OpenMP wait for each other in a loop, a hundred times as long on busy cores.
    Bytecode is stored, also where the environment forbids it: without it, each worker and each command that a test
    starts compiles the program again.
    """
    if not hasattr(config, "workerinput"):
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.dont_write_bytecode = False
        os.environ["OMP_NUM_THREADS"] = "1"
        os.environ.update(SMALL_SHOPS)
        os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.mkdtemp(prefix="regulars-tests-")
        os.environ[SERVER_FOLDER] = str(make_server_folder())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three workers more than cores: tests wait half of their time, for processes, locks and the browser."""
    return len(os.sched_getaffinity(0)) + 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        return next((at for at, name in enumerate(SLOW_FIRST) if name in item.path.parts), len(SLOW_FIRST))

    items.sort(key=rank)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        for folder in ("PYTEST_DEBUG_TEMPROOT", SERVER_FOLDER):
            shutil.rmtree(os.environ[folder], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with shared_server(Path(os.environ[SERVER_FOLDER])) as url, administered(url):
        yield url


@pytest.fixture
def database_url(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_engine(postgres: str) -> Iterator[Engine]:
    """An engine on one database a worker, for tests that leave nothing behind."""
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def connection(shared_engine: Engine) -> Iterator[Connection]:
    """A transaction that is rolled back when the test ends."""
    with shared_engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty source folder."""
    sales = tmp_path / "sales"
    sales.mkdir()
    return sales


@pytest.fixture
def put(folder: Path) -> Callable[..., Path]:
    """Write a day's file into the source folder: rows as text, or the whole content as bytes."""

    def write(*rows: str, day: str = "2026-02-01", content: bytes | None = None, name: str | None = None) -> Path:
        path = folder / day / (name or f"{day}_transactions.csv")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if content is not None else "\n".join([HEADER, *rows, ""]).encode())
        return path

    return write


@pytest.fixture
def settings(folder: Path) -> Settings:
    return Settings(source=str(folder), as_of=date(2026, 3, 1), settle_seconds=0, contract=any_day())


@pytest.fixture
def context(engine: Engine, settings: Settings) -> Context:
    return Context(engine, settings, clock=lambda: NOW)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Iterator[Tracing]:
    tracing = Tracing("test", exporter, is_batched=False)
    yield tracing
    tracing.close()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """One server for each worker that asks; tests are distributed by file, so that few do."""
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server) -> Iterator[str]:
    """A new bucket, gone afterwards with what is in it: each takes volumes, of which a small disk has few."""
    name = f"sales-{uuid4().hex[:12]}"
    s3.client.create_bucket(Bucket=name)
    yield name
    s3.client.delete_bucket(Bucket=name)


@pytest.fixture(scope="session")
def real_sales() -> Path:
    if not REAL_SALES.is_dir():
        pytest.skip("real sales are not beside this checkout (../shared/data)")
    return REAL_SALES
