"""The stream over real connections: clients that disconnect or stall, and a database that becomes unavailable."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, IncompleteRead
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.exports.stream import PageReader
from app.exports.query import PageSizes
from app.main import Tuning, create_app
from app.settings import Settings
from tests.api.conftest import AS_OF, change
from tests.loading import until
from tests.s3 import free_ports

MANY = """
    insert into segments.customer_segment
        (customer_id, revision, as_of, first_invoice_date, last_invoice_date, frequency, monetary, country, cluster,
         kmeans, rules, kmeans_since, rules_since)
    select
        'Z' || lpad(n::text, 7, '0'), c.revision, c.as_of, c.first_invoice_date, c.last_invoice_date, c.frequency,
        c.monetary, repeat('x', 500), c.cluster, c.kmeans, c.rules, c.kmeans_since, c.rules_since
    from segments.customer_segment as c, generate_series(1, 30000) as n
    where c.customer_id = 'R01'
"""
TERMINATE = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'regulars-api' and datname = current_database()
"""
CUSTOMERS = 30_059


class Server:
    """A server in a thread, and what it asks its database for exports."""

    def __init__(self, app: FastAPI, port: int) -> None:
        self.app, self.port, self.asked = app, port, 0

    @property
    def held(self) -> int:
        """Return the connections to the database that are in use."""
        engine: AsyncEngine = self.app.state.reader.engine
        return int(engine.pool.checkedout())  # type: ignore[attr-defined]

    @contextmanager
    def export(self, query: str = "") -> Iterator[HTTPResponse]:
        """An export, of which nothing is read yet."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", f"/v1/exports/customers?{query}")
        try:
            yield connection.getresponse()
        finally:
            connection.close()


@pytest.fixture
def many(own_shop: str) -> str:
    """More customers than all buffers between here and there hold."""
    change(own_shop, MANY)
    return own_shop


@pytest.fixture
def server(many: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    tuning = Tuning(exports=PageSizes(page_customers=500, part_customers=166))
    app = create_app(Settings(as_of=AS_OF, database_url=many), tuning)
    found = Server(app, free_ports(1)[0])
    ask = PageReader.fetch

    async def counted(*given: Any) -> Any:
        found.asked += 1
        return await ask(*given)

    monkeypatch.setattr(PageReader, "fetch", counted)
    running = uvicorn.Server(uvicorn.Config(app, port=found.port, log_level="critical"))
    thread = threading.Thread(target=running.run)
    thread.start()
    until(lambda: running.started)
    yield found
    running.should_exit = True
    thread.join(30)


def ids(content: bytes) -> list[str]:
    return [json.loads(line)["customer_id"] for line in content.splitlines()]


def still(server: Server) -> bool:
    """Return whether no query runs any more: two observations, with other requests in between, are equal."""
    before = server.asked
    for _ in range(5):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        connection.request("GET", "/v1/customers?limit=1")
        connection.getresponse().read()
        connection.close()
    return server.asked == before and server.held == 0


def test_the_whole_comes_through(server: Server) -> None:
    with server.export() as answer:
        assert len(ids(answer.read())) == CUSTOMERS


def test_a_client_that_waits_holds_no_connection(server: Server) -> None:
    with server.export() as answer:
        begun = answer.read(1000)
        until(lambda: still(server))
        assert server.asked < CUSTOMERS / 500
        assert len(ids(begun + answer.read())) == CUSTOMERS


def test_for_a_client_that_leaves_nothing_more_is_read(server: Server) -> None:
    for _ in range(20):
        with server.export() as answer:
            answer.read(1000)
    until(lambda: still(server))
    assert server.asked < 20 * CUSTOMERS / 500  # half of what they would have come to


def test_lost_connections_to_the_database_are_replaced_on_the_way(server: Server, many: str) -> None:
    with server.export() as answer:
        begun = answer.read(1000)
        until(lambda: still(server))
        change(many, TERMINATE)
        assert len(ids(begun + answer.read())) == CUSTOMERS


def test_a_broken_stream_is_detected_and_can_be_continued(server: Server, many: str) -> None:
    with server.export() as answer:
        content, run_id = answer.read(1000), answer.headers["Regulars-Run-Id"]
        change(many, "alter table segments.customer_segment rename to elsewhere")
        with pytest.raises(IncompleteRead) as broken:
            answer.read()
    change(many, "alter table segments.elsewhere rename to customer_segment")
    whole = (content + broken.value.partial).rpartition(b"\n")[0]
    with server.export(f"run_id={run_id}&after={ids(whole)[-1]}") as answer:
        found = ids(whole) + ids(answer.read())
    assert (len(found), found) == (CUSTOMERS, sorted(set(found), key=str.encode))


def test_dates_are_written_as_everywhere_whatever_the_server_prefers(many: str, server: Server) -> None:
    database = many.rsplit("/", 1)[-1].partition("?")[0]
    change(many, f'alter database "{database}" set datestyle = german')
    change(many, TERMINATE)
    with server.export("limit=1") as answer:
        assert json.loads(answer.read())["as_of"] == "2026-03-01"
