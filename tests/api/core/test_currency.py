"""The currency of amounts is the declared one, or null."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.api.exports.reading import each_format, exported

pytestmark = pytest.mark.anyio
PATHS = [
    "/v1/contract",
    "/v1/customers",
    "/v1/customers/R01",
    "/v1/customers/R01/explanation",
    "/v1/customers/R01/orders",
    "/v1/customers/sample",
    "/v1/lineage/customers/R01",
    "/v1/trends/segments",
    "/v1/unsegmented-customers",
    "/v1/segments",
    "/v1/models/current",
]


@pytest.fixture
async def undeclared(shop: str) -> AsyncIterator[AsyncClient]:
    """A client of a server whose contract and settings declare no currency."""
    async with asking(shop, contract="generic-sales") as client:
        yield client


def currencies(value: Any) -> set[str | None]:
    """Every currency anywhere in an answer."""
    if isinstance(value, list):
        return {found for each in value for found in currencies(each)}
    if not isinstance(value, dict):
        return set()
    own = {value["currency"]} if "currency" in value and not isinstance(value["currency"], dict) else set()
    return own | {found for each in value.values() for found in currencies(each)}


@pytest.mark.parametrize("path", PATHS)
async def test_without_a_declaration_there_is_none(undeclared: AsyncClient, path: str) -> None:
    answer = await undeclared.get(path)
    assert (answer.status_code, currencies(answer.json()) - {None}) == (200, set())


@pytest.mark.parametrize("path", [path for path in PATHS if "unsegmented" not in path])
async def test_the_default_contract_declares_pounds(client: AsyncClient, path: str) -> None:
    assert currencies((await client.get(path)).json()) == {"GBP"}


async def test_a_lookup_has_none(undeclared: AsyncClient) -> None:
    answer = await undeclared.post("/v1/customers/lookup", json={"customer_ids": ["R01"]})
    assert currencies(answer.json()) == {None}


@each_format
async def test_an_export_has_none(undeclared: AsyncClient, name: str) -> None:
    assert {row["currency"] for row in await exported(undeclared, name=name)} <= {None, ""}
