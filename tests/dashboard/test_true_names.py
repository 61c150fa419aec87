"""Shares of customers who earn the name of their segment, profiles and changes of clusters, on their pages."""

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.dashboard.conftest import reading

pytestmark = pytest.mark.anyio
LOW = "update segments.segment_summary set earned_share = 0.4 where scheme = 'kmeans' and customers > 0"


def part(page: str, name: str) -> str:
    """Text of the paragraph or list with an id."""
    return page.partition(f'id="{name}"')[2].partition("</p>")[0]


async def test_segments_that_few_earn_are_named(own_shop: str) -> None:
    change(own_shop, LOW)
    async with reading(own_shop) as reader, asking(own_shop) as client:
        page = part((await reader.get("/segments")).text, "earned")
        segments = (await client.get("/v1/segments")).json()["data"]
    assert [each["segment"] for each in segments if each["segment"] not in page] == []
    assert "fewer than half earn it" in page


async def test_a_segment_that_few_earn_has_a_notice(own_shop: str) -> None:
    change(own_shop, LOW)
    async with reading(own_shop) as reader, asking(own_shop) as client:
        slug = (await client.get("/v1/segments")).json()["data"][0]["slug"]
        page = (await reader.get(f"/segments/{slug}")).text
    assert '<p class="notice" id="earned">' in page
    assert "of its customers earn the name by their own numbers" in page


async def test_segments_by_rules_need_no_share(reader: AsyncClient) -> None:
    assert 'id="earned"' not in (await reader.get("/segments?scheme=rules")).text


async def test_clusters_are_shown_with_profile_and_history(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        clusters = (await client.get("/v1/clusters")).json()["data"]
    page = (await reader.get("/clusters")).text
    assert [each["cluster"] for each in clusters if each["profile"] not in page] == []
    assert "Cluster 0 was found" in page
