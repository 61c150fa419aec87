"""Warnings of the freshness line, the overview and the page of data quality: what stops updates, and where to look."""

from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from tests.api.conftest import change
from tests.dashboard.conftest import reading, section

pytestmark = pytest.mark.anyio
WARN = (
    "update pipeline.freshness set warning = '1 file rejected or failed, see /v1/files; other', gate_reason = :reason"
)


@pytest.fixture
async def warned(own_shop: str) -> AsyncIterator[AsyncClient]:
    """A reader of a server with a rejected file, and a closed quality gate."""
    change(own_shop, WARN, reason="2 of 5 files rejected")
    async with reading(own_shop) as client:
        yield client


async def test_the_freshness_line_links_pages(warned: AsyncClient) -> None:
    page = (await warned.get("/segments")).text
    assert 'failed, <a href="/quality/files?state=rejected&amp;state=failed">see the files</a>; other' in page
    assert '<a href="/quality#warnings">Causes and remedies</a>' in page
    assert "/v1/files" not in page


async def test_the_overview_names_the_reason_of_a_closed_gate(warned: AsyncClient) -> None:
    assert "training runs are not published. 2 of 5 files rejected" in (await warned.get("/")).text


async def test_an_open_gate_is_not_named(reader: AsyncClient) -> None:
    assert "quality gate" not in (await reader.get("/")).text


async def test_what_stops_updates_is_among_the_warnings(reader: AsyncClient) -> None:
    assert "no worker runs" in section((await reader.get("/quality")).text, "warnings")
