"""Customers found by other identifiers of the contract: e-mail addresses, loyalty cards."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response
from sqlalchemy import text

from app.db.engine import make_engine
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import asking
from tests.contracts import written
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
IDENTIFIER = {"property": "identifier", "value": True}
COLUMNS = {
    "email": {"customProperties": [IDENTIFIER, {"property": "case", "value": "lower"}]},
    "card": {"customProperties": [IDENTIFIER, {"property": "stripLeadingZeros", "value": True}]},
}
SALES = [
    ("email", "max@shop.de", "R01", "2026-02-01", "100001"),
    ("email", "both@shop.de", "R02", "2026-02-01", "100002"),
    ("email", "both@shop.de", "R03", "2026-02-27", "100003"),
    ("email", "second@shop.de", "R01", "2026-02-27", "100004"),
    ("email", "returned@shop.de", "returner", "2026-02-27", "100005"),
    ("card", "42", "R02", "2026-02-01", "100002"),
]
INSERT = """
    insert into gold.customer_identifier (file_id, name, value, customer_id, invoice_date, invoice_no)
    values (1, :name, :value, :customer_id, :invoice_date, :invoice_no)
"""
NAMES = ("name", "value", "customer_id", "invoice_date", "invoice_no")


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("identifiers"), columns=COLUMNS)


@pytest.fixture(scope="module")
def identified_shop(postgres: str, published: str) -> Iterator[str]:
    """URL of a database whose sales have identifiers."""
    with fresh_database(postgres, published) as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            connection.execute(text(INSERT), [dict(zip(NAMES, sale, strict=True)) for sale in SALES])
        engine.dispose()
        yield url


@pytest.fixture(scope="module")
async def identified(identified_shop: str, contract: str) -> AsyncIterator[AsyncClient]:
    async with asking(identified_shop, contract=contract) as client:
        yield client


async def listed(client: AsyncClient, query: str) -> list[str]:
    answer = await client.get(f"/v1/customers?{query}")
    assert answer.status_code == 200, answer.text
    return [each["customer_id"] for each in answer.json()["data"]]


async def looked_up(client: AsyncClient, by: str, *values: str) -> Response:
    return await client.post("/v1/customers/lookup", json={"by": by, "values": values})


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email=max@shop.de", ["R01"]),
        ("email=Max@SHOP.de", ["R01"]),
        ("email=both@shop.de", ["R02", "R03"]),
        ("email=max@shop.de&email=both@shop.de", ["R01", "R02", "R03"]),
        ("email=both@shop.de&card=0042", ["R02"]),
        ("email=max@shop.de&card=42", []),
        ("email=nobody@shop.de", []),
        ("email=max@shop.de&frequency_min=100", []),
        ("email=a%00b", []),
    ],
)
async def test_customers_are_listed_by_identifiers(identified: AsyncClient, query: str, found: list[str]) -> None:
    assert sorted(await listed(identified, query)) == found


async def test_pages_of_an_identifier_go_on_with_their_cursor(identified: AsyncClient) -> None:
    first = (await identified.get("/v1/customers?email=both@shop.de&limit=1")).json()
    second = await listed(identified, f"email=both@shop.de&limit=1&cursor={first['next_cursor']}")
    assert sorted([first["data"][0]["customer_id"], *second]) == ["R02", "R03"]


async def test_a_cursor_belongs_to_its_identifier(identified: AsyncClient) -> None:
    cursor = (await identified.get("/v1/customers?email=both@shop.de&limit=1")).json()["next_cursor"]
    answer = await identified.get(f"/v1/customers?email=max@shop.de&limit=1&cursor={cursor}")
    assert answer.json()["type"] == "/problems/invalid-cursor"


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("phone=1", "identifiers that the data contract declares: card, email"),
        ("emial=max@shop.de", "did you mean email?"),
        ("email=", "email: the value is empty"),
        ("&".join(["email=a"] * 51), "email: give at most 50 values"),
    ],
)
async def test_the_problem_of_a_parameter_names_the_remedy(identified: AsyncClient, query: str, detail: str) -> None:
    answer = await identified.get(f"/v1/customers?{query}")
    assert (answer.status_code, detail in answer.json()["detail"]) == (422, True), answer.text


async def test_a_contract_without_identifiers_says_so(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers?email=max@shop.de")
    assert (answer.status_code, answer.json()["detail"].endswith("declares: none")) == (422, True)


async def test_other_lists_take_no_identifiers(identified: AsyncClient) -> None:
    assert (await identified.get("/v1/files?email=max@shop.de")).status_code == 422


async def test_a_lookup_finds_the_customer_of_the_latest_sale(identified: AsyncClient) -> None:
    body = (await looked_up(identified, "email", "both@shop.de")).json()
    assert [each["customer_id"] for each in body["customers"]] == ["R03"]


async def test_a_lookup_says_what_each_value_found(identified: AsyncClient) -> None:
    body = (await looked_up(identified, "email", "MAX@shop.de", "second@shop.de", "nobody@shop.de")).json()
    assert [each["customer_id"] for each in body["customers"]] == ["R01"]
    assert [(each["value"], each["customer_id"]) for each in body["matches"]] == [
        *(("MAX@shop.de", "R01"), ("second@shop.de", "R01")),
        ("nobody@shop.de", None),
    ]


async def test_a_customer_without_a_segment_is_a_failure(identified: AsyncClient) -> None:
    body = (await looked_up(identified, "email", "returned@shop.de")).json()
    assert body["matches"] == [{"value": "returned@shop.de", "customer_id": "returner"}]
    assert [each["customer_id"] for each in body["failures"]] == ["returner"]


async def test_a_lookup_by_ids_has_no_matches(identified: AsyncClient) -> None:
    body = (await identified.post("/v1/customers/lookup", json={"customer_ids": ["R01", "x"]})).json()
    assert (body["matches"], [each["customer_id"] for each in body["failures"]]) == ([], ["x"])


async def test_an_undeclared_identifier_is_a_problem_with_the_declared_ones(identified: AsyncClient) -> None:
    answer = await looked_up(identified, "phone", "1")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (404, "#/by")
    assert "'phone' is not an identifier of the data contract; it declares email, card" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {"by": "email"},
        {"values": ["x"]},
        {"by": "email", "values": []},
        {"by": "email", "values": ["x"], "customer_ids": ["R01"]},
        {"by": "email", "customer_ids": ["R01"]},
        {"by": "email", "values": [str(number) for number in range(1_001)]},
    ],
)
async def test_ids_and_identifiers_do_not_mix(identified: AsyncClient, body: dict[str, Any]) -> None:
    assert (await identified.post("/v1/customers/lookup", json=body)).status_code == 422


async def test_no_log_has_an_identifier(identified: AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await listed(identified, "email=max@shop.de")
    await looked_up(identified, "email", "max@shop.de")
    await identified.get("/v1/customers?emial=max@shop.de")
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not [message for message in own if "max@" in message]


async def test_the_audit_log_has_no_identifier(identified: AsyncClient, identified_shop: str) -> None:
    await looked_up(identified, "email", "max@shop.de")
    engine = make_engine(identified_shop)
    with engine.connect() as connection:
        entries = connection.execute(text("select a::text from access.audit_entry as a")).scalars().all()
    engine.dispose()
    assert not [entry for entry in entries if "max@" in entry]


async def test_before_the_first_training_no_identifier_finds_anybody(database_url: str, tmp_path: Path) -> None:
    async with asking(database_url, contract=written(tmp_path, columns=COLUMNS)) as client:
        answers = [await client.get("/v1/customers?email=a@b.de"), await looked_up(client, "email", "a@b.de")]
    assert [each.json()["type"] for each in answers] == ["/problems/no-model"] * 2


def test_the_document_has_the_declared_identifiers(contract: str) -> None:
    operation = create_app(Settings(api_key="a-key", contract=contract)).openapi()["paths"]["/v1/customers"]["get"]
    assert {"email", "card"} <= {parameter["name"] for parameter in operation["parameters"]}


def test_the_document_of_a_contract_without_identifiers_has_none() -> None:
    operation = create_app(Settings(api_key="a-key")).openapi()["paths"]["/v1/customers"]["get"]
    assert {"email", "card", "identifiers"}.isdisjoint(parameter["name"] for parameter in operation["parameters"])


async def test_a_lookup_of_values_without_the_identifier_asks_for_it(identified: AsyncClient) -> None:
    answer = await identified.post("/v1/customers/lookup", json={"values": ["max@shop.de"]})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, ["#/by"])
