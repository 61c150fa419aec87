"""Audit log: every write with its key, without secrets, bodies and customer ids."""

from typing import Any

import pytest
from sqlalchemy import text

from app.db.engine import make_engine
from tests.api.conftest import asking, change
from tests.api.granting import bearer, new_key

pytestmark = pytest.mark.anyio
INGEST = {"job": "ingest"}
NOWHERE = "00000000-0000-0000-0000-000000000000"


async def audited(url: str, *asked: tuple[str, str, Any], **given: Any) -> list[dict[str, Any]]:
    """The entries of these requests, the oldest first, after the app has stopped."""
    async with asking(url, **given) as client:
        for method, path, body in asked:
            await client.request(method, path, json=body, headers={"X-Request-Id": "mine"})
    async with asking(url) as client:
        entries: list[dict[str, Any]] = (await client.get("/v1/audit")).json()["data"]
    return entries[::-1]


async def test_a_write_is_in_the_log_when_the_app_has_stopped(own_shop: str) -> None:
    (entry,) = await audited(own_shop, ("POST", "/v1/runs", INGEST))
    assert {name: entry[name] for name in ("request_id", "key_id", "method", "path", "status", "client")} == {
        "request_id": "mine",
        "key_id": "bootstrap",
        "method": "POST",
        "path": "/v1/runs",
        "status": 202,
        "client": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [("/v1/runs", {"job": "no"}, 422), (f"/v1/runs/{NOWHERE}/cancel", None, 404), ("/v1/runs?x=1", INGEST, 422)],
)
async def test_a_write_that_failed_is_in_the_log(own_shop: str, path: str, body: Any, status: int) -> None:
    (entry,) = await audited(own_shop, ("POST", path, body))
    assert entry["status"] == status


async def test_a_write_without_the_scope_is_in_the_log(own_shop: str) -> None:
    key = new_key(own_shop, ["customers:read"])
    (entry,) = await audited(own_shop, ("POST", "/v1/runs", INGEST), key=key.key)
    assert (entry["status"], entry["key_id"]) == (403, key.key_id)


async def test_a_read_is_not_in_the_log(own_shop: str) -> None:
    asked = [("GET", "/v1/segments", None), ("POST", "/v1/customers/lookup", {"customer_ids": ["1"]})]
    assert await audited(own_shop, *asked) == []


async def test_a_request_without_a_valid_key_is_not_in_the_log(own_shop: str) -> None:
    assert await audited(own_shop, ("POST", "/v1/runs", INGEST), key="wrong") == []


async def test_a_path_is_a_template_with_its_parameters(own_shop: str) -> None:
    (entry,) = await audited(own_shop, ("POST", f"/v1/runs/{NOWHERE}/cancel", None))
    assert (entry["path"], entry["parameters"]) == ("/v1/runs/{run_id}/cancel", {"run_id": NOWHERE})


async def test_a_path_that_cannot_be_stored_is_escaped(own_shop: str) -> None:
    entries = await audited(own_shop, ("POST", "/v1/runs/%00%ED%A0%80/cancel", None), ("POST", "/v1/runs", INGEST))
    assert [entry["status"] for entry in entries] == [422, 202]


async def test_no_secret_and_no_body_is_in_the_log(own_shop: str) -> None:
    key = new_key(own_shop, ["runs:write"])
    async with asking(own_shop) as client:
        await client.post("/v1/runs", json={"job": "ingest", "x": "from-the-body"}, headers=bearer(key.key))
    engine = make_engine(own_shop)
    with engine.connect() as connection:
        found = connection.execute(text("select string_agg(e::text, ' ') from access.audit_entry as e")).scalar_one()
    engine.dispose()
    assert [word in found for word in (key.key_id, key.key.rsplit("_", 1)[-1], "from-the-body")] == [True, False, False]


async def test_the_log_is_read_by_key_time_and_page(own_shop: str) -> None:
    await audited(own_shop, *[("POST", "/v1/runs", {"job": "no"})] * 3)
    change(own_shop, "update access.audit_entry set key_id = 'other', at = '2020-01-01Z' where entry_id = 1")
    async with asking(own_shop) as client:
        asked = ["key_id=other", "key_id=none", "since=2021-01-01T00:00:00Z", "limit=2"]
        pages = [(await client.get(f"/v1/audit?{each}")).json() for each in asked]
    assert [[entry["entry_id"] for entry in page["data"]] for page in pages] == [[1], [], [3, 2], [3, 2]]


async def test_the_log_is_for_the_operator(own_shop: str) -> None:
    key = new_key(own_shop, ["quality:read", "runs:write", "customers:erase"])
    async with asking(own_shop, key=key.key) as client:
        assert (await client.get("/v1/audit")).status_code == 403


async def test_entries_wait_until_they_can_be_written(own_shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change(own_shop, "alter table access.audit_entry rename to away")
    async with asking(own_shop) as client:
        await client.post("/v1/runs", json={"job": "no"})
        change(own_shop, "alter table access.away rename to audit_entry")
    async with asking(own_shop) as client:
        assert len((await client.get("/v1/audit")).json()["data"]) == 1
