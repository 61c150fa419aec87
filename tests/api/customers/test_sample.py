"""Sample of the customers."""

from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, assign_again, change

pytestmark = pytest.mark.anyio
SAMPLE = "/v1/customers/sample"
MANY = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select 'M' || n, '2026-01-01', '2026-02-20', 1 + n % 4, 50 + n % 90, 'France', now()
    from generate_series(1, 4000) as n
"""


async def sampled(client: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.get(SAMPLE, params=given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_sample_of_more_than_all_is_all_of_them(client: AsyncClient, scheme: str) -> None:
    found = await sampled(client, scheme=scheme)
    listed = (await client.get(f"/v1/customers?limit=1000&scheme={scheme}")).json()["data"]
    fields = ("customer_id", "recency", "frequency", "monetary", "cluster", "segment", "slug")
    assert found["data"] == [{name: each[name] for name in fields} for each in listed]
    assert (found["sampled"], found["of"]) == (59, 59)


async def test_each_cluster_has_its_share(own_shop: str) -> None:
    change(own_shop, MANY)
    assign_again(own_shop)
    async with asking(own_shop) as client:
        found = await sampled(client, size=1_000)
        assert (found["of"], found["sampled"]) == (4_059, pytest.approx(1_000, rel=0.15))
        for cluster in found["clusters"]:
            drawn = sum(each["cluster"] == cluster["cluster"] for each in found["data"])
            expected = max(cluster["of"] * 1_000 / 4_059, min(30, cluster["of"]))
            assert drawn == cluster["sampled"] == pytest.approx(expected, abs=4 * expected**0.5)


async def test_a_small_cluster_is_sampled_whole(own_shop: str) -> None:
    change(own_shop, MANY)
    assign_again(own_shop)
    async with asking(own_shop) as client:
        small = [each for each in (await sampled(client, size=1_000))["clusters"] if each["of"] <= 30]
        assert small
        assert all(each["sampled"] == each["of"] for each in small)


async def test_a_larger_sample_has_the_customers_of_a_smaller_one(own_shop: str) -> None:
    change(own_shop, MANY)
    assign_again(own_shop)
    async with asking(own_shop) as client:
        small, again, large = [
            {each["customer_id"] for each in (await sampled(client, size=size))["data"]} for size in (400, 400, 800)
        ]
        assert small == again
        assert small < large


@pytest.mark.parametrize("size", [0, 10_001, "many"])
async def test_a_wrong_size_is_refused(client: AsyncClient, size: Any) -> None:
    assert (await client.get(f"{SAMPLE}?size={size}")).status_code == 422


async def test_before_the_first_training_there_is_none(empty: AsyncClient) -> None:
    assert (await empty.get(SAMPLE)).json()["type"] == "/problems/no-model"


async def test_an_erased_customer_is_not_in_the_sample(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        found = await sampled(client)
        assert "R01" not in {each["customer_id"] for each in found["data"]}
        assert (found["sampled"], found["of"]) == (58, 58)


@pytest.fixture
async def shop_with_sample(own_shop: str) -> str:
    """URL of a shop with a customer whose id is `sample`."""
    change(own_shop, MANY.replace("'M' || n", "'sample'").replace("4000", "1"))
    assign_again(own_shop)
    return own_shop


async def test_a_customer_named_sample_is_found_with_a_space(shop_with_sample: str) -> None:
    async with asking(shop_with_sample) as client:
        assert "sampled" in await sampled(client)
        assert (await client.get(f"{SAMPLE}%20")).json()["customer_id"] == "sample"
        assert (await client.get(f"{SAMPLE}/segment")).json()["customer_id"] == "sample"


async def test_a_customer_named_sample_can_be_erased(shop_with_sample: str) -> None:
    async with asking(shop_with_sample, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        assert (await client.delete(SAMPLE)).status_code == 200
        assert (await client.get(f"{SAMPLE}%20")).status_code == 404
        assert (await client.get(SAMPLE)).status_code == 200
