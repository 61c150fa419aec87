"""DELETE /v1/customers/{id}: answers, scopes, and removed data."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import anyio
import pytest
from httpx import AsyncClient, Response
from sqlalchemy import make_url

from app.main import create_app
from app.settings import Settings
from tests.api.conftest import asking, change, train_again
from tests.api.granting import bearer, new_key
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio
ERASURE_KEY = "a-key-for-tests-of-erasures-0123456789"
DOCS = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
GONE = ("", "/segment", "/history", "/explanation")


def erasing(url: str, **given: Any) -> Any:
    return asking(url, erasure_key=ERASURE_KEY, **given)


async def erase(client: AsyncClient, customer_id: str = "R01", **given: Any) -> Response:
    return await client.delete(f"/v1/customers/{quote(customer_id, safe='')}", **given)


async def test_a_certificate_is_answered(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        body = (await erase(client)).json()
    rows = {each["table"]: (each["action"], each["rows"]) for each in body["removed"]}
    assert (body["state"], body["requested_by"], len(body["customer_hash"])) == ("pending", "bootstrap", 64)
    assert rows["gold.customer_rfm"] == ("deleted", 1)
    assert rows["bronze.sales_row"] == ("emptied", 8)
    assert rows["silver.quarantine"] == ("emptied", 4)


@pytest.mark.parametrize("below", GONE)
async def test_he_is_unknown_from_then_on(own_shop: str, below: str) -> None:
    async with erasing(own_shop) as client:
        before = await client.get(f"/v1/customers/R01{below}")
        await erase(client)
        after = await client.get(f"/v1/customers/R01{below}", headers={"If-None-Match": before.headers["ETag"]})
    assert (before.status_code, after.status_code) == (200, 404)


async def test_no_list_has_him(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        await erase(client)
        paths = ("customers", "quality/quarantine", "erasures", "audit")
        shown = [(await client.get(f"/v1/{path}?limit=1000")).text for path in paths]
        shown.append((await client.get("/v1/exports/customers")).text)
    assert [text for text in shown if '"R01"' in text or ",R01," in text] == []


async def test_segments_count_one_customer_less(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        before, _, after = (
            sum(each["customers"] for each in (await client.get("/v1/segments?scheme=rules")).json()["data"]),
            await erase(client),
            sum(each["customers"] for each in (await client.get("/v1/segments?scheme=rules")).json()["data"]),
        )
    assert after == before - 1


async def test_daily_counts_stay(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        before = (await client.get("/v1/quality/daily-counts")).json()["data"]
        await erase(client)
        assert (await client.get("/v1/quality/daily-counts")).json()["data"] == before != []


@pytest.mark.parametrize("name", STRANGE)
async def test_a_strange_id_is_erased(own_shop: str, name: str) -> None:
    async with erasing(own_shop) as client:
        assert (await erase(client, name)).status_code == 200
        assert (await client.get(f"/v1/customers/{quote(name, safe='')}")).status_code == 404


async def test_subresources_of_customers_cannot_be_erased(own_shop: str) -> None:
    paths = create_app(Settings()).openapi()["paths"]
    names = [path.rpartition("}")[2] for path in paths if path.startswith("/v1/customers/{customer_id}/")]
    async with erasing(own_shop) as client:
        answers = [await client.delete(f"/v1/customers/R01{name}") for name in names]
        assert (await client.get("/v1/customers/R01")).status_code == 200
    assert (len(answers), {(each.status_code, each.headers["Allow"]) for each in answers}) == (4, {(405, "GET")})


async def test_again_it_is_the_same_certificate(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        first, second = await erase(client), await erase(client, " R01 ")
    assert (first.status_code, first.json()) == (200, second.json())


async def test_at_once_it_is_one_certificate(own_shop: str) -> None:
    answers: list[Response] = []

    async def ask(client: AsyncClient) -> None:
        answers.append(await erase(client))

    async with erasing(own_shop) as client, anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(ask, client)
    assert [each.status_code for each in answers] == [200] * 4
    assert len({each.text for each in answers}) == 1


@pytest.mark.parametrize("name", ["nobody", "R0", "R0_", "%", "a\0b", "x" * 10_000, "' or 1=1 --", " "])
async def test_an_unknown_customer_is_a_404(own_shop: str, name: str) -> None:
    async with erasing(own_shop) as client:
        answer = await erase(client, name)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")


@pytest.mark.parametrize("name", ["R01", "nobody"])
async def test_without_the_scope_existence_is_not_revealed(own_shop: str, name: str) -> None:
    key = new_key(own_shop, ("customers:read", "runs:write")).key
    async with erasing(own_shop) as client:
        answer = await erase(client, name, headers=bearer(key))
        assert (await client.get("/v1/customers/R01")).status_code == 200
    assert (answer.status_code, answer.json()["detail"]) == (403, "The key lacks the scope customers:erase.")


async def test_the_requesting_key_is_in_the_certificate_and_the_audit_log(own_shop: str) -> None:
    new = new_key(own_shop, ("customers:erase",))
    async with erasing(own_shop) as client:
        body = (await erase(client, headers=bearer(new.key))).json()
        with anyio.fail_after(20):
            while not (entries := (await client.get("/v1/audit")).json()["data"]):
                await anyio.lowlevel.checkpoint()
    assert (body["requested_by"], entries[0]["key_id"]) == (new.key_id, new.key_id)
    assert (entries[0]["path"], entries[0]["parameters"]) == ("/v1/customers/{customer_id}", {})


async def test_without_a_key_of_erasures_the_setting_is_named(own_shop: str) -> None:
    async with asking(own_shop) as client:
        answer = await erase(client)
        assert (await client.get("/v1/customers/R01")).status_code == 200
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/erasure-not-configured")
    assert "REGULARS_ERASURE_KEY" in answer.json()["detail"]


async def test_with_another_key_no_customer_is_erased(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        await erase(client)
    async with asking(own_shop, erasure_key="another key " * 4) as client:
        answer = await erase(client, "R02")
        listed = (await client.get("/v1/erasures")).json()["data"]
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/erasure-not-configured")
    assert [each["signature"] for each in listed] == [None]


async def test_a_role_without_privileges_gets_the_remedy(own_shop: str) -> None:
    role = f"reading_{uuid4().hex}"
    change(own_shop, f"create role {role} login password 'secret'")
    change(own_shop, f"grant usage on schema pipeline, public to {role}")
    change(own_shop, f"grant select on all tables in schema pipeline, public to {role}")
    url = make_url(own_shop).set(username=role, password="secret")  # noqa: S106  # of a role that lives for this test
    async with erasing(url.render_as_string(hide_password=False)) as client:
        answer = await erase(client)
    change(own_shop, f"drop owned by {role}")
    change(own_shop, f"drop role {role}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/erasure-not-configured")


async def test_a_certificate_can_be_read_again(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        certificate = (await erase(client)).json()
        assert (await client.get(f"/v1/erasures/{certificate['erasure_id']}")).json() == certificate
        assert (await client.get("/v1/erasures")).json()["data"] == [certificate]


async def test_certificates_come_in_pages_the_newest_first(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        ids = [(await erase(client, f"R0{n}")).json()["erasure_id"] for n in range(3)]
        first = (await client.get("/v1/erasures?limit=2")).json()
        second = (await client.get(f"/v1/erasures?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["erasure_id"] for each in first["data"] + second["data"]] == ids[::-1]


async def test_an_unknown_certificate_is_a_404(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        answer = await client.get("/v1/erasures/7d0c5f0a-6f5e-4a8e-9a3b-2f8f1c4f6e21")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-erasure")


async def verified(client: AsyncClient, certificate: dict[str, Any], customer_id: str | None = None) -> Any:
    body = json.dumps({"certificate": certificate, "customer_id": customer_id})
    answer = await client.post("/v1/certificates/verify", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    return tuple(answer.json().values())


async def test_a_certificate_is_known_to_be_genuine(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        certificate = (await erase(client)).json()
        shown = json.loads(json.dumps(certificate, indent=2))
        assert await verified(client, shown) == (True, None)
        assert [await verified(client, shown, name) for name in ("R01", "R02", "")] == [
            (True, True),
            (True, False),
            (True, False),
        ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("erased_at", "2026-01-01T00:00:00Z"),
        ("removed", []),
        ("more", 1),
        ("signature", None),
        ("signature", "é\ud800"),
    ],
)
async def test_a_certificate_that_was_changed_is_not(own_shop: str, name: str, value: Any) -> None:
    async with erasing(own_shop) as client:
        certificate = (await erase(client)).json()
        assert await verified(client, {**certificate, name: value}, "R01") == (False, None)


async def test_nothing_is_not_genuine(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        assert await verified(client, {}, "R01") == (False, None)


async def test_a_later_training_run_is_without_the_customer(own_shop: str) -> None:
    async with erasing(own_shop) as client:
        await erase(client)
        train_again(own_shop)
        assert (await client.get("/v1/customers/R01")).status_code == 404
        assert (await client.get("/v1/customers/R02")).status_code == 200
