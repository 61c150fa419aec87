"""Webhooks over HTTP: made, changed, tried out, deleted; what may not be called is refused and named."""

import json
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from tests.api.conftest import asking, change
from tests.api.granting import bearer, new_key
from tests.loading import query

pytestmark = pytest.mark.anyio
WEBHOOKS = "/v1/webhooks"
URL = "https://93.184.216.34/hook"
WANTED: dict[str, Any] = {"url": URL, "events": ["run.completed"]}
UNKNOWN_WEBHOOK = f"{WEBHOOKS}/{uuid4()}"


async def made(client: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post(WEBHOOKS, json={**WANTED, **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def one(webhook: dict[str, Any]) -> str:
    return f"{WEBHOOKS}/{webhook['endpoint_id']}"


# --- made, changed, deleted


async def test_a_webhook_is_made_with_a_secret_that_no_later_answer_has(own_shop: str) -> None:
    async with asking(own_shop) as client:
        answer = await client.post(WEBHOOKS, json=WANTED)
        again = await client.get(answer.headers["Location"])
        listed = (await client.get(WEBHOOKS)).json()["data"]
    webhook = answer.json()
    assert webhook.pop("secret").startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    assert webhook == again.json() == listed[0]


async def test_absent_fields_have_defaults(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
    expected = {"scheme": "kmeans", "segments": None, "batch": False, "description": None, "state": "active"}
    assert {name: webhook[name] for name in expected} == expected


@pytest.mark.parametrize("given", ["a\0b", "a\udfffb"])
async def test_a_text_that_cannot_be_stored_is_cleaned(own_shop: str, given: str) -> None:
    content = json.dumps({**WANTED, "description": given})
    async with asking(own_shop) as client:
        answer = await client.post(WEBHOOKS, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["description"]) == (201, "a\N{REPLACEMENT CHARACTER}b")


async def test_segments_are_taken_by_slug_or_name(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client, segments=["Super VIP Champions", "champions", "Champions"])
    assert webhook["segments"] == ["super-vip-champions", "champions"]


async def test_a_change_leaves_the_rest(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client, segments=["champions"])
        changed = (await client.patch(one(webhook), json={"batch": True, "segments": None})).json()
    del webhook["secret"]
    assert changed == {**webhook, "batch": True, "segments": None, "updated_at": changed["updated_at"]}


async def test_a_change_of_nothing_changes_nothing(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        del webhook["secret"]
        assert (await client.patch(one(webhook), json={})).json() == webhook


async def test_activation_resets_the_failures_of_a_webhook(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        gone = "update webhooks.webhook_endpoint set state = 'gone', state_reason = 'a', failing_since = now()"
        change(own_shop, gone)
        assert (await client.get(one(webhook))).json()["state"] == "gone"
        found = (await client.patch(one(webhook), json={"state": "active"})).json()
    assert (found["state"], found["state_reason"], found["failing_since"]) == ("active", None, None)


async def test_a_webhook_is_deleted_with_its_deliveries(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        await client.post(f"{one(webhook)}/test")
        deleted = await client.delete(one(webhook))
        again = await client.delete(one(webhook))
    assert deleted.json()["endpoint_id"] == webhook["endpoint_id"]
    assert (again.status_code, again.json()["type"]) == (404, "/problems/unknown-webhook")


async def test_a_secret_is_renewed_and_the_old_one_ends_in_a_day(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        rotated = await client.post(f"{one(webhook)}/rotate-secret")
    assert rotated.json()["secret"] != webhook["secret"]
    assert rotated.json()["previous_expires_at"] > webhook["created_at"]
    assert rotated.headers["Cache-Control"] == "no-store"


async def test_secrets_that_sign_are_five_at_most(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        for _ in range(9):
            await client.post(f"{one(webhook)}/rotate-secret")
    engine = make_engine(own_shop)
    assert query(engine, "select count(*), count(expires_at) from webhooks.webhook_secret") == [(5, 4)]
    engine.dispose()


# --- sent again after a failure


async def test_the_same_key_gives_the_same_webhook_and_secret(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first, second = [await client.post(WEBHOOKS, json=WANTED, headers={"Idempotency-Key": "a"}) for _ in range(2)]
        listed = (await client.get(WEBHOOKS)).json()["data"]
    assert first.json() == second.json()
    assert len(listed) == 1


async def test_the_same_key_gives_the_same_webhook_after_a_change(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first = await client.post(WEBHOOKS, json=WANTED, headers={"Idempotency-Key": "a"})
        await client.patch(first.headers["Location"], json={"description": "changed"})
        second = await client.post(WEBHOOKS, json=WANTED, headers={"Idempotency-Key": "a"})
    assert (second.status_code, second.json()) == (201, first.json())


async def test_idempotency_keys_of_two_clients_are_independent(own_shop: str) -> None:
    headers = [{"Idempotency-Key": "a", **bearer(new_key(own_shop, ["webhooks:write"]).key)} for _ in range(2)]
    async with asking(own_shop) as client:
        first, second = [(await client.post(WEBHOOKS, json=WANTED, headers=each)).json() for each in headers]
    assert first["endpoint_id"] != second["endpoint_id"]
    assert first["secret"] != second["secret"]


async def test_a_key_is_good_for_one_webhook(own_shop: str) -> None:
    async with asking(own_shop) as client:
        await client.post(WEBHOOKS, json=WANTED, headers={"Idempotency-Key": "a"})
        answer = await client.post(WEBHOOKS, json={**WANTED, "batch": True}, headers={"Idempotency-Key": "a"})
    assert answer.json()["type"] == "/problems/idempotency-key-reused"


async def test_the_same_key_renews_a_secret_once(own_shop: str) -> None:
    async with asking(own_shop) as client:
        rotate = f"{one(await made(client))}/rotate-secret"
        first, second = [await client.post(rotate, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert first.json() == second.json()


async def test_the_same_key_sends_one_test(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        for _ in range(2):
            await client.post(f"{one(webhook)}/test", headers={"Idempotency-Key": "a"})
        listed = (await client.get(f"{one(webhook)}/deliveries")).json()["data"]
    assert [each["type"] for each in listed] == ["webhook.test"]


# --- refused


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://93.184.216.34/", "https://"),
        ("https://localhost/", "public"),
        ("https://127.0.0.1/", "public"),
        ("https://169.254.169.254/latest/meta-data/", "public"),
        ("https://[::ffff:10.0.0.1]/", "public"),
        ("https://2130706433/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://user:pass@93.184.216.34/", "user"),
        ("https://93.184.216.34:22/", "port"),
        ("https://93.184.216.34/\0", "URL"),
        ("file:///etc/passwd", "https://"),
        ("'; drop table x; --", "https://"),
        (" ", "https://"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused(client: AsyncClient, url: str, why: str) -> None:
    answer = await client.post(WEBHOOKS, json={**WANTED, "url": url})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/address-refused")
    assert answer.json()["errors"][0]["pointer"] == "#/url"
    assert why in answer.json()["detail"]


async def test_an_address_is_refused_as_a_change_too(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client)
        answer = await client.patch(one(webhook), json={"url": "https://10.0.0.1/"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/address-refused")


async def test_the_operator_may_allow_an_address(own_shop: str) -> None:
    async with asking(own_shop, webhook_allow_private="localhost,10.0.0.0/8") as client:
        assert (await made(client, url="http://localhost:8080/"))["state"] == "active"
        assert (await made(client, url="http://10.0.0.1/"))["state"] == "active"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"url": "https://" + "a" * 10_000}, "#/url"),
        ({"url": None}, "#/url"),
        ({"events": []}, "#/events"),
        ({"events": ["customer.bought"]}, "#/events/0"),
        ({"events": ["webhook.test"]}, "#/events/0"),
        ({"scheme": "other"}, "#/scheme"),
        ({"segments": []}, "#/segments"),
        ({"segments": ["champion", "champions"]}, "#/segments/0"),
        ({"segments": ["champions"], "scheme": "rules"}, "#/segments/0"),
        ({"segments": ["\0"]}, "#/segments/0"),
        ({"segments": ["a" * 10_000]}, "#/segments/0"),
        ({"batch": "yes"}, "#/batch"),
        ({"description": "a" * 501}, "#/description"),
        ({"state": "gone"}, "#/state"),
        ({"segments": [""]}, "#/segments/0"),
        ({"segments": ["\ud800"]}, "#/segments/0"),
        ({"url": "https://\ud800.example/"}, "#/url"),
        ({"secret": "whsec_mine"}, "#/secret"),
    ],
)
async def test_a_bad_field_is_named(client: AsyncClient, body: dict[str, Any], pointer: str) -> None:
    content = json.dumps({**WANTED, **body})  # half a surrogate pair too
    answer = await client.post(WEBHOOKS, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_unknown_segment_gets_close_matches(client: AsyncClient) -> None:
    answer = await client.post(WEBHOOKS, json={**WANTED, "segments": ["champion"]})
    assert "the scheme kmeans has no segment 'champion'; did you mean champions" in answer.json()["detail"]


async def test_another_scheme_must_have_the_segments_that_stand(own_shop: str) -> None:
    async with asking(own_shop) as client:
        webhook = await made(client, segments=["super-vip-champions"])
        answer = await client.patch(one(webhook), json={"scheme": "rules"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/segments/0")


async def test_there_are_only_so_many(own_shop: str) -> None:
    async with asking(own_shop) as client:
        for number in range(50):
            await made(client, description=str(number))
        answer = await client.post(WEBHOOKS, json=WANTED)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too-many-webhooks")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("POST", "/rotate-secret"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("GET", "/deliveries/1"),
        ("POST", "/deliveries/1/redeliver"),
    ],
)
async def test_an_unknown_webhook_is_a_404(client: AsyncClient, method: str, path: str) -> None:
    answer = await client.request(method, UNKNOWN_WEBHOOK + path, json={} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-webhook")


@pytest.mark.parametrize("given", ["x", "%00", "a" * 3_000, "1'--", "..%2f"])
async def test_an_id_of_another_form_is_a_problem(client: AsyncClient, given: str) -> None:
    assert (await client.get(f"{WEBHOOKS}/{given}")).status_code in {404, 422}
