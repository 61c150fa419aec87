"""Exports read back by readers that are not ours: the same customers as the lists, in three formats."""

import csv
import json
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO, StringIO
from typing import Any
from uuid import uuid4

import pytest
from httpx import AsyncClient, Response
from pyarrow import parquet

from app.exports.query import PageSizes
from app.exports.row_text import guarded, unguarded
from app.segments.customer_columns import COLUMN_NAMES
from tests.api.conftest import asking as asking_with
from tests.api.conftest import change, train_again
from tests.api.customers.test_list import rows as listed
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio
Row = dict[str, Any]
FORMULAS = ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\uff1d1+1", "'=1", "''=1", "'tis", "'")
ODD = (*FORMULAS, 'a"b,c', "日本")


asking = partial(asking_with, page_sizes=PageSizes(page_customers=7, part_customers=2))


@pytest.fixture(scope="module")
async def client(shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(shop) as client:
        yield client


def read_ndjson(content: bytes) -> list[Row]:
    return [json.loads(line) for line in content.decode().splitlines()]


def read_csv(content: bytes) -> list[Row]:
    numbers = ("recency", "frequency", "cluster")
    found = list(csv.DictReader(StringIO(content.decode(), newline=""), strict=True))
    return [{**row, **{name: int(row[name]) for name in numbers}, "country": row["country"] or None} for row in found]


def shown(value: Any) -> Any:
    return str(value) if isinstance(value, date | Decimal) else value


def read_parquet(content: bytes) -> list[Row]:
    found: list[Row] = parquet.read_table(BytesIO(content)).to_pylist()
    return [{name: shown(value) for name, value in row.items()} for row in found]


READERS = {"ndjson": read_ndjson, "csv": read_csv, "parquet": read_parquet}
each_format = pytest.mark.parametrize("name", READERS)


async def export(client: AsyncClient, query: str = "") -> Response:
    return await client.get(f"/v1/exports/customers?{query}")


async def exported(client: AsyncClient, query: str = "", name: str = "ndjson") -> list[Row]:
    answer = await export(client, f"format={name}&{query}")
    assert answer.status_code == 200, answer.text
    return READERS[name](answer.content)


def problem(answer: Response) -> tuple[int, str, str]:
    document = answer.json()
    return answer.status_code, document["type"], document.get("detail", "")


@each_format
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_rows_are_those_of_the_list(client: AsyncClient, name: str, scheme: str) -> None:
    assert await exported(client, f"scheme={scheme}", name) == await listed(client, f"scheme={scheme}")


@each_format
@pytest.mark.parametrize(
    "query",
    [
        "segment=new-customers",
        "tier=Premium&tier=High-Value",
        "cluster=-1&cluster=0",
        "country=France",
        "recency_max=10&monetary_min=500",
    ],
)
async def test_filters_are_those_of_the_list(client: AsyncClient, name: str, query: str) -> None:
    assert await exported(client, query, name) == await listed(client, query)


async def test_the_fields_are_those_of_the_list_in_their_order(client: AsyncClient) -> None:
    assert list((await exported(client))[0]) == list((await listed(client, ""))[0]) == list(COLUMN_NAMES)


async def test_ids_of_every_kind_come_through(client: AsyncClient) -> None:
    ids = {row["customer_id"] for row in await exported(client)}
    assert set(STRANGE) <= ids


@each_format
async def test_a_country_that_is_not_known_is_null(own_shop: str, name: str) -> None:
    change(own_shop, "update segments.customer_segment set country = null where customer_id = 'R01'")
    change(own_shop, "update segments.customer_segment set country = 'Korea, \"South\"' where customer_id = 'R02'")
    async with asking(own_shop) as client:
        found = {row["customer_id"]: row["country"] for row in await exported(client, "", name)}
    assert (found["R01"], found["R02"]) == (None, 'Korea, "South"')


@pytest.fixture
def strange_shop(own_shop: str) -> str:
    """Customers whose ids a spreadsheet would take for formulas, and some who only look so."""
    for place, text in enumerate(ODD):
        change(
            own_shop,
            "update segments.customer_segment set customer_id = :text, country = :text where customer_id = :id",
            text=text,
            id=f"O{place:02}",
        )
    return own_shop


async def test_a_csv_holds_no_formula(strange_shop: str) -> None:
    async with asking(strange_shop) as client:
        cells = [row[name] for row in await exported(client, "", "csv") for name in ("customer_id", "country")]
    assert [cell for cell in cells if cell.lstrip(" \u00a0\u3000")[:1] in set("=+-@\t\r\uff1d")] == []


async def test_numbers_of_a_csv_stay_numbers(client: AsyncClient) -> None:
    assert b",-1," in (await export(client, "format=csv&cluster=-1")).content


async def test_csv_cells_can_be_unescaped(strange_shop: str) -> None:
    async with asking(strange_shop) as client:
        ids = [unguarded(row["customer_id"]) for row in await exported(client, "", "csv")]
        assert ids == [row["customer_id"] for row in await exported(client)]
    assert set(ODD) < set(ids)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_two_texts_stand_in_the_same_way(text: str) -> None:
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@each_format
async def test_no_other_format_is_escaped(strange_shop: str, name: str) -> None:
    if name != "csv":
        async with asking(strange_shop) as client:
            found = await exported(client, "", name)
        assert [row for row in found if row["customer_id"] in FORMULAS and row["country"] != row["customer_id"]] == []


@pytest.mark.parametrize("name", ["ndjson", "csv"])
async def test_a_download_continued_at_any_position_gives_the_same_file(strange_shop: str, name: str) -> None:
    async with asking(strange_shop) as client:
        whole = await export(client, f"format={name}")
        run_id = whole.headers["Regulars-Run-Id"]
        for place in (1, 6, 7, 8, 30, 58):
            last = READERS[name](whole.content)[place - 1]["customer_id"]
            given = {"format": name, "run_id": run_id, "after": last, "header": "false"}
            rest = await client.get("/v1/exports/customers", params=given)
            assert rest.content == whole.content[-len(rest.content) :]
            assert len(READERS[name](whole.content[: -len(rest.content)])) == place


async def test_a_training_in_between_does_not_tear_it(own_shop: str) -> None:
    async with asking(own_shop) as client:
        whole = await export(client)
        run_id, after = whole.headers["Regulars-Run-Id"], read_ndjson(whole.content)[29]["customer_id"]
        train_again(own_shop)
        change(own_shop, "update segments.customer_segment set monetary = 0 where run_id <> :run", run=run_id)
        rest = await export(client, f"run_id={run_id}&after={after}")
        served = await export(client)
    assert (rest.headers["Regulars-Run-Id"], served.headers["Regulars-Run-Id"] != run_id) == (run_id, True)
    assert read_ndjson(whole.content)[30:] == read_ndjson(rest.content)


@each_format
@pytest.mark.parametrize("limit", [1, 7, 20, 58, 59, 60])
async def test_parts_hold_everybody_once(client: AsyncClient, name: str, limit: int) -> None:
    found, parts, path = [], 0, f"/v1/exports/customers?format={name}&limit={limit}"
    while path:
        answer = await client.get(path)
        found += READERS[name](answer.content)
        parts, path = parts + 1, str(answer.links.get("next", {}).get("url", ""))
    assert (found, parts) == (await listed(client, ""), -(-59 // limit))


async def test_a_part_keeps_its_filters(client: AsyncClient) -> None:
    first = await export(client, "limit=2&country=United%20Kingdom&scheme=rules&frequency_min=4")
    url = first.links["next"]["url"]
    assert "country=United+Kingdom" in url
    assert "frequency_min=4" in url


@each_format
async def test_an_export_without_customers_is_a_valid_file(client: AsyncClient, name: str) -> None:
    assert await exported(client, "country=Atlantis", name) == []


async def test_a_csv_has_a_header_unless_it_is_not_wanted(client: AsyncClient) -> None:
    answers = [await export(client, f"format=csv&country=Atlantis&header={value}") for value in ("true", "false")]
    assert [answer.text for answer in answers] == [",".join(COLUMN_NAMES) + "\r\n", ""]


async def test_an_export_of_a_past_day_is_as_published(own_shop: str) -> None:
    async with asking(own_shop) as client:
        assert await exported(client, "as_of=2026-03-01") == await listed(client, "as_of=2026-03-01")


async def test_an_export_of_a_past_day_has_customers_removed_since(own_shop: str) -> None:
    columns = """run_id, customer_id, recency, frequency, monetary, cluster, kmeans, rules, country, first_invoice_date,
        kmeans_since, rules_since, as_of"""
    gone = "from segments.customer_segment where customer_id > 'O20'"
    change(
        own_shop, f"insert into segments.customer_segment_history ({columns}, until) select {columns}, as_of + 1 {gone}"
    )
    change(own_shop, f"delete {gone}")
    async with asking(own_shop, as_of=date(2026, 3, 5)) as client:
        then, now = await exported(client, "as_of=2026-03-01"), await exported(client)
        assert then == await listed(client, "as_of=2026-03-01")
        parts = [await exported(client, f"as_of=2026-03-01&limit={limit}") for limit in (20, 50, 59)]
    assert (len(then), len(now) < 30, parts) == (59, True, [then[:20], then[:50], then])


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("ndjson", "application/x-ndjson"),
        ("csv", "text/csv; charset=utf-8"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
async def test_a_file_has_a_type_and_a_name(client: AsyncClient, name: str, media_type: str) -> None:
    headers = (await export(client, f"format={name}")).headers
    assert headers["Content-Type"] == media_type
    assert headers["Content-Disposition"] == f'attachment; filename="customers_2026-03-01.{name}"'


async def test_freshness_is_in_headers(client: AsyncClient) -> None:
    headers, page = (await export(client)).headers, (await client.get("/v1/customers?limit=1")).json()
    names = {"run_id": "Run-Id", "as_of": "As-Of", "data_through": "Data-Through", "quality": "Quality"}
    names["monetary_basis"] = "Monetary-Basis"
    assert {name: headers[f"Regulars-{header}"] for name, header in names.items()} == {
        name: page[name] for name in names
    }


async def test_a_stream_has_no_etag_and_is_not_cached(client: AsyncClient) -> None:
    headers = (await export(client)).headers
    assert ("etag" in headers, headers["Cache-Control"]) == (False, "private, no-store")


async def test_a_reason_that_no_header_can_hold_is_encoded(own_shop: str) -> None:
    change(own_shop, "update pipeline.freshness set warning = '日本\r\nSet-Cookie: a'")
    async with asking(own_shop) as client:
        headers = (await export(client)).headers
    assert headers["Regulars-Quality-Reason"] == "%E6%97%A5%E6%9C%AC%0D%0ASet-Cookie: a"


async def test_continuing_needs_a_run_id(client: AsyncClient) -> None:
    status, kind, detail = problem(await export(client, "after=R01"))
    assert (status, kind) == (409, "/problems/invalid-cursor")
    assert "Regulars-Run-Id" in detail


async def test_an_unknown_run_is_a_problem(client: AsyncClient) -> None:
    run_id = uuid4()
    assert problem(await export(client, f"run_id={run_id}")) == (
        404,
        "/problems/unknown-run",
        f"The training run {run_id} is not stored; export the current one.",
    )


async def test_an_unknown_segment_names_the_nearest(client: AsyncClient) -> None:
    status, kind, detail = problem(await export(client, "segment=champion"))
    assert (status, kind, "did you mean champions" in detail) == (404, "/problems/unknown-segment", True)


@pytest.mark.parametrize(
    "query", ["format=xlsx", "limit=0", "limit=99999999999", "run_id=x", "recency_min=-1", "header=maybe", "cursor=x"]
)
async def test_a_malformed_parameter_is_a_422(client: AsyncClient, query: str) -> None:
    answer = await export(client, query)
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("text", ["%00", "'; drop table x; --", "x" * 10_000, "日本", "%ED%A0%80"])
async def test_any_text_is_a_valid_position(client: AsyncClient, text: str) -> None:
    run_id = (await export(client, "limit=1")).headers["Regulars-Run-Id"]
    assert (await export(client, f"run_id={run_id}&after={text}")).status_code == 200


async def test_before_anything_is_published_there_is_no_model(empty: AsyncClient) -> None:
    assert problem(await export(empty))[:2] == (503, "/problems/no-model")


async def test_nothing_is_published_on_a_day_before(client: AsyncClient) -> None:
    assert problem(await export(client, "as_of=2020-01-01"))[:2] == (404, "/problems/not-published-yet")


async def test_head_returns_headers_only(client: AsyncClient) -> None:
    answer = await client.head("/v1/exports/customers?format=csv")
    assert (answer.status_code, answer.content, "Regulars-Run-Id" in answer.headers) == (200, b"", True)
