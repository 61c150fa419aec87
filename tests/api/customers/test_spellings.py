"""Ids of customers in requests are read by the contract's rules, as those of sales."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.contract.open import open_contract
from app.db.engine import make_engine
from tests.api.conftest import asking, assign_again, change
from tests.api.customers.test_history import GROWS
from tests.contracts import written

pytestmark = pytest.mark.anyio
RULES = {"case": "upper", "stripDecimal": True, "stripLeadingZeros": True, "placeholders": ["Guest"]}
PATHS = ["/v1/customers/{}", "/v1/customers/{}/segment", "/v1/customers/{}/history", "/v1/customers/{}/explanation"]


def contract(folder: Path, **rules: Any) -> str:
    """The path of a contract with these rules for ids."""
    custom = [{"property": name, "value": value} for name, value in rules.items()]
    return written(folder, columns={"customer_id": {"customProperties": custom}})


@pytest.fixture(scope="module")
async def any_case(shop: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncClient]:
    """A client of a server whose contract reads ids in upper case."""
    async with asking(shop, contract=contract(tmp_path_factory.mktemp("rules"), **RULES)) as client:
        yield client


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("spelling", ["r01", "%20R01%20"])
async def test_a_customer_is_found_in_every_spelling(any_case: AsyncClient, path: str, spelling: str) -> None:
    found, same = await any_case.get(path.format(spelling)), await any_case.get(path.format("R01"))
    assert (found.status_code, found.json()) == (200, same.json())


@pytest.mark.parametrize("query", ["", "?scheme=rules", "?as_of=2026-03-01"])
async def test_the_segment_is_found_with_and_without_parameters(any_case: AsyncClient, query: str) -> None:
    assert (await any_case.get(f"/v1/customers/r01/segment{query}")).json()["customer_id"] == "R01"


@pytest.mark.parametrize("path", PATHS)
async def test_a_placeholder_is_no_customer(any_case: AsyncClient, path: str) -> None:
    answer = await any_case.get(path.format("guest"))
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")
    assert "'guest'" in answer.json()["detail"]


@pytest.mark.parametrize("path", PATHS)
async def test_case_matters_where_the_contract_says_so(client: AsyncClient, path: str) -> None:
    assert (await client.get(path.format("r01"))).status_code == 404


async def test_a_lookup_reads_ids_by_the_contract(any_case: AsyncClient) -> None:
    body = {"customer_ids": ["r02", "R02", " r01 ", "guest", "nobody"]}
    answer = (await any_case.post("/v1/customers/lookup", json=body)).json()
    assert [each["customer_id"] for each in answer["customers"]] == ["R02", "R01"]
    assert [each["customer_id"] for each in answer["failures"]] == ["guest", "nobody"]


async def test_numbers_are_found_in_every_spelling(own_shop: str, tmp_path: Path) -> None:
    engine = make_engine(own_shop)
    with engine.begin() as connection:
        connection.execute(text("update segments.customer_segment set customer_id = '13012' where customer_id = 'R01'"))
    engine.dispose()
    async with asking(own_shop, contract=contract(tmp_path, **RULES)) as client:
        found = [(await client.get(f"/v1/customers/{each}/segment")).json() for each in ("13012.0", "0013012", "13012")]
    assert [each["customer_id"] for each in found] == ["13012"] * 3


async def test_an_erasure_is_found_in_every_spelling(own_shop: str, tmp_path: Path) -> None:
    given = {"contract": contract(tmp_path, **RULES), "erasure_key": "a-key-for-tests-of-erasures-0123456789"}
    async with asking(own_shop, **given) as client:
        erased = (await client.delete("/v1/customers/r01")).json()
        again = (await client.delete("/v1/customers/%20R01")).json()
        verified = await client.post("/v1/certificates/verify", json={"certificate": again, "customer_id": "r01"})
    assert (erased["erasure_id"], verified.json()["is_of_customer"]) == (again["erasure_id"], True)


@pytest.fixture
async def before_apply(shop: str, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """A client of a server whose contract reads ids in lower case, with sales that were loaded as they are."""
    async with asking(shop, contract=contract(tmp_path, trim=True, case="lower")) as client:
        yield client


@pytest.mark.parametrize("path", [*PATHS, f"{PATHS[1]}?scheme=rules", f"{PATHS[0]}?as_of=2026-03-01"])
async def test_a_customer_is_found_by_the_former_id_until_apply(before_apply: AsyncClient, path: str) -> None:
    found = await before_apply.get(path.format("R01"))
    assert (found.status_code, found.json().get("customer_id", "R01")) == (200, "R01")


async def test_former_rules_are_applied_to_the_id(before_apply: AsyncClient) -> None:
    assert (await before_apply.get("/v1/customers/%20R01%20/segment")).json()["customer_id"] == "R01"


async def test_a_lookup_finds_former_ids_until_apply(before_apply: AsyncClient) -> None:
    body = {"customer_ids": ["R02", " R01", "R02", "nobody"]}
    answer = (await before_apply.post("/v1/customers/lookup", json=body)).json()
    assert [each["customer_id"] for each in answer["customers"]] == ["R02", "R01"]
    assert [each["customer_id"] for each in answer["failures"]] == ["nobody"]


@pytest.mark.parametrize("path", PATHS)
async def test_an_id_that_no_contract_reads_is_unknown(before_apply: AsyncClient, path: str) -> None:
    assert (await before_apply.get(path.format("r01x"))).status_code == 404


async def test_after_apply_an_id_is_read_by_the_current_rules_only(own_shop: str, tmp_path: Path) -> None:
    path = contract(tmp_path, trim=True, case="lower")
    sha256 = open_contract(path).sha256
    change(own_shop, "update pipeline.source_file set contract_sha256 = :sha256", sha256=sha256)
    async with asking(own_shop, contract=path) as client:
        assert (await client.get("/v1/customers/R01/segment")).status_code == 404


async def test_pages_of_a_history_are_those_of_the_former_id(own_shop: str, tmp_path: Path) -> None:
    change(own_shop, GROWS, day=date(2026, 3, 5))
    assign_again(own_shop, date(2026, 3, 5))
    path = "/v1/customers/O01/history?scheme=rules&limit=1"
    async with asking(own_shop, as_of=date(2026, 3, 20), contract=contract(tmp_path, case="lower")) as client:
        cursor = (await client.get(path)).json()["next_cursor"]
        second = (await client.get(f"{path}&cursor={cursor}")).json()
    assert [each["from"] for each in second["data"]] == ["2026-03-01"]


async def test_a_customer_who_is_found_costs_no_further_query(
    shop: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.api.customers.customer_id.former_ids", None)
    async with asking(shop, contract=contract(tmp_path, case="upper")) as client:
        assert (await client.get("/v1/customers/r01/segment")).status_code == 200
