"""A customer, and the segment alone."""

from datetime import date
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, assign_again, change
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio


async def test_a_customer_has_the_features_of_the_sales(client: AsyncClient) -> None:
    answer = (await client.get("/v1/customers/R01")).json()
    features = {name: answer[name] for name in ("recency", "frequency", "monetary", "currency", "country")}
    assert features == {
        "recency": 2,
        "frequency": 4,
        "monetary": "439.80",
        "currency": "GBP",
        "country": "United Kingdom",
    }


async def test_a_customer_has_the_dates_of_the_sales(client: AsyncClient) -> None:
    answer = (await client.get("/v1/customers/R01")).json()
    assert (answer["first_invoice_date"], answer["last_invoice_date"]) == ("2026-01-10", "2026-02-27")


async def test_a_customer_has_the_fields_of_the_contract_in_their_order(client: AsyncClient) -> None:
    answer = (await client.get("/v1/customers/R01")).json()
    assert list(answer) == [
        *("customer_id", "country", "first_invoice_date", "last_invoice_date", "recency", "frequency", "monetary"),
        *("gross", "returned", "currency", "scheme", "segment", "slug", "tier", "cluster", "segment_since"),
        *("segment_reason", "updated_at", "recommendation", "custom_segments"),
        *("expected_purchases", "clv", "p_buys", "next_order", "p_alive", "forecast_days", "forecast_reason"),
        *("as_of", "data_through", "run_id", "quality", "quality_reason", "monetary_basis"),
    ]


async def test_a_recommendation_has_goal_and_actions(client: AsyncClient) -> None:
    recommendation = (await client.get("/v1/customers/R01")).json()["recommendation"]
    assert list(recommendation) == ["goal", "actions", "channel", "urgency"]
    assert 2 <= len(recommendation["actions"]) <= 4


async def test_the_segment_alone_is_that_of_the_customer(client: AsyncClient) -> None:
    whole = (await client.get("/v1/customers/R01")).json()
    alone = (await client.get("/v1/customers/R01/segment")).json()
    assert alone.items() <= whole.items()
    assert {"customer_id", "scheme", "segment", "slug", "tier", "cluster", "as_of", "run_id", "quality"} <= alone.keys()


async def test_rules_name_by_the_customers_own_numbers(client: AsyncClient) -> None:
    kmeans = (await client.get("/v1/customers/R01/segment")).json()
    rules = (await client.get("/v1/customers/R01/segment?scheme=rules")).json()
    assert rules["segment"] == "High Value - Active & Engaged"
    assert rules["cluster"] == kmeans["cluster"]


async def test_the_whole_customer_by_rules_has_the_rules_recommendation(client: AsyncClient) -> None:
    kmeans = (await client.get("/v1/customers/R01")).json()
    rules = (await client.get("/v1/customers/R01?scheme=rules")).json()
    assert rules["scheme"] == "rules"
    assert rules["recommendation"] != kmeans["recommendation"]


@pytest.mark.parametrize("customer_id", STRANGE)
async def test_an_id_may_hold_anything(client: AsyncClient, customer_id: str) -> None:
    path = f"/v1/customers/{quote(customer_id, safe='')}"
    assert (await client.get(path)).json()["customer_id"] == customer_id
    assert (await client.get(f"{path}/segment")).json()["customer_id"] == customer_id


@pytest.mark.parametrize(
    "strange", ["nobody", "'; drop table x; --", "\0", "x" * 10_000, "😀", "%", "..%2f", "a/b/c", " "]
)
async def test_an_unknown_id_is_a_404(client: AsyncClient, strange: str) -> None:
    path = f"/v1/customers/{quote(strange, safe='')}"
    answers = [await client.get(path), await client.get(f"{path}/segment")]
    assert [(each.status_code, each.json()["type"]) for each in answers] == [(404, "/problems/unknown-customer")] * 2


async def test_a_long_id_is_not_echoed_whole(client: AsyncClient) -> None:
    answer = (await client.get(f"/v1/customers/{'x' * 5_000}")).json()
    assert len(answer["detail"]) < 200


async def test_an_unknown_scheme_is_malformed(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers/R01?scheme=magic")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "scheme")


async def test_a_customer_assigned_later_has_that_day(own_shop: str) -> None:
    change(own_shop, "update segments.customer_segment set as_of = '2026-03-02' where customer_id = 'R01'")
    async with asking(own_shop, as_of=date(2026, 3, 2)) as client:
        answers = [(await client.get(f"/v1/customers/R01{path}")).json()["as_of"] for path in ("", "/segment")]
    assert answers == ["2026-03-02"] * 2


async def test_a_customer_without_gold_is_unknown_after_the_next_assignment(own_shop: str) -> None:
    change(own_shop, "delete from gold.customer_rfm where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        assert (await client.get("/v1/customers/R01")).status_code == 404


async def test_a_customer_has_the_money_before_and_after_returns(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = 400.10, returned = 39.70 where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        answer = (await client.get("/v1/customers/R01")).json()
    assert [answer[name] for name in ("gross", "returned", "monetary")] == ["439.80", "39.70", "400.10"]


async def test_a_past_day_has_the_money_of_that_day(own_shop: str) -> None:
    for day, off in ((1, 39), (2, 50)):
        change(
            own_shop,
            "update gold.customer_rfm set monetary = 439.80 - :off, returned = :off where customer_id = 'R01'",
            off=off,
        )
        assign_again(own_shop, date(2026, 3, day))
    async with asking(own_shop, as_of=date(2026, 3, 2)) as client:
        answers = [(await client.get(f"/v1/customers/R01?as_of=2026-03-0{day}")).json() for day in (1, 2)]
    assert [(answer["gross"], answer["returned"]) for answer in answers] == [("439.80", "39.00"), ("439.80", "50.00")]


async def test_a_customer_who_returned_everything_has_no_segment_and_the_reason(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = -5, returned = 444.80 where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop, as_of=date(2026, 3, 3)) as client:
        answer = (await client.get("/v1/customers/R01")).json()
    assert {name: answer[name] for name in ("segment", "gross", "returned", "monetary", "recency", "as_of")} == {
        "segment": None,
        "gross": "439.80",
        "returned": "444.80",
        "monetary": "-5.00",
        "recency": 4,
        "as_of": "2026-03-03",
    }
    assert answer["segment_reason"].startswith("The customer's returns and cancellations reach the value")


async def test_customers_who_returned_everything_are_listed(own_shop: str) -> None:
    change(
        own_shop,
        "update gold.customer_rfm set returned = 999, monetary = -5 where customer_id in ('R01', 'R02', 'O01')",
    )
    async with asking(own_shop) as client:
        first = (await client.get("/v1/unsegmented-customers?limit=2&include=total")).json()
        rest = (await client.get(f"/v1/unsegmented-customers?limit=2&cursor={first['next_cursor']}")).json()
    assert [row["customer_id"] for row in first["data"] + rest["data"]] == ["O01", "R01", "R02"]
    assert first["total"] == 3


async def test_a_customer_without_a_sale_in_the_window_has_no_segment_and_the_reason(own_shop: str) -> None:
    change(own_shop, "update segments.model set window_days = 30")
    change(own_shop, "delete from segments.customer_segment where customer_id = 'R01'")
    async with asking(own_shop) as client:
        answer = (await client.get("/v1/customers/R01")).json()
    assert (answer["segment"], answer["segment_reason"]) == (
        None,
        "The customer has no sale that returns have left in the last 30 days.",
    )


async def test_a_listed_customer_without_segment_is_as_in_the_profile(own_shop: str) -> None:
    change(own_shop, "update gold.customer_rfm set returned = 999, monetary = -5 where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        (row,) = (await client.get("/v1/unsegmented-customers")).json()["data"]
        assert row.items() <= (await client.get("/v1/customers/R01")).json().items()


@pytest.mark.parametrize("query", ["/segment", "?as_of=2026-03-01"])
async def test_without_a_segment_the_segment_alone_and_past_days_are_unknown(own_shop: str, query: str) -> None:
    change(own_shop, "update gold.customer_rfm set monetary = -5, returned = 444.80 where customer_id = 'R01'")
    assign_again(own_shop)
    async with asking(own_shop) as client:
        answer = await client.get(f"/v1/customers/R01{query}")
    assert answer.json()["type"] == "/problems/unknown-customer"


async def test_before_the_first_training_there_is_no_model(empty: AsyncClient) -> None:
    answers = [await empty.get("/v1/customers/R01"), await empty.get("/v1/customers/R01/segment")]
    assert [each.json()["type"] for each in answers] == ["/problems/no-model"] * 2
    assert [each.headers["Retry-After"] for each in answers] == ["60"] * 2
