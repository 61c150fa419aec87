"""Quality checks on the page about data quality."""

import re

import pytest
from httpx import AsyncClient

from app.settings.check_list import CHECK_NAMES, Severities
from tests.api.conftest import asking, change
from tests.dashboard.conftest import IMAGE, reading, section, values

pytestmark = pytest.mark.anyio
FAILED = """
    update quality.check_state
    set outcome = 'fail', value = 412, expected_low = 870, expected_high = 2030, message = :text
    where check_name = 'volume'
"""


async def checks_of(reader: AsyncClient) -> str:
    """The section of the checks."""
    return section((await reader.get("/quality")).text, "checks")


async def test_every_check_is_shown_with_its_run(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        found = (await client.get("/v1/quality/checks?limit=1000")).json()["data"]
    part = await checks_of(reader)
    assert {each["check"] for each in found} == set(CHECK_NAMES)
    runs = [f"/runs/{each['run_id']}" for each in found]
    assert sorted(re.findall(r'href="([^"]+)"', part)) == sorted(runs)
    assert (await reader.get(runs[0])).status_code == 200


async def test_a_check_without_data_is_not_evaluated(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        found = (await client.get("/v1/quality/checks?outcome=no_data&limit=1000")).json()["data"]
    assert (await checks_of(reader)).count("not evaluated") == len(found) > 0


async def test_a_failed_check_is_first_with_value_and_expected_range(own_shop: str) -> None:
    change(own_shop, FAILED, text=f"412 rows {IMAGE}")
    async with reading(own_shop) as reader:
        part = await checks_of(reader)
    row = part[part.index("<tbody>") : part.index("</tr>", part.index("<tbody>"))]
    assert '<span class="badge stale">failed</span>' in row
    assert [float(value) for value in values(row, "decimal")] == [412, 870, 2030]
    assert IMAGE not in row


async def test_revenue_of_a_check_is_money(own_shop: str) -> None:
    change(own_shop, FAILED.replace("'volume'", "'revenue'"), text="412")
    async with reading(own_shop) as reader:
        row = (await checks_of(reader)).partition("<tbody>")[2].partition("</tr>")[0]
    assert [float(value) for value in values(row, "money")] == [412, 870, 2030]


async def test_checks_without_a_problem_are_folded(reader: AsyncClient) -> None:
    before, _, folded = (await checks_of(reader)).partition("<details>")
    assert ('badge ok">ok' in before, 'badge ok">ok' in folded) == (False, True)


async def test_the_severity_is_that_of_the_settings(shop: str) -> None:
    async with reading(shop, quality_checks=Severities.parse("volume=fail,revenue=off")) as reader:
        part = await checks_of(reader)
    shown = dict(re.findall(r'<th scope="row">(\w+) <.*?<td>(warn|fail|off)</td>', part, re.DOTALL))
    assert (shown["volume"], shown["revenue"]) == ("fail", "off")


async def test_before_the_first_check_the_page_says_so(database_url: str) -> None:
    async with reading(database_url) as reader:
        assert "Nothing has been checked yet" in await checks_of(reader)
