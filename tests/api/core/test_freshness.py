"""Freshness fields of answers."""

from datetime import date

import pytest
from httpx import AsyncClient

from app.api.core.freshness import assess_quality
from app.settings import Settings
from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio
TODAY = date(2026, 3, 10)
ABOUT_CUSTOMERS = (
    "/v1/customers/R01",
    "/v1/customers/R01/segment",
    "/v1/segments",
    "/v1/segments/super-vip-champions",
    "/v1/segments/super-vip-champions/customers",
    "/v1/clusters",
    "/v1/recommendations",
    "/v1/models/current",
)


@pytest.mark.parametrize("path", ABOUT_CUSTOMERS)
async def test_every_answer_about_customers_has_the_freshness_fields(client: AsyncClient, path: str) -> None:
    answer = (await client.get(path)).json()
    assert (answer["as_of"], answer["data_through"]) == ("2026-03-01", "2026-02-27")
    assert (answer["quality"], answer["quality_reason"]) == ("ok", None)
    assert len(answer["run_id"]) == 36


@pytest.mark.parametrize("path", ABOUT_CUSTOMERS)
@pytest.mark.parametrize(("contract", "basis"), [("online-retail", "gross"), ("generic-sales", "net")])
async def test_every_answer_about_customers_states_the_basis_of_the_money(
    shop: str, path: str, contract: str, basis: str
) -> None:
    async with asking(shop, contract=contract) as client:
        assert (await client.get(path)).json()["monetary_basis"] == basis


@pytest.mark.parametrize("path", ABOUT_CUSTOMERS)
async def test_old_sales_are_stale_and_the_reason_has_their_age(shop: str, path: str) -> None:
    async with asking(shop, as_of=date(2026, 3, 3)) as client:
        answer = (await client.get(path)).json()
    assert answer["quality"] == "stale"
    assert answer["quality_reason"] == "the latest sale is of 2026-02-27, 4 days ago"


async def test_a_warning_of_the_pipeline_is_quality_warn(own_shop: str) -> None:
    change(own_shop, "update pipeline.freshness set warning = '1 file rejected'")
    async with asking(own_shop) as client:
        answer = (await client.get("/v1/customers/R01/segment")).json()
    assert (answer["quality"], answer["quality_reason"]) == ("warn", "1 file rejected")


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        ("update pipeline.freshness set warning = null", "2 files were"),
        ("update pipeline.freshness set warning = '1 file rejected'", "1 file rejected; 2 files were"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/customers/R01/segment", "/v1/customers"])
async def test_files_of_another_contract_are_quality_warn(own_shop: str, path: str, recorded: str, reason: str) -> None:
    change(own_shop, recorded)
    change(own_shop, "insert into quality.data_warning (kind, message) values ('other_contract', '2 files were')")
    async with asking(own_shop) as client:
        answer = (await client.get(path)).json()
    assert (answer["quality"], answer["quality_reason"]) == ("warn", reason)


@pytest.mark.parametrize(
    ("data_through", "as_of", "warning", "quality"),
    [
        (date(2026, 3, 7), date(2026, 3, 7), None, "ok"),
        (date(2026, 3, 6), date(2026, 3, 7), None, "stale"),
        (date(2026, 3, 7), date(2026, 3, 6), None, "stale"),
        (date(2026, 3, 7), None, None, "ok"),
        (date(2026, 3, 7), date(2026, 3, 7), "much in quarantine", "warn"),
        (date(2026, 3, 6), date(2026, 3, 7), "much in quarantine", "stale"),
        (None, None, None, "stale"),
    ],
)
def test_sales_are_stale_after_three_days(
    data_through: date | None, as_of: date | None, warning: str | None, quality: str
) -> None:
    assert assess_quality(data_through, as_of, warning, Settings(as_of=TODAY))[0] == quality


def test_a_stale_reason_names_the_warning_too() -> None:
    _, reason = assess_quality(date(2026, 3, 1), date(2026, 3, 2), "much in quarantine", Settings(as_of=TODAY))
    assert reason == (
        "the latest sale is of 2026-03-01, 9 days ago; the segments are as of 2026-03-02, 8 days ago; "
        "much in quarantine"
    )
