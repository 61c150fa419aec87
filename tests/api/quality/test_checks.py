"""Results of quality checks, over HTTP."""

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio
OLDER = """
    insert into quality.check_result (run_id, check_name, source, outcome, message, checked_at)
    select
        gen_random_uuid(), 'future_dates', 'sales', outcome, 'found', timestamptz '2026-01-01' + day * interval '1 day'
    from unnest(array['ok', 'warn', 'fail']) with ordinality as o (outcome, day)
"""


async def test_the_latest_result_of_each_check_is_listed(client: AsyncClient) -> None:
    found = (await client.get("/v1/quality/checks")).json()["data"]
    assert {each["check"] for each in found} >= {"columns", "freshness", "future_dates", "repeated_invoices", "volume"}
    (freshness,) = [each for each in found if each["check"] == "freshness"]
    assert (freshness["outcome"], freshness["measures"]) == ("no_data", "days whose file was not loaded by its time")
    assert freshness["message"].endswith("set REGULARS_FILES_DUE")


async def test_checks_are_filtered(client: AsyncClient) -> None:
    found = (await client.get("/v1/quality/checks?check=future_dates&outcome=ok&outcome=fail")).json()["data"]
    assert [each["check"] for each in found] == ["future_dates"]
    assert (await client.get("/v1/quality/checks?source=other")).json()["data"] == []


async def test_the_results_of_a_check_are_paged_newest_first(own_shop: str) -> None:
    change(own_shop, "delete from quality.check_result")
    change(own_shop, OLDER)
    found, cursor = [], ""
    async with asking(own_shop) as client:
        while cursor is not None:
            path = f"/v1/quality/check-results?check=future_dates&limit=2{cursor and f'&cursor={cursor}'}"
            page = (await client.get(path)).json()
            found += [each["outcome"] for each in page["data"]]
            cursor = page["next_cursor"]
    assert found == ["fail", "warn", "ok"]


@pytest.mark.parametrize("path", ["-results?check=nosuch", "s?check=nosuch", "s?outcome=nosuch"])
async def test_an_unknown_check_is_refused(client: AsyncClient, path: str) -> None:
    assert (await client.get(f"/v1/quality/check{path}")).status_code == 422


async def test_failing_checks_are_in_the_status(own_shop: str) -> None:
    change(own_shop, "update quality.check_state set outcome = 'fail' where check_name = 'freshness'")
    change(own_shop, "update quality.check_state set outcome = 'ok' where check_name <> 'freshness'")
    async with asking(own_shop) as client:
        (found,) = (await client.get("/v1/status")).json()["checks"]
    assert (found["check"], found["outcome"], found["source"]) == ("freshness", "fail", "sales")
