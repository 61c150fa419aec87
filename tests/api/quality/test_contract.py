from pathlib import Path

import pytest
from httpx import AsyncClient

from app.contract.describe import describe
from app.contract.expectations import expectations
from app.contract.open import open_contract
from tests.api.conftest import asking
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


async def test_the_contract_has_its_document(shop: str, tmp_path: Path) -> None:
    path = written(tmp_path, overlap="once")
    async with asking(shop, contract=path) as client:
        answer = (await client.get("/v1/contract")).json()
    assert (answer["document"], answer["overlap"]) == (open_contract(path).text, "once")


async def test_the_contract_is_that_of_the_start(shop: str, tmp_path: Path) -> None:
    path = written(tmp_path, overlap="once")
    async with asking(shop, contract=path) as client:
        written(tmp_path, overlap="count")
        assert (await client.get("/v1/contract")).json()["overlap"] == "once"


async def test_the_source_of_the_settings_has_its_name_and_location(shop: str) -> None:
    async with asking(shop, source="s3://sales/retail", source_name="shop") as client:
        (source,) = (await client.get("/v1/contract")).json()["sources"]
    assert (source["name"], source["reading"].partition(";")[0]) == ("shop", "s3://sales/retail")


async def test_the_contract_has_its_sources(shop: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    async with asking(shop, contract=path) as client:
        sources = (await client.get("/v1/contract")).json()["sources"]
    assert [tuple(each.values()) for each in sources] == list(describe(open_contract(path), "sales").sources)
