"""What is measured about the data, and the rows that were kept out."""

from decimal import Decimal

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.sales import QUARANTINED
from tests.api.segments.test_members import pages

pytestmark = pytest.mark.anyio
ROWS = 4 * 15 + 40 + 4 + len(QUARANTINED)
LISTS = (*("bronze-daily", "layer-comparison", "daily-counts", "expectations", "daily-expectations", "quarantine"),)


async def test_bronze_daily_counts_received_rows(client: AsyncClient) -> None:
    rows = (await client.get("/v1/quality/bronze-daily")).json()["data"]
    assert [row["processing_date"] for row in rows] == ["2026-03-01"]
    counted = {
        name: rows[0][name] for name in ("rows", "files", "distinct_invoice_dates", "bad_quantities", "bad_prices")
    }
    assert counted == {"rows": ROWS, "files": 4, "distinct_invoice_dates": 4, "bad_quantities": 2, "bad_prices": 2}


async def test_the_score_is_a_number_in_percent(client: AsyncClient) -> None:
    score = (await client.get("/v1/quality/bronze-daily")).json()["data"][0]["score"]
    assert score == round(100 * (1 - 4 / (6 * ROWS)), 2)


async def test_silver_has_none_of_the_forbidden_defects(client: AsyncClient) -> None:
    bronze, silver = (await client.get("/v1/quality/layer-comparison")).json()["data"]
    assert (bronze["layer"], bronze["rows"]) == ("bronze", ROWS)
    assert (silver["layer"], silver["rows"]) == ("silver", ROWS - len(QUARANTINED))
    assert (silver["bad_quantities"], silver["bad_prices"]) == (0, 0)


async def test_rows_without_a_date_come_last(client: AsyncClient) -> None:
    rows = (await client.get("/v1/quality/daily-counts?layer=bronze")).json()["data"]
    none_superseded = {"superseded_rows": 0, "superseded_money": "0.00"}
    assert rows[-1] == {"invoice_date": None, "layer": "bronze", "rows": 1, "money": "1.95", **none_superseded}
    assert len(rows) == 5


async def test_pages_cross_the_rows_without_a_date(client: AsyncClient) -> None:
    whole = (await client.get("/v1/quality/daily-counts")).json()["data"]
    found = await pages(client, "/v1/quality/daily-counts?limit=1")
    assert [row for page in found for row in page["data"]] == whole


@pytest.mark.parametrize("name", LISTS)
async def test_pages_hold_every_row_once(client: AsyncClient, name: str) -> None:
    whole = (await client.get(f"/v1/quality/{name}")).json()["data"]
    found = await pages(client, f"/v1/quality/{name}?limit=2")
    assert [row for page in found for row in page["data"]] == whole


async def test_expectations_name_the_file(client: AsyncClient) -> None:
    rows = (await client.get("/v1/quality/expectations?expectation=valid_quantity")).json()["data"]
    assert [(row["file_id"], row["passed"] + row["failed"], row["failed"]) for row in rows][2] == (3, 29, 2)
    assert rows[2]["source_file"].endswith("/2026-02-20/2026-02-20_transactions.csv")


async def test_expectations_of_one_file_are_the_five_of_the_contract(client: AsyncClient) -> None:
    rows = (await client.get("/v1/quality/expectations?file_id=1")).json()["data"]
    assert {row["expectation"] for row in rows} == {
        *("valid_invoice_no", "valid_stock_code", "valid_quantity", "valid_unit_price", "valid_invoice_date")
    }


async def test_daily_expectations_are_the_sums_of_the_files(client: AsyncClient) -> None:
    of_files = (await client.get("/v1/quality/expectations")).json()["data"]
    daily = (await client.get("/v1/quality/daily-expectations")).json()["data"]
    assert {each["processing_date"] for each in daily} == {"2026-03-01"}
    assert [each["expectation"] for each in daily] == sorted({each["expectation"] for each in of_files})
    for each in daily:
        rows = [row for row in of_files if row["expectation"] == each["expectation"]]
        assert (each["files"], each["passed"], each["failed"], Decimal(each["money"])) == (
            len(rows),
            sum(row["passed"] for row in rows),
            sum(row["failed"] for row in rows),
            sum(Decimal(row["money"]) for row in rows),
        )


async def test_daily_expectations_include_files_in_which_no_row_fails(own_shop: str) -> None:
    change(own_shop, "insert into quality.expectation_results values (1, 'plausible_date', 24, 1, 5)")
    async with asking(own_shop) as client:
        (found,) = (await client.get("/v1/quality/daily-expectations?expectation=plausible_date")).json()["data"]
    others = ROWS - 25
    assert (found["files"], found["failed"], found["passed"]) == (4, 1, others + 24)


async def test_rows_of_superseded_versions_are_named(own_shop: str) -> None:
    change(own_shop, "update pipeline.source_file set state = 'superseded' where id = 1")
    async with asking(own_shop) as client:
        (received,) = (await client.get("/v1/quality/bronze-daily")).json()["data"]
        of_dates = (await client.get("/v1/quality/daily-counts?layer=bronze")).json()["data"]
    assert received["superseded_rows"] == of_dates[0]["superseded_rows"] == of_dates[0]["rows"]
    assert [each["superseded_rows"] for each in of_dates[1:]] == [0] * len(of_dates[1:])


async def test_daily_expectations_are_filtered(client: AsyncClient) -> None:
    found = (await client.get("/v1/quality/daily-expectations?expectation=valid_quantity&from=2026-03-01")).json()
    assert [each["expectation"] for each in found["data"]] == ["valid_quantity"]
    assert (await client.get("/v1/quality/daily-expectations?to=2026-02-28")).json()["data"] == []


async def test_a_quarantined_row_has_all_its_reasons(client: AsyncClient) -> None:
    rows = (await client.get("/v1/quality/quarantine")).json()["data"]
    assert [row["raw"] for row in rows] == list(QUARANTINED)
    assert rows[2]["reasons"] == [
        {"expectation": "valid_quantity", "column": "quantity", "value": "none"},
        {"expectation": "valid_unit_price", "column": "price", "value": "cheap"},
    ]


async def test_a_quarantined_row_has_file_and_line(client: AsyncClient) -> None:
    row = (await client.get("/v1/quality/quarantine?limit=1")).json()["data"][0]
    assert (row["file_id"], row["line_no"], row["status"]) == (3, 27, "open")
    assert row["source_file"].endswith("/2026-02-20/2026-02-20_transactions.csv")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("quarantine?file_id=1", 0),
        ("quarantine?file_id=3", 4),
        ("quarantine?file_id=9007199254740991", 0),
        ("quarantine?expectation=valid_unit_price", 2),
        ("quarantine?expectation=%00", 0),
        ("quarantine?status=discarded", 0),
        ("quarantine?status=open", 4),
        ("bronze-daily?processing_date=2026-03-01", 1),
        ("bronze-daily?processing_date=2026-03-02", 0),
        ("bronze-daily?to=2026-02-28", 0),
        ("layer-comparison?layer=silver", 1),
        ("layer-comparison?from=2026-03-01&to=2026-03-01", 2),
        ("daily-counts?layer=silver&from=2026-02-01", 3),
        ("daily-counts?invoice_date=2026-02-20", 2),
        ("daily-counts?from=0001-01-01&to=9999-12-31&layer=silver", 4),
        ("expectations?processing_date=2026-03-01&expectation=valid_stock_code", 4),
        ("expectations?from=2026-03-02", 0),
    ],
)
async def test_filters_select_matching_rows(client: AsyncClient, query: str, rows: int) -> None:
    answer = (await client.get(f"/v1/quality/{query}")).raise_for_status().json()
    assert len(answer["data"]) == rows


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("quarantine?file_id=0", "file_id"),
        ("quarantine?file_id=9223372036854775808", "file_id"),
        ("quarantine?status=lost", "status"),
        ("daily-counts?layer=gold", "layer"),
        ("bronze-daily?from=yesterday", "from"),
        ("bronze-daily?to=2026-02-30", "to"),
    ],
)
async def test_a_malformed_filter_is_named(client: AsyncClient, query: str, parameter: str) -> None:
    answer = await client.get(f"/v1/quality/{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, parameter)


@pytest.mark.parametrize("name", LISTS)
async def test_before_any_sales_the_lists_are_empty(empty: AsyncClient, name: str) -> None:
    answer = (await empty.get(f"/v1/quality/{name}")).json()
    assert (answer["data"], answer["run_id"], answer["quality"]) == ([], None, "stale")


async def test_quality_can_be_read_before_the_first_training(own_shop: str) -> None:
    change(own_shop, "delete from segments.current_run")
    async with asking(own_shop) as client:
        answer = (await client.get("/v1/quality/quarantine")).json()
    assert (len(answer["data"]), answer["run_id"], answer["quality"]) == (4, None, "ok")
