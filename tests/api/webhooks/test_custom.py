"""Webhooks of custom segments: events for who joins and leaves, in batches too, filtered by segment."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from tests.api.conftest import asking
from tests.api.custom import custom_database, save_evaluated
from tests.api.webhooks.test_routes import URL, WEBHOOKS
from tests.loading import query

pytestmark = pytest.mark.anyio
BOTH = ["customer.segment.entered", "customer.segment.exited"]
WANTED = {"url": URL, "events": BOTH, "scheme": "custom"}
ENDPOINTS: dict[str, dict[str, Any]] = {
    "spenders": {"segments": ["Big spenders"]},
    "big": {"segments": ["big"]},
    "batch": {"batch": True},
}
EVENTS = """
    select e.type, e.data, w.description
    from webhooks.webhook_event as e
    inner join webhooks.webhook_delivery as d on d.event_id = e.event_id
    inner join webhooks.webhook_endpoint as w on w.endpoint_id = d.endpoint_id
    order by d.delivery_id
"""


@pytest.fixture(scope="module")
def custom_shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a shop with custom segments and no webhook."""
    with custom_database(postgres, published) as url:
        yield url


@pytest.fixture(scope="module")
async def custom(custom_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(custom_shop) as client:
        yield client


@pytest.fixture(scope="module")
async def sent(postgres: str, published: str) -> list[Any]:
    """Type, data and endpoint of the events after one customer joined `Big spenders`, and `Big` was removed."""
    with custom_database(postgres, published) as url:
        async with asking(url) as client:
            for name, given in ENDPOINTS.items():
                made = await client.post(WEBHOOKS, json={**WANTED, "description": name, **given})
                assert made.status_code == 201, made.text
        save_evaluated(url, Big=None, Big_spenders="monetary >= 419 or monetary = 42.99")
        engine = make_engine(url)
        found = query(engine, EVENTS)
        engine.dispose()
    return found


async def test_who_joins_is_an_event_of_the_segment(sent: list[Any]) -> None:
    ((type_, data),) = [(row[0], row[1]) for row in sent if row[2] == "spenders"]
    facts = ("customer_id", "scheme", "segment", "slug", "previous_slug", "cause")
    assert (type_, [data[name] for name in facts]) == (
        "customer.segment.entered",
        ["O39", "custom", "Big spenders", "big-spenders", None, "definition"],
    )


async def test_who_leaves_a_removed_segment_is_an_event_with_its_name(sent: list[Any]) -> None:
    events = [(row[0], row[1]["customer_id"], row[1]["segment"]) for row in sent if row[2] == "big"]
    assert events == [("customer.segment.exited", each, "Big") for each in ("B00", "B01", "B02")]


async def test_a_batch_has_the_number_of_changes(sent: list[Any]) -> None:
    ((type_, data),) = [(row[0], row[1]) for row in sent if row[2] == "batch"]
    assert (type_, data["scheme"], data["changes"], data["causes"]) == (
        "customer.segments.changed",
        "custom",
        4,
        {"definition": 4},
    )


async def test_an_unknown_segment_is_refused(custom: AsyncClient) -> None:
    found = await custom.post(WEBHOOKS, json={**WANTED, "segments": ["big spender"]})
    assert (found.status_code, "did you mean big-spenders" in found.json()["detail"]) == (422, True)


async def test_the_scheme_of_a_webhook_can_be_changed_to_custom(custom: AsyncClient) -> None:
    made = (await custom.post(WEBHOOKS, json={**WANTED, "scheme": "rules"})).json()
    changed = await custom.patch(f"{WEBHOOKS}/{made['endpoint_id']}", json={"scheme": "custom", "segments": ["Big"]})
    assert (changed.json()["scheme"], changed.json()["segments"]) == ("custom", ["big"])
