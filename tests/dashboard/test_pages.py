"""Pages: figures of the API, filters, hostile texts, content negotiation."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from tests.api.conftest import AS_OF, asking, train_again
from tests.api.sales import STRANGE
from tests.dashboard.conftest import IMAGE, SCRIPT, reading, values

pytestmark = pytest.mark.anyio
PAGES = (
    *("/", "/segments", "/segments/super-vip-champions", "/clusters", "/customers", "/customers/R01"),
    *("/movement", "/trends"),
)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_rendered(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_says_how_fresh_its_figures_are(reader: AsyncClient, path: str) -> None:
    page = (await reader.get(path)).text
    assert 'Sales through <time datetime="2026-02-27"' in page
    assert 'segments as of <time datetime="2026-03-01"' in page


async def test_the_overview_has_the_sums_of_the_segments(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        segments = (await client.get("/v1/segments")).json()["data"]
    page = (await reader.get("/")).text
    assert values(page, "integer")[0] == str(sum(each["customers"] for each in segments))
    assert Decimal(values(page, "money")[0]) == sum(Decimal(each["revenue"]) for each in segments)


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_table_of_segments_has_the_figures_of_the_api(reader: AsyncClient, shop: str, scheme: str) -> None:
    async with asking(shop) as client:
        segments = (await client.get("/v1/segments", params={"scheme": scheme})).json()["data"]
    page = (await reader.get("/segments", params={"scheme": scheme})).text
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert values(body, "integer") == [str(each["customers"]) for each in segments]
    assert values(body, "money")[::2] == [each["revenue"] for each in segments]


async def test_segments_are_filtered_by_size(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        segments = (await client.get("/v1/segments")).json()["data"]
    least = max(each["customers"] for each in segments)
    page = (await reader.get("/segments", params={"min_customers": least})).text
    assert values(page[page.index("<tbody>") : page.index("</tbody>")], "integer") == [str(least)]


async def test_a_filter_that_no_segment_meets_links_back(reader: AsyncClient) -> None:
    page = (await reader.get("/segments?min_customers=999999")).text
    assert "No segment matches the filters" in page
    assert 'href="/segments">Show all segments' in page


async def test_a_blank_field_of_a_form_is_no_filter(reader: AsyncClient) -> None:
    assert (await reader.get("/customers?country=&recency_min=&find=")).status_code == 200


async def test_customers_are_those_of_the_api(reader: AsyncClient, shop: str) -> None:
    query: dict[str, str | int] = {"frequency_min": 2, "sort": "-monetary"}
    async with asking(shop) as client:
        rows = (await client.get("/v1/customers", params={**query, "limit": 50})).json()["data"]
    page = (await reader.get("/customers", params=query)).text
    assert values(page[page.index("<tbody>") :], "money") == [row["monetary"] for row in rows]


async def test_pages_of_customers_follow_each_other(reader: AsyncClient) -> None:
    seen: list[str] = []
    path: str | None = "/customers?limit=20&sort=monetary"
    while path:
        page = (await reader.get(path)).text
        seen += re.findall(r'<th scope="row"><a href="/customers/([^"]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        path = unescape(found[1]) if found else None
    assert len(seen) == len(set(seen)) == 59


async def test_the_search_leads_to_the_customer(reader: AsyncClient) -> None:
    answer = await reader.get("/customers", params={"find": " a/b "})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/customers/a%2Fb")


@pytest.mark.parametrize("name", STRANGE)
async def test_any_id_has_a_page(reader: AsyncClient, name: str) -> None:
    answer = await reader.get(f"http://regulars/customers/{quote(name, safe='')}")
    assert answer.status_code == 200
    assert "Why this segment" in answer.text


@pytest.mark.parametrize("name", STRANGE)
async def test_links_between_schemes_keep_any_id(reader: AsyncClient, name: str) -> None:
    page = (await reader.get(f"http://regulars/customers/{quote(name, safe='')}")).text
    (link,) = re.findall(r'href="([^"]*scheme=rules)">rules', page)
    answer = await reader.get(f"http://regulars{unescape(link)}")
    assert page[page.index("<title>") : page.index("</title>")] in answer.text


async def test_an_unknown_customer_is_a_page_with_the_search(reader: AsyncClient) -> None:
    answer = await reader.get(f"/customers/{quote(IMAGE, safe='')}")
    assert answer.status_code == 404
    assert 'name="find"' in answer.text
    assert IMAGE not in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/segments", "/clusters", "/trends", "/movement", "/customers", f"/customers/{quote(IMAGE, safe='')}"]
)
async def test_texts_of_the_sales_are_never_html(hostile: str, path: str) -> None:
    async with reading(hostile) as reader:
        page = (await reader.get(path)).text
    assert IMAGE not in page
    assert SCRIPT not in page
    assert "onerror=alert(1)>" not in page


async def test_hostile_texts_are_shown(hostile: str) -> None:
    async with reading(hostile) as reader:
        page = (await reader.get("/customers?sort=-monetary&limit=1000")).text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "&lt;/script&gt;&lt;script&gt;" in page


async def test_figures_are_json_that_no_text_can_end(reader: AsyncClient) -> None:
    page = (await reader.get("/")).text
    (figure,) = re.findall(r'<script type="application/json" id="figure-shares">(.*?)</script>', page, re.DOTALL)
    assert "<" not in figure
    assert [trace["name"] for trace in json.loads(figure)["data"]] == ["Customers", "Revenue"]


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("application/json", 307),
        ("*/*", 307),
        ("", 307),
        ("application/json, text/html;q=0.5", 307),
        ("text/html;q=x", 307),
    ],
)
async def test_only_browsers_get_the_overview(reader: AsyncClient, accept: str, status: int) -> None:
    answer = await reader.get("/", headers={"Accept": accept})
    assert answer.status_code == status
    if status == 307:
        assert answer.headers["Location"] == "docs"


async def test_a_head_request_has_no_body(reader: AsyncClient) -> None:
    answer = await reader.head("/segments")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_what_moved_is_compared_once_for_each_update(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        first = (await reader.get("/")).text
        assert "This is the first training" in first
        assert (await reader.get("/")).text == first
        train_again(own_shop, AS_OF + timedelta(days=1))
        assert "This is the first training" not in (await reader.get("/")).text
