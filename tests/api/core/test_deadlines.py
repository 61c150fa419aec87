"""Deadlines of reads, with a server that accepts connections and stops answering."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import pytest
from sqlalchemy import make_url, text

from app.api.middleware.audit_log import AuditTimings
from app.api.middleware.auth import AccessTuning
from app.api.middleware.rate_limits import CountTimings
from app.db.deadlines import ReadDeadlines
from app.db.engine import make_async_engine, translate_db_errors
from app.errors import DatabaseUnavailable
from app.main import Tuning
from tests.api.conftest import asking
from tests.api.granting import new_key

pytestmark = pytest.mark.anyio
SHORT = ReadDeadlines(connect_seconds=2, statement_seconds=0.3)
TUNING = Tuning(
    reads=SHORT,
    access=AccessTuning(counts=CountTimings(query_seconds=0.3), audit=AuditTimings(stop_seconds=0.3)),
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Proxy:
    """A proxy of PostgreSQL; `hang` makes it keep every connection and forward nothing."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._answers = asyncio.Event()
        self._answers.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def hang(self) -> None:
        self._answers.clear()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._socket)
        self._writers += [writer, server_writer]
        for source, target in ((reader, server_writer), (server_reader, writer)):
            self._tasks.add(asyncio.create_task(self._forward(source, target)))

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                await self._answers.wait()
                target.write(data)
        target.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def hung_later(url: str) -> AsyncIterator[tuple[str, Proxy]]:
    """URL of the database behind a proxy that can be made to hang."""
    target = make_url(url)
    proxy = Proxy(f"{target.query['host']}/.s.PGSQL.{target.port or 5432}")
    server = await asyncio.start_server(proxy.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield target.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False), proxy
    finally:
        server.close()
        await proxy.close()


async def test_a_statement_without_an_answer_ends_at_its_deadline(database_url: str) -> None:
    async with hung_later(database_url) as (url, proxy):
        engine = make_async_engine(url, deadlines=SHORT)
        async with engine.connect() as connection:
            proxy.hang()
            with pytest.raises(DatabaseUnavailable), translate_db_errors():
                await connection.execute(text("select 1"))
        await engine.dispose()


@pytest.mark.parametrize("is_limited", [False, True], ids=["unlimited key", "limited key"])
@pytest.mark.parametrize("path", ["/v1/segments", "/v1/customers/R01/segment"])
async def test_a_hung_database_is_a_503_within_the_deadlines(own_shop: str, path: str, *, is_limited: bool) -> None:
    key = new_key(own_shop, ["segments:read", "customers:read"], limit=20 if is_limited else 0).key
    async with hung_later(own_shop) as (url, proxy), asking(url, key=key, tuning=TUNING) as client:
        assert (await client.get(path)).status_code == 200
        proxy.hang()
        asked_at = monotonic()
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert monotonic() - asked_at < 8
