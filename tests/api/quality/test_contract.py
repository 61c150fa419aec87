from pathlib import Path

import pytest
from httpx import AsyncClient

from app.contract.expectations import expectations
from tests.api.conftest import asking
from tests.api.granting import bearer, new_key
from tests.contracts import ONLINE_RETAIL, written

pytestmark = pytest.mark.anyio


async def test_the_contract_has_its_identity(client: AsyncClient) -> None:
    answer = (await client.get("/v1/contract")).json()
    assert {name: answer[name] for name in ("id", "version", "sha256")} == {
        "id": "online-retail",
        "version": ONLINE_RETAIL.version,
        "sha256": ONLINE_RETAIL.sha256,
    }


async def test_the_contract_has_its_columns_and_expectations(client: AsyncClient) -> None:
    answer = (await client.get("/v1/contract")).json()
    assert [each["name"] for each in answer["columns"]] == [column.name for column in ONLINE_RETAIL.columns]
    assert [each["name"] for each in answer["expectations"]] == [each.name for each in expectations(ONLINE_RETAIL)]


@pytest.mark.parametrize(("name", "basis"), [("online-retail", "gross"), ("generic-sales", "net")])
async def test_the_contract_states_the_basis_of_the_money(shop: str, name: str, basis: str) -> None:
    async with asking(shop, contract=name) as client:
        assert (await client.get("/v1/contract")).json()["monetary_basis"] == basis


async def test_the_locations_of_sources_are_in_the_document_only(shop: str, tmp_path: Path) -> None:
    path = written(tmp_path, server={"location": "s3://private-bucket/sales"})
    async with asking(shop, contract=path) as client:
        assert "private-bucket" not in (await client.get("/v1/contract")).text
        document = await client.get("/v1/contract.yaml")
    assert ("private-bucket" in document.text, document.headers["Content-Type"]) == (True, "text/plain; charset=utf-8")


async def test_the_document_needs_more_than_reading_quality(own_shop: str) -> None:
    key = new_key(own_shop, ["quality:read"]).key
    async with asking(own_shop) as client:
        assert (await client.get("/v1/contract.yaml", headers=bearer(key))).status_code == 403
