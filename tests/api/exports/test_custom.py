"""Exports of the members of a custom segment."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import AsyncClient

from app.db.engine import make_engine
from app.exports.export import export as write_export
from app.exports.request import ExportRequest
from app.jobs.context import Context
from app.jobs.runs import running
from app.settings import Settings
from tests.api.custom import BIG, SPENDERS
from tests.api.customers.test_list import rows as listed
from tests.api.exports.reading import READERS, asking, each_format, export, exported, read_ndjson

pytestmark = pytest.mark.anyio
MEMBERS = "scheme=custom&segment=Big spenders"


@pytest.fixture(scope="module")
async def custom(custom_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(custom_shop) as client:
        yield client


@each_format
@pytest.mark.parametrize("day", ["", "&as_of=2026-03-01", "&updated_since=2020-01-01T00:00:00Z"])
async def test_the_rows_are_those_of_the_list(custom: AsyncClient, name: str, day: str) -> None:
    found = await exported(custom, f"{MEMBERS}{day}", name)
    assert found == await listed(custom, f"{MEMBERS}{day}")
    assert [row["customer_id"] for row in found] == SPENDERS


async def test_a_part_ends_after_the_limit(custom: AsyncClient) -> None:
    answer = await export(custom, f"{MEMBERS}&limit=4")
    following = await custom.get(answer.links["next"]["url"])
    found = [row["customer_id"] for each in (answer, following) for row in READERS["ndjson"](each.content)]
    assert found == SPENDERS[:8]


@pytest.mark.parametrize("segments", ["", "&segment=big&segment=big-spenders"])
async def test_exactly_one_segment_is_needed(custom: AsyncClient, segments: str) -> None:
    answer = await export(custom, f"scheme=custom{segments}")
    assert (answer.status_code, "give exactly one segment" in answer.json()["detail"]) == (409, True)


async def test_a_body_needs_exactly_one_segment_too(custom_shop: str, tmp_path: Path) -> None:
    async with asking(custom_shop, export_target=str(tmp_path)) as client:
        answer = await client.post("/v1/exports", json={"format": "csv", "scheme": "custom"})
    assert (answer.status_code, "give exactly one segment" in answer.json()["detail"]) == (409, True)


def test_an_object_has_the_members(custom_shop: str, tmp_path: Path) -> None:
    engine = make_engine(custom_shop)
    context = Context(engine, Settings(export_target=str(tmp_path)))
    with running(engine, "export") as run:
        write_export(context, run, ExportRequest(format="ndjson", scheme="custom", segment=["Big"]))
    engine.dispose()
    (written,) = tmp_path.rglob("*.ndjson")
    assert [row["customer_id"] for row in read_ndjson(written.read_bytes())] == BIG
