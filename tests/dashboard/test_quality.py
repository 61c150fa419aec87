"""Pages about data quality: figures of the API, filters, hostile texts."""

import json
import re

import pytest
from httpx import AsyncClient
from markupsafe import escape

from tests.api.conftest import asking, change
from tests.api.sales import QUARANTINED
from tests.dashboard.conftest import IMAGE, SCRIPT, figure, reading, section, values

pytestmark = pytest.mark.anyio
PAGES = ("/quality", "/quality/quarantine", "/quality/files", "/contract")


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_rendered(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text
    assert f'<a href="{path}" aria-current="true">' in answer.text


@pytest.mark.parametrize("path", PAGES)
async def test_an_empty_database_has_pages(database_url: str, path: str) -> None:
    async with reading(database_url) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200, answer.text


async def test_the_score_is_that_of_the_api(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        (row,) = (await client.get("/v1/quality/bronze-daily")).json()["data"]
    page = (await reader.get("/quality")).text
    tiles = page[page.index('id="score"') : page.index("</dl>")]
    assert float(values(tiles, "percent")[0]) * 100 == pytest.approx(row["score"])
    assert values(tiles, "integer")[:2] == [str(row["rows"]), str(row["files"])]
    assert values(tiles, "money") == [row["money"]]


async def test_rows_by_date_of_sale_are_those_of_the_api(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        counts = (await client.get("/v1/quality/daily-counts")).json()["data"]
    page = (await reader.get("/quality")).text
    (found,) = re.findall(r'<script type="application/json" id="figure-daily">(.*?)</script>', page, re.DOTALL)
    for line in json.loads(found)["data"]:
        drawn = dict(zip(line["x"], line["y"], strict=True))
        of_layer = [row for row in counts if row["layer"] == line["name"].lower() and row["invoice_date"]]
        assert drawn == {row["invoice_date"]: row["rows"] for row in of_layer}


async def test_dates_of_sale_are_chosen(reader: AsyncClient) -> None:
    page = (await reader.get("/quality?from=2026-02-01&to=2026-02-20")).text
    start = page.index("<summary>Table: Rows by date of sale")
    days = re.findall(r'<th scope="row"><time datetime="([^"]+)"', page[start : page.index("</table>", start)])
    assert days == ["2026-02-20", "2026-02-01"]


async def test_defects_are_those_of_the_chosen_day(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        layers = (await client.get("/v1/quality/layer-comparison")).json()["data"]
    page = (await reader.get("/quality?day=2026-03-01")).text
    start = page.index("<summary>Table: Defects by kind")
    table = page[start : page.index("</table>", start)]
    names = [name for name in layers[0] if isinstance(layers[0][name], int)]
    assert values(table, "integer") == [str(layer[name]) for name in names for layer in layers]


async def test_rows_by_date_of_sale_are_without_superseded_files(own_shop: str) -> None:
    change(own_shop, "update pipeline.source_file set state = 'superseded' where id = 1")
    change(own_shop, "delete from quality.file_dates where file_id = 1 and layer = 'silver'")
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality?from=2026-01-01")).text
    days = [day for line in figure(page, "daily") for day in line["x"]]
    assert (min(days), page.count("in superseded files")) == ("2026-02-01", 2)


async def test_expectations_are_those_of_the_chosen_day(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        rows = (await client.get("/v1/quality/daily-expectations")).json()["data"]
    table = section((await reader.get("/quality")).text, "expectations")
    assert values(table, "integer") == [str(row[name]) for row in rows for name in ("passed", "failed")]
    assert values(table, "money") == [row["money"] for row in rows]


async def test_a_day_without_files_says_so(reader: AsyncClient) -> None:
    page = (await reader.get("/quality?day=2020-01-01")).text
    assert "Nothing was received on" in page
    assert "Failed rows by expectation" in page


async def test_money_by_outcome_is_that_of_the_status(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        sums = (await client.get("/v1/status")).json()["money"]
    table = section((await reader.get("/quality")).text, "money")
    assert values(table, "money") == [each["money"] for each in sums.values()]


async def test_warnings_have_finding_remedy_and_money(own_shop: str) -> None:
    change(own_shop, "insert into quality.data_warning values ('money', 'money <b>; check it', '{\"<i>\"}')")
    change(own_shop, "insert into quality.file_warning values (1, 'mojibake', '', 7, 12.5, 'line <3>')")
    async with asking(own_shop) as client:
        (of_files,) = (await client.get("/v1/status")).json()["file_warnings"]
    async with reading(own_shop) as reader:
        part = section((await reader.get("/quality")).text, "warnings")
    assert "money &lt;b&gt;; check it" in part
    assert "&lt;i&gt;" in part
    assert escape(of_files["message"]) in part
    assert values(part, "money") == ["12.50"]


async def test_quarantined_rows_are_those_of_the_api(reader: AsyncClient) -> None:
    page = (await reader.get("/quality/quarantine")).text
    assert re.findall(r'<code class="raw">([^<]*)</code>', page) == list(QUARANTINED)
    assert values(section(page, "found"), "integer")[0] == str(len(QUARANTINED))


async def test_quarantined_rows_are_filtered_by_reason(reader: AsyncClient) -> None:
    page = (await reader.get("/quality/quarantine?expectation=valid_unit_price&status=open")).text
    assert re.findall(r'<code class="raw">([^<]*)</code>', page) == list(QUARANTINED[1:3])
    assert "<option selected>valid_unit_price" in page


async def test_pages_of_quarantined_rows_follow_each_other(reader: AsyncClient) -> None:
    first = (await reader.get("/quality/quarantine?limit=3")).text
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found is not None
    second = (await reader.get(found[1].replace("&amp;", "&"))).text
    assert re.findall(r'<code class="raw">([^<]*)</code>', second) == [QUARANTINED[3]]
    assert 'href="/quality/quarantine?limit=3">First page' in second


async def test_files_are_those_of_the_api_newest_first(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        rows = (await client.get("/v1/files?sort=-file_id")).json()["data"]
    page = (await reader.get("/quality/files")).text
    assert re.findall(r'<th scope="row">([^<]+)</th>', page) == [row["source_file"] for row in rows]
    assert [int(found) for found in re.findall(r"<summary>File (\d+)", page)] == [4, 3, 2, 1]


async def test_quarantined_rows_of_a_superseded_file_are_not_linked(own_shop: str) -> None:
    change(own_shop, "update pipeline.source_file set state = 'superseded' where id = 3")
    async with reading(own_shop) as reader:
        assert "file_id=3" not in (await reader.get("/quality/files")).text


async def test_a_date_of_the_year_26_keeps_its_zeros(own_shop: str) -> None:
    change(
        own_shop,
        "update silver.quarantine set invoice_date = '0026-03-07' "
        "where line_no = (select max(line_no) from silver.quarantine)",
    )
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/quarantine?invoice_date=0026-03-07")).text
    assert ('<time datetime="0026-03-07">0026-03-07</time>' in page, "</data> row</h2>" in page) == (True, True)


async def test_files_are_filtered_by_state(own_shop: str) -> None:
    change(own_shop, "update pipeline.source_file set state = 'rejected', error = 'no column <Price>' where id = 2")
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/files?state=rejected&state=failed")).text
    assert re.findall(r"<summary>File (\d+)", page) == ["2"]
    assert "no column &lt;Price&gt;" in page
    assert "Read again" in page


@pytest.mark.parametrize(
    "path", ["/quality/quarantine?status=replayed", "/quality/files?state=failed", "/quality?from=2030-01-01"]
)
async def test_filters_that_nothing_meets_link_back(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200
    assert "Show " in answer.text


@pytest.mark.parametrize(
    "path",
    [
        *("/quality?day=yesterday", "/quality?colour=red", "/quality/files?state=lost", "/quality/files?run_id=1"),
        *("/quality/quarantine?file_id=x", "/quality/quarantine?limit=0", "/contract?x=1"),
    ],
)
async def test_a_wrong_filter_is_a_page_that_links_back(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 422
    assert f'href="{path.partition("?")[0]}">Open without filters' in answer.text


async def test_the_contract_is_that_of_the_api(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        contract = (await client.get("/v1/contract")).json()
    page = (await reader.get("/contract")).text
    for name, keys in (
        ("sources", ("name", "reading")),
        ("columns", ("name", "type", "description")),
        ("expectations", ("name", "sentence", "severity")),
    ):
        part = section(page, name)
        for each in contract[name]:
            assert [key for key in keys if escape(each[key]) not in part] == []
    rules = section(page, "rules")
    assert all(escape(text) in rules for pair in contract["rules"].items() for text in pair)
    assert contract["sha256"] in page


@pytest.mark.parametrize("path", ["/quality", "/quality/quarantine", "/quality/files"])
async def test_texts_of_files_are_never_html(hostile: str, path: str) -> None:
    async with reading(hostile) as reader:
        page = (await reader.get(path)).text
    assert IMAGE not in page
    assert SCRIPT not in page
    if path != "/quality":
        assert escape(IMAGE) in page


async def test_the_table_of_processing_dates_has_the_newest(own_shop: str) -> None:
    days = """
        insert into quality.file_profile (file_id, layer, processing_date, rows, null_invoices, null_stock_codes,
            null_customers, bad_quantities, bad_prices, rescued_rows)
        select 1000 + n, 'bronze', date '2020-01-01' + n, 1, 0, 0, 0, 0, 0, 0 from generate_series(1, 100) as n
    """
    change(own_shop, days)
    async with reading(own_shop) as reader:
        received = section((await reader.get("/quality")).text, "received")
    assert received.count("/quality?day=") == 90
    assert values(received, "integer")[:2] == ["90", "101"]
