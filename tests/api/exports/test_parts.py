"""Exports in parts, continued ones and those of past days have every customer once."""

from datetime import date

import pytest
from httpx import AsyncClient

from tests.api.conftest import assign_again, change, train_again
from tests.api.customers.test_list import rows as listed
from tests.api.exports.reading import READERS, asking, each_format, export, exported, problem, read_ndjson

pytestmark = pytest.mark.anyio


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
        change(own_shop, "update gold.customer_rfm set monetary = 2 * monetary")
        train_again(own_shop)
        rest = await export(client, f"run_id={run_id}&after={after}")
        served = await export(client)
    assert (rest.headers["Regulars-Run-Id"], served.headers["Regulars-Run-Id"] != run_id) == (run_id, True)
    assert read_ndjson(whole.content)[30:] == read_ndjson(rest.content) != read_ndjson(served.content)[30:]


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


async def test_an_export_of_a_past_day_is_as_published(own_shop: str) -> None:
    async with asking(own_shop) as client:
        assert await exported(client, "as_of=2026-03-01") == await listed(client, "as_of=2026-03-01")


async def test_an_export_of_a_past_day_has_customers_removed_since(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id > 'O20'")
    assign_again(own_shop, date(2026, 3, 2))
    async with asking(own_shop, as_of=date(2026, 3, 5)) as client:
        then, now = await exported(client, "as_of=2026-03-01"), await exported(client)
        assert then == await listed(client, "as_of=2026-03-01")
        parts = [await exported(client, f"as_of=2026-03-01&limit={limit}") for limit in (20, 50, 59)]
    assert (len(then), len(now) < 30, parts) == (59, True, [then[:20], then[:50], then])


async def test_continuing_needs_a_run_id(client: AsyncClient) -> None:
    status, kind, detail = problem(await export(client, "after=R01"))
    assert (status, kind) == (409, "/problems/invalid-cursor")
    assert "Regulars-Run-Id" in detail


@pytest.mark.parametrize("text", ["%00", "'; drop table x; --", "x" * 10_000, "日本", "%ED%A0%80"])
async def test_any_text_is_a_valid_position(client: AsyncClient, text: str) -> None:
    run_id = (await export(client, "limit=1")).headers["Regulars-Run-Id"]
    assert (await export(client, f"run_id={run_id}&after={text}")).status_code == 200
