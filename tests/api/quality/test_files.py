"""The ledger of files."""

from pathlib import Path

import pytest
from httpx import AsyncClient

from app.source.folder import FolderSource
from tests.api.conftest import asking, change
from tests.api.segments.test_members import pages

pytestmark = pytest.mark.anyio


async def test_a_file_is_named_as_its_source_names_it(client: AsyncClient, sales: Path) -> None:
    rows = (await client.get("/v1/files")).json()["data"]
    assert [row["source_file"] for row in rows] == [str(sales / listed.key) for listed in FolderSource(sales).list()]


async def test_a_file_of_a_bucket_has_its_address(own_shop: str) -> None:
    change(own_shop, "update pipeline.source set location = 's3://sales/'")
    change(own_shop, "update pipeline.source_file set key = 'a/b.csv' where id = 1")
    async with asking(own_shop) as client:
        row = (await client.get("/v1/files?limit=1")).json()["data"][0]
    assert row["source_file"] == "s3://sales/a/b.csv"


async def test_the_rows_of_a_file_add_up(client: AsyncClient) -> None:
    row = (await client.get("/v1/files")).json()["data"][2]
    assert (row["state"], row["rows_read"], row["rows_loaded"], row["rows_quarantined"]) == ("loaded", 29, 25, 4)


async def test_a_file_has_its_load_time(client: AsyncClient) -> None:
    row = (await client.get("/v1/files?limit=1")).json()["data"][0]
    assert row["loaded_at"] == "2026-03-01T12:00:00Z"


async def test_a_rejected_file_has_its_error(own_shop: str) -> None:
    change(own_shop, "update pipeline.source_file set state = 'rejected', error = 'no column Price' where id = 2")
    async with asking(own_shop) as client:
        rows = (await client.get("/v1/files?state=rejected")).json()["data"]
    assert [(row["file_id"], row["error"]) for row in rows] == [(2, "no column Price")]


async def test_pages_hold_every_file_once(client: AsyncClient) -> None:
    found = await pages(client, "/v1/files?limit=3")
    assert [row["file_id"] for page in found for row in page["data"]] == [1, 2, 3, 4]


async def test_an_unknown_state_is_malformed(client: AsyncClient) -> None:
    assert (await client.get("/v1/files?state=lost")).status_code == 422


async def test_files_are_listed_newest_first(client: AsyncClient) -> None:
    found = await pages(client, "/v1/files?limit=3&sort=-file_id")
    assert [row["file_id"] for page in found for row in page["data"]] == [4, 3, 2, 1]


async def test_a_cursor_is_of_one_order(client: AsyncClient) -> None:
    cursor = (await client.get("/v1/files?limit=1")).json()["next_cursor"]
    assert (await client.get("/v1/files", params={"cursor": cursor, "sort": "-file_id"})).status_code == 409


async def test_files_of_a_run_and_one_file_are_found(client: AsyncClient) -> None:
    rows = (await client.get("/v1/files")).json()["data"]
    of_run = (await client.get("/v1/files", params={"run_id": rows[0]["run_id"]})).json()["data"]
    assert [row["file_id"] for row in of_run] == [1, 2, 3, 4]
    assert [row["file_id"] for row in (await client.get("/v1/files?file_id=3")).json()["data"]] == [3]
