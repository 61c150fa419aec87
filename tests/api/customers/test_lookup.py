"""Many customers at once."""

from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio


async def looked_up(client: AsyncClient, *ids: str, **given: str) -> dict[str, Any]:
    answer = await client.post("/v1/customers/lookup", json={"customer_ids": ids, **given})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize("scheme", ["kmeans", "rules", "rfm"])
async def test_a_customer_is_as_he_is_alone(client: AsyncClient, scheme: str) -> None:
    alone = (await client.get(f"/v1/customers/R01?scheme={scheme}")).json()
    [found] = (await looked_up(client, "R01", scheme=scheme))["customers"]
    assert found.items() <= alone.items()
    assert {"recency", "monetary", "segment", "tier", "cluster", "currency"} <= found.keys()


async def test_the_answer_has_freshness_fields(client: AsyncClient) -> None:
    assert {"as_of", "data_through", "run_id", "quality"} <= (await looked_up(client, "R01")).keys()


async def test_customers_come_in_the_order_of_the_request(client: AsyncClient) -> None:
    found = (await looked_up(client, "R03", "R01", "R02"))["customers"]
    assert [each["customer_id"] for each in found] == ["R03", "R01", "R02"]


async def test_an_unknown_customer_fails_alone(client: AsyncClient) -> None:
    body = await looked_up(client, "R01", "nobody")
    assert [each["customer_id"] for each in body["customers"]] == ["R01"]
    unknown = {"customer_id": "nobody", "type": "/problems/unknown-customer", "title": "Customer not found"}
    assert body["failures"] == [unknown]


async def test_duplicate_ids_are_answered_once(client: AsyncClient) -> None:
    body = await looked_up(client, "R01", "R01", "nobody", "nobody")
    assert (len(body["customers"]), len(body["failures"])) == (1, 1)


@pytest.mark.parametrize("customer_id", [*STRANGE, "a\0b", "", "x" * 10_000, "'; drop table x; --"])
async def test_any_text_is_a_valid_id(client: AsyncClient, customer_id: str) -> None:
    body = await looked_up(client, customer_id)
    answered = [*body["customers"], *body["failures"]]
    assert [each["customer_id"] for each in answered] == [customer_id]


async def test_a_lone_surrogate_is_no_customer_and_the_others_are_answered(client: AsyncClient) -> None:
    body = '{"customer_ids": ["R01", "x\\ud800"]}'
    answer = await client.post("/v1/customers/lookup", content=body, headers={"Content-Type": "application/json"})
    assert [each["customer_id"] for each in answer.json()["customers"]] == ["R01"]
    assert [each["customer_id"] for each in answer.json()["failures"]] == ["x\N{REPLACEMENT CHARACTER}"]


async def test_a_thousand_ids_are_accepted(client: AsyncClient) -> None:
    body = await looked_up(client, *(f"nobody-{number}" for number in range(1_000)))
    assert len(body["failures"]) == 1_000


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer_ids": []},
        {"customer_ids": [str(number) for number in range(1_001)]},
        {"customer_ids": [1]},
        {"customer_ids": ["R01"], "scheme": "dice"},
        {"customer_ids": ["R01"], "more": 1},
    ],
)
async def test_a_malformed_request_is_a_422(client: AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post("/v1/customers/lookup", json=body)).status_code == 422


async def test_before_the_first_training_no_customer_is_found(empty: AsyncClient) -> None:
    answer = await empty.post("/v1/customers/lookup", json={"customer_ids": ["R01"]})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-model")
