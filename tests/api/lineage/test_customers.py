"""Lineage of one customer."""

from decimal import Decimal
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio
LINEAGE = "/v1/lineage/customers"


async def test_the_way_leads_to_run_model_and_files(client: AsyncClient) -> None:
    found = (await client.get(f"{LINEAGE}/R01")).json()
    current = (await client.get("/v1/models/current")).json()
    customer = (await client.get("/v1/customers/R01")).json()
    files = {each["file_id"]: each for each in (await client.get("/v1/files")).json()["data"]}
    assert found["model"]["run_id"] == found["run_id"] == customer["run_id"]
    assert found["model"]["sha256"] == current["sha256"]
    assert (found["assignment"]["kmeans"], found["assignment"]["cluster"]) == (customer["slug"], customer["cluster"])
    shared = ("source_file", "sha256", "state", "loaded_at", "contract_sha256", "run_id")
    assert [each["file_id"] for each in found["data"]] == [4, 3, 2, 1]
    for file in found["data"]:
        assert {name: file[name] for name in shared} == {name: files[file["file_id"]][name] for name in shared}


async def test_the_files_have_the_money_of_the_customer(client: AsyncClient) -> None:
    for customer in (await client.get("/v1/customers")).json()["data"]:
        files = (await client.get(f"{LINEAGE}/{quote(customer['customer_id'], safe='')}")).json()["data"]
        assert sum(Decimal(each["amount"]) for each in files) == Decimal(customer["monetary"])
        assert sum(each["invoices"] for each in files) == customer["frequency"]


async def test_only_files_with_sales_of_the_customer_are_listed(client: AsyncClient) -> None:
    (file,) = (await client.get(f"{LINEAGE}/O00")).json()["data"]
    assert (file["file_id"], file["invoices"], file["amount"]) == (1, 1, "3.99")


async def test_pages_follow_each_other(client: AsyncClient) -> None:
    first = (await client.get(f"{LINEAGE}/R01?limit=3&include=total")).json()
    rest = (await client.get(f"{LINEAGE}/R01?limit=3&cursor={first['next_cursor']}")).json()
    assert [each["file_id"] for each in first["data"] + rest["data"]] == [4, 3, 2, 1]
    assert (first["total"], rest["has_more"]) == (4, False)


async def test_an_unknown_customer_is_a_problem(client: AsyncClient) -> None:
    answer = await client.get(f"{LINEAGE}/nobody")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")


async def test_a_customer_without_a_segment_has_files_and_no_model(own_shop: str) -> None:
    change(own_shop, "delete from segments.customer_segment where customer_id = 'R01'")
    async with asking(own_shop) as client:
        found = (await client.get(f"{LINEAGE}/R01")).json()
        assert (found["assignment"], found["model"], len(found["data"])) == (None, None, 4)


async def test_an_erased_customer_has_no_lineage(own_shop: str) -> None:
    async with asking(own_shop, erasure_key="a-key-for-tests-of-erasures-0123456789") as client:
        await client.delete("/v1/customers/R01")
        assert (await client.get(f"{LINEAGE}/R01")).status_code == 404
