"""Traces of requests: routes instead of paths, statements without parameters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from httpx import ASGITransport, AsyncClient
from opentelemetry import trace
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from app.main import create_app
from app.monitoring.tracing import Tracing
from app.settings import Settings
from tests.api.conftest import AS_OF, KEY
from tests.tracing import attributes, everything, named

pytestmark = pytest.mark.anyio
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ID = "R01"


@asynccontextmanager
async def asking(url: str, tracing: Tracing) -> AsyncIterator[AsyncClient]:
    app = create_app(Settings(as_of=AS_OF, api_key=KEY, database_url=url), tracing=tracing)
    transport, headers = ASGITransport(app), {"Authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://regulars", headers=headers) as client,
    ):
        yield client


async def test_a_request_has_a_span_with_its_route(shop: str, tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    async with asking(shop, tracing) as client:
        await client.get(f"/v1/customers/{ID}?scheme=rules", headers={"traceparent": PARENT})
    span = named(exporter, "GET /v1/customers/{customer_id}")
    assert attributes(span) == {
        "http.request.method": "GET",
        "http.route": "/v1/customers/{customer_id}",
        "http.response.status_code": 200,
    }
    assert (span.parent is not None, trace.format_trace_id(span.context.trace_id)) == (True, PARENT.split("-")[1])


async def test_its_statements_are_its_children(shop: str, tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    async with asking(shop, tracing) as client:
        await client.get(f"/v1/customers/{ID}")
    request, statement = named(exporter, "GET /v1/customers/{customer_id}"), named(exporter, "SELECT")
    assert statement.parent is not None
    assert statement.parent.span_id == request.context.span_id
    assert "answer_run_id" in attributes(statement)["db.query.text"]


async def test_no_span_has_an_id_of_a_customer(shop: str, tracing: Tracing, exporter: InMemorySpanExporter) -> None:
    paths = ("", "/segment", "/segment?as_of=2026-03-01", "/history", "/orders", "/explanation", "-nobody", "/%00")
    async with asking(shop, tracing) as client:
        for path in paths:
            await client.get(f"/v1/customers/{ID}{path}", headers={"User-Agent": ID, "X-Request-Id": ID})
        await client.get(f"/v1/customers?email={ID}")
        await client.get(f"/{ID}")
        await client.post("/v1/customers/lookup", json={"customer_ids": [ID]})
    found = everything(exporter)
    assert (ID in found, found.count("db.query.text") > len(paths) / 2) == (False, True)
