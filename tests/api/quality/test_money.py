"""Money by file and date, and warnings, over HTTP."""

from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.sales import QUARANTINED

pytestmark = pytest.mark.anyio
OUTCOMES = ("counted", "returned", "no_customer", "cancellation", "not_counted", "quarantined")
FRESH = """
    insert into pipeline.freshness (singleton, warning, computed_at, is_measured) values (true, :reason, now(), true)
"""
WARNED = """
    insert into quality.file_warning
    select min(id), kind, '', 3, 7.5, 'line 2'
    from pipeline.source_file cross join unnest(array['mojibake', 'overlap']) as kind
    group by kind
"""
REASON = "no sale counts: stock_code of 2 of 2 rows do not meet countsWhen"


async def listed(client: AsyncClient, query: str = "") -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (await client.get(f"/v1/quality/money{query}")).json()["data"]
    return rows


async def test_rows_and_money_of_the_outcomes_add_up(client: AsyncClient) -> None:
    for row in await listed(client):
        assert row["rows"] == row["skipped_rows"] + sum(row[f"{outcome}_rows"] for outcome in OUTCOMES)
        assert Decimal(row["money"]) == sum(Decimal(row[outcome]) for outcome in OUTCOMES)


async def test_quarantined_money_has_its_reasons(client: AsyncClient) -> None:
    (row,) = [row for row in await listed(client) if row["invoice_date"] == "2026-02-20"]
    assert (row["quarantined_rows"], row["quarantined"]) == (3, "19.50")
    assert [(each["expectation"], each["rows"], each["money"]) for each in row["reasons"]] == [
        ("valid_quantity", 2, "19.50"),
        ("valid_unit_price", 1, "0.00"),
    ]


async def test_rows_without_a_date_have_none(client: AsyncClient) -> None:
    (row,) = [row for row in await listed(client) if row["invoice_date"] is None]
    assert (row["rows"], row["quarantined"]) == (1, "1.95")


async def test_pages_cross_the_rows_without_a_date(client: AsyncClient) -> None:
    whole, found, cursor = await listed(client), [], ""
    while cursor is not None:
        page = (await client.get(f"/v1/quality/money?limit=1{cursor and f'&cursor={cursor}'}")).json()
        found += page["data"]
        cursor = page["next_cursor"]
    assert found == whole


@pytest.mark.parametrize(
    ("query", "rows"), [("?file_id=99", 0), ("?invoice_date=2026-02-20", 1), ("?to=2026-01-01", 0)]
)
async def test_money_is_filtered(client: AsyncClient, query: str, rows: int) -> None:
    assert len(await listed(client, query)) == rows


@pytest.mark.parametrize("name", ["bronze-daily", "layer-comparison", "daily-counts", "expectations"])
async def test_measurements_have_money(client: AsyncClient, name: str) -> None:
    rows = (await client.get(f"/v1/quality/{name}")).json()["data"]
    assert any(Decimal(row["money"]) > 0 for row in rows)


async def test_quarantined_rows_are_in_one_outcome_each(client: AsyncClient) -> None:
    assert sum(row["quarantined_rows"] for row in await listed(client)) == len(QUARANTINED)


async def test_warnings_are_listed_by_kind(own_shop: str) -> None:
    change(own_shop, WARNED)
    async with asking(own_shop) as client:
        found = (await client.get("/v1/quality/warnings?kind=overlap")).json()["data"]
    assert [(row["kind"], row["rows"], row["money"], row["example"]) for row in found] == [
        ("overlap", 3, "7.50", "line 2")
    ]


async def test_a_warning_says_what_is_wrong_and_the_remedy(own_shop: str) -> None:
    change(own_shop, WARNED)
    async with asking(own_shop) as client:
        (of_file,) = (await client.get("/v1/quality/warnings?kind=mojibake")).json()["data"]
        status = (await client.get("/v1/status")).json()
    what = "with texts such as Ã¼ or U+FFFD, read in a wrong encoding: check encoding"
    assert of_file["message"] == f"3 rows (7.50) {what}"
    assert [each["message"] for each in status["file_warnings"] if each["kind"] == "mojibake"] == [
        f"3 rows (7.50) of 1 file {what}"
    ]


async def test_status_has_money_and_warnings(own_shop: str) -> None:
    change(own_shop, "insert into quality.data_warning values ('similar_ids', 'two ids', '{a,A}')")
    async with asking(own_shop) as client:
        status = (await client.get("/v1/status")).json()
    assert status["money"]["quarantined"] == {"rows": 4, "money": "21.45"}
    assert status["data_warnings"] == [{"kind": "similar_ids", "message": "two ids", "examples": ["a", "A"]}]


async def test_status_has_the_objects_that_are_not_read(own_shop: str) -> None:
    change(own_shop, """update pipeline.source set suffixes = '{.csv}', not_read = '{".pdf": 2}'""")
    async with asking(own_shop) as client:
        status = (await client.get("/v1/status")).json()
    assert status["not_read"] == [{"source": "sales", "suffixes": [".csv"], "objects": {".pdf": 2}}]


@pytest.mark.parametrize(
    "path",
    ["segments", "clusters", "customers", "customers/R01", "customers/R01/segment", "exports/customers", "transitions"],
)
async def test_before_the_first_model_the_problem_says_that_nothing_counts(
    empty: AsyncClient, database_url: str, path: str
) -> None:
    change(database_url, FRESH, reason=REASON)
    answer = await empty.get(f"/v1/{path}")
    assert (answer.status_code, answer.json()["detail"]) == (503, REASON)


async def test_rows_of_unknown_money_are_listed_by_file_and_no_warning_of_their_own(client: AsyncClient) -> None:
    found = (await client.get("/v1/quality/warnings?kind=unknown_money")).json()["data"]
    status = (await client.get("/v1/status")).json()
    counts = [(row["rows"], row["message"].partition(" row")[0]) for row in found]
    assert counts == [(rows, str(rows)) for rows, _ in counts] != []
    assert all("quarantined with unknown money, because no total can be read" in row["message"] for row in found)
    assert "unknown_money" not in {row["kind"] for row in status["file_warnings"]}
