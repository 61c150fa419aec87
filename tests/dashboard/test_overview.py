"""Overview: tasks of the week, and segments at risk."""

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking
from tests.api.granting import new_key
from tests.dashboard.conftest import reading, section, until_signed_in, values

pytestmark = pytest.mark.anyio
SCHEMES = pytest.mark.parametrize("scheme", ["kmeans", "rules"])
ONCE = "Turn one-time buyers into regulars: "


@pytest.fixture
async def overview(shop: str) -> AsyncIterator[AsyncClient]:
    async with reading(shop) as reader:
        yield reader


async def tasks(reader: AsyncClient, scheme: str = "kmeans") -> dict[str, str]:
    """Text of each task by its title."""
    found = section((await reader.get(f"/?scheme={scheme}")).text, "tasks")
    return {unescape(each[: each.index("</h3>")]): each for each in found.split("<h3>")[1:]}


@SCHEMES
async def test_one_time_buyers_are_those_of_the_linked_list(overview: AsyncClient, shop: str, scheme: str) -> None:
    (task,) = [text for title, text in (await tasks(overview, scheme)).items() if title.startswith(ONCE)]
    (query,) = re.findall(r'href="/customers\?([^"]+)"', task)
    async with asking(shop) as client:
        listed = await client.get(f"/v1/customers?{unescape(query)}&include=total")
    assert values(task, "integer") == [str(listed.json()["total"])]
    assert "segment=" in query
    assert "frequency_max=1" in query


@SCHEMES
async def test_no_two_tasks_have_the_same_segment(overview: AsyncClient, scheme: str) -> None:
    segments = [title.partition(": ")[2] for title in await tasks(overview, scheme)]
    assert len(segments) == len(set(segments)) > 1


@SCHEMES
async def test_one_time_buyers_are_not_in_a_segment_at_risk(overview: AsyncClient, scheme: str) -> None:
    page = (await overview.get(f"/?scheme={scheme}")).text
    at_risk = page[page.index('id="at-risk"') : page.index("Half of their customers")]
    (name,) = [title.removeprefix(ONCE) for title in await tasks(overview, scheme) if title.startswith(ONCE)]
    assert name not in unescape(at_risk)


async def test_a_key_without_customers_has_no_task_about_one_time_buyers(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["segments:read"]).key)
        assert not [title for title in await tasks(reader) if title.startswith(ONCE)]


@SCHEMES
async def test_the_segments_at_risk_are_named(overview: AsyncClient, shop: str, scheme: str) -> None:
    async with asking(shop) as client:
        segments = (await client.get(f"/v1/segments?scheme={scheme}")).json()["data"]
        median = (await client.get("/v1/models/current")).json()["medians"]["recency"]
    names = [each["segment"] for each in segments if (each["median_recency"] or 0) > median]
    page = unescape((await overview.get(f"/?scheme={scheme}")).text)
    assert f"{', '.join(names)}." in page[page.index('id="at-risk"') :]


async def test_a_segment_with_one_day_has_a_sentence_for_its_trend(overview: AsyncClient) -> None:
    page = (await overview.get("/segments/super-vip-champions")).text
    assert "The figure over time needs two days" in page
    assert "figure-trend" not in page
