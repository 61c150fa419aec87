"""Movement: flows, matrix and moves are those of the API."""

import re
from collections.abc import AsyncIterator
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.dashboard.conftest import figure, reading, table, values

pytestmark = pytest.mark.anyio
TODAY = date(2026, 3, 20)
CAUSES = ("customer", "model", "both")
SCHEMES = pytest.mark.parametrize("scheme", ["kmeans", "rules"])


@pytest.fixture
async def mover(moved_shop: str) -> AsyncIterator[AsyncClient]:
    async with reading(moved_shop, as_of=TODAY) as reader:
        yield reader


async def body(url: str, path: str) -> dict[str, Any]:
    """Answer of the API."""
    async with asking(url, as_of=TODAY) as client:
        found: dict[str, Any] = (await client.get(path)).json()
    return found


def flows(html: str) -> dict[tuple[str, str], int]:
    """Customers by segment before and after, of the Sankey diagram."""
    sankey, *_ = figure(html, "flows")
    labels, links = [unescape(label) for label in sankey["node"]["label"]], sankey["link"]
    found: dict[tuple[str, str], int] = {}
    for source, target, value in zip(links["source"], links["target"], links["value"], strict=True):
        pair = labels[source], labels[target]
        found[pair] = found.get(pair, 0) + value
    return found


def ids(rows: str) -> list[str]:
    """Customers of the rows of a table."""
    return [unquote(found) for found in re.findall(r'href="/customers/([^"]+)"', rows)]


@SCHEMES
@pytest.mark.parametrize("days", ["", "&from=2026-03-01&to=2026-03-05"])
async def test_flows_are_those_of_the_api(mover: AsyncClient, moved_shop: str, scheme: str, days: str) -> None:
    matrix = await body(moved_shop, f"/v1/transitions?scheme={scheme}{days}")
    page = (await mover.get(f"/movement?scheme={scheme}{days}")).text
    expected = {
        (cell["from_segment"] or "New customers", cell["to_segment"] or "No segment any more"): cell["customers"]
        for cell in matrix["data"]
        if cell["from_slug"] != cell["to_slug"]
    }
    assert expected
    assert flows(page) == expected
    tiles = values(page[page.index('class="tiles"') :], "integer")
    assert tiles[:4] == [str(matrix[name]) for name in ("moved", "stayed", "entered", "gone")]


async def test_the_fields_have_the_days_that_are_compared(mover: AsyncClient) -> None:
    page = (await mover.get("/movement")).text
    assert re.findall(r'type="date" value="([^"]*)"', page) == ["2026-03-01", "2026-03-10"]


async def test_the_days_of_the_fields_give_the_same_figures(mover: AsyncClient) -> None:
    by_default, by_days = [
        (await mover.get(f"/movement{days}")).text for days in ("", "?from=2026-03-01&to=2026-03-10")
    ]
    assert flows(by_default) == flows(by_days)


async def test_the_cause_of_own_orders_includes_the_time_since_the_last_one(mover: AsyncClient) -> None:
    for path in ("/", "/movement"):
        assert "own orders, or the time since the last one" in (await mover.get(path)).text.lower()


@SCHEMES
async def test_the_matrix_is_that_of_the_api(mover: AsyncClient, moved_shop: str, scheme: str) -> None:
    cells = (await body(moved_shop, f"/v1/transitions?scheme={scheme}"))["data"]
    page = (await mover.get(f"/movement?scheme={scheme}")).text
    (heat,) = figure(page, "matrix")
    shown = {
        (unescape(before), unescape(after)): int(text)
        for before, row in zip(heat["y"], heat["text"], strict=True)
        for after, text in zip(heat["x"], row, strict=True)
        if text
    }
    assert shown == {
        (cell["from_segment"], cell["to_segment"]): cell["customers"]
        for cell in cells
        if cell["from_slug"] and cell["to_slug"]
    }
    assert sum(map(int, values(table(page, "figure-matrix"), "integer"))) == sum(shown.values())


@pytest.mark.parametrize("cause", CAUSES)
async def test_flows_are_split_by_cause(mover: AsyncClient, moved_shop: str, cause: str) -> None:
    cells = (await body(moved_shop, "/v1/transitions"))["data"]
    expected = {(cell["from_segment"], cell["to_segment"]): cell["causes"][cause] for cell in cells}
    page = (await mover.get(f"/movement?cause={cause}")).text
    chosen = {pair: count for pair, count in expected.items() if count}
    assert (flows(page) if "figure-flows" in page else {}) == chosen


async def test_moves_are_those_of_the_api(mover: AsyncClient, moved_shop: str) -> None:
    rows = (await body(moved_shop, "/v1/transitions/moves?limit=1000"))["data"]
    page = (await mover.get("/movement")).text
    moves = table(page, 'aria-label="Table of moves"')
    assert ids(moves) == [row["customer_id"] for row in rows][:50]
    money = [amount for row in rows for amount in (row["monetary_before"], row["monetary"])]
    assert values(moves, "money") == money[:100]
    assert values(page[page.index('id="moves-heading"') :], "integer")[0] == str(len(rows))


async def test_moves_are_filtered_by_segment(mover: AsyncClient, moved_shop: str) -> None:
    slug = (await body(moved_shop, "/v1/transitions/moves"))["data"][0]["from_slug"]
    rows = (await body(moved_shop, f"/v1/transitions/moves?from_segment={slug}"))["data"]
    page = (await mover.get(f"/movement?from_segment={slug}")).text
    moves = table(page, 'aria-label="Table of moves"')
    assert ids(moves) == [row["customer_id"] for row in rows]
    assert values(page[page.index('id="moves-heading"') :], "integer")[0] == str(len(rows))


async def test_pages_of_moves_follow_each_other(mover: AsyncClient, moved_shop: str) -> None:
    seen: list[str] = []
    path: str | None = "/movement?limit=4"
    while path:
        page = (await mover.get(path)).text
        seen += ids(table(page, 'aria-label="Table of moves"'))
        found = re.search(r'rel="next" href="([^"#]+)#moves"', page)
        path = unescape(found[1]) if found else None
    rows = (await body(moved_shop, "/v1/transitions/moves?limit=1000"))["data"]
    assert len(rows) > 4
    assert seen == [row["customer_id"] for row in rows]


async def test_the_first_training_has_nothing_to_compare(reader: AsyncClient) -> None:
    page = (await reader.get("/movement")).text
    assert "This is the first training" in page
    assert "plotly" not in page.partition("<body>")[0].replace("plotly.js-style-global", "").replace("plotly.css", "")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=yesterday", 422),
        ("cause=weather", 422),
        ("colour=red", 422),
        ("from_segment=nobody", 404),
        ("from=2020-01-01", 404),
        ("cursor=damaged", 409),
    ],
)
async def test_a_wrong_filter_is_a_page(mover: AsyncClient, query: str, status: int) -> None:
    answer = await mover.get(f"/movement?{query}")
    assert answer.status_code == status, answer.text
    assert 'href="/movement">Open without filters' in answer.text
