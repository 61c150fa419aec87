"""Deliveries over HTTP: from the request to the receiver and back."""

from collections.abc import Iterator
from typing import Any

import pytest
from anyio import to_thread
from httpx import AsyncClient

from app.db.engine import make_engine
from app.settings import Settings
from app.webhooks.dispatcher import delivering
from tests.api.conftest import asking, change
from tests.loading import until
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.anyio
KEY = {"Idempotency-Key": "a"}
LOOPBACK: dict[str, Any] = {"webhook_allow_private": "127.0.0.0/8"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


async def made(client: AsyncClient, url: str) -> tuple[str, str]:
    """The address of a new webhook, and its secret."""
    webhook = (await client.post("/v1/webhooks", json={"url": url, "events": ["run.completed"]})).json()
    return f"/v1/webhooks/{webhook['endpoint_id']}", webhook["secret"]


def deliver(url: str, holds: Any) -> None:
    """A worker's loop, until something holds."""
    engine = make_engine(url)
    with delivering(engine, Settings(**LOOPBACK)):
        until(holds)
    engine.dispose()


async def test_a_test_event_is_sent_and_its_delivery_has_the_outcome(own_shop: str, receiver: Receiver) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, secret = await made(client, receiver.url)
        asked = await client.post(f"{webhook}/test")
        await to_thread.run_sync(deliver, own_shop, lambda: len(receiver.received) == 1)
        found = (await client.get(asked.headers["Location"])).json()
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    assert receiver.received[0].verified(secret)["type"] == "webhook.test"
    assert receiver.ids == [found["event_id"]]
    assert (found["state"], found["status"], found["attempts"], found["error"]) == ("delivered", 200, 1, None)
    assert found["response_body"] == "thanks\N{REPLACEMENT CHARACTER}"


async def test_an_event_is_delivered_again_under_its_id(own_shop: str, receiver: Receiver) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, receiver.url)
        delivery = (await client.post(f"{webhook}/test")).headers["Location"]
        await to_thread.run_sync(deliver, own_shop, lambda: len(receiver.received) == 1)
        again = await client.post(f"{delivery}/redeliver")
        await to_thread.run_sync(deliver, own_shop, lambda: len(receiver.received) == 2)
    assert (again.status_code, again.json()["state"], again.json()["attempts"]) == (202, "pending", 0)
    assert len(set(receiver.ids)) == 1


async def test_a_redelivery_with_one_key_happens_once(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        delivery = (await client.post(f"{webhook}/test")).headers["Location"]
        first = await client.post(f"{delivery}/redeliver", headers=KEY)
        change(own_shop, "update webhooks.webhook_delivery set attempts = 3")
        second = await client.post(f"{delivery}/redeliver", headers=KEY)
        found = (await client.get(delivery)).json()
    assert (first.json(), found["attempts"]) == (second.json(), 3)


async def test_the_key_of_a_redelivery_is_refused_for_a_test(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        delivery = (await client.post(f"{webhook}/test")).headers["Location"]
        await client.post(f"{delivery}/redeliver", headers=KEY)
        refused = await client.post(f"{webhook}/test", headers=KEY)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/idempotency-key-reused")


async def test_two_tests_with_one_key_around_a_redelivery_send_one(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        first = await client.post(f"{webhook}/test", headers=KEY)
        await client.post(f"{first.headers['Location']}/redeliver", headers={"Idempotency-Key": "another"})
        second = await client.post(f"{webhook}/test", headers=KEY)
        listed = (await client.get(f"{webhook}/deliveries")).json()["data"]
    assert (first.json(), len(listed)) == (second.json(), 1)


async def test_deliveries_are_listed_the_newest_first_and_by_state(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        made_here = [(await client.post(f"{webhook}/test")).json()["delivery_id"] for _ in range(3)]
        change(
            own_shop,
            f"update webhooks.webhook_delivery set state = 'failed', next_attempt_at = null "  # noqa: S608
            f"where delivery_id = {made_here[1]}",
        )
        first = (await client.get(f"{webhook}/deliveries?limit=2")).json()
        second = (await client.get(f"{webhook}/deliveries?limit=2&cursor={first['next_cursor']}")).json()
        failed = (await client.get(f"{webhook}/deliveries?state=failed")).json()
    assert [each["delivery_id"] for each in first["data"] + second["data"]] == made_here[::-1]
    assert [each["delivery_id"] for each in failed["data"]] == [made_here[1]]


async def test_deliveries_of_another_webhook_are_not_shown(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        one, _ = await made(client, "http://127.0.0.1:9999/")
        other, _ = await made(client, "http://127.0.0.1:9998/")
        delivery = (await client.post(f"{one}/test")).json()["delivery_id"]
        answers = [
            await client.get(f"{other}/deliveries/{delivery}"),
            await client.post(f"{other}/deliveries/{delivery}/redeliver"),
        ]
        listed = (await client.get(f"{other}/deliveries")).json()["data"]
    assert [(each.status_code, each.json()["type"]) for each in answers] == [(404, "/problems/unknown-delivery")] * 2
    assert listed == []


async def test_nothing_is_sent_to_an_inactive_webhook(own_shop: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        delivery = (await client.post(f"{webhook}/test")).headers["Location"]
        await client.patch(webhook, json={"state": "disabled"})
        answers = [await client.post(f"{webhook}/test"), await client.post(f"{delivery}/redeliver")]
    assert [(each.status_code, each.json()["type"]) for each in answers] == [(409, "/problems/webhook-inactive")] * 2


@pytest.mark.parametrize("given", ["0", "-1", "x", "9223372036854775808", "%00"])
async def test_a_number_of_another_form_is_a_problem(own_shop: str, given: str) -> None:
    async with asking(own_shop, **LOOPBACK) as client:
        webhook, _ = await made(client, "http://127.0.0.1:9999/")
        assert (await client.get(f"{webhook}/deliveries/{given}")).status_code == 422
