"""List of customers: filters, order, pages."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from app.api.core.pagination import Position
from app.api.customers.list import CustomerQuery
from app.segments.model.segment_table.fields import slug_of
from tests.api.conftest import AS_OF, asking, assign_again, change, train_again

pytestmark = pytest.mark.anyio


async def rows(client: AsyncClient, query: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/customers?limit=1000&{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_without_a_filter_it_is_everybody_by_id(client: AsyncClient) -> None:
    found = [row["customer_id"] for row in await rows(client, "")]
    assert (len(found), found) == (59, sorted(found, key=str.encode))


async def test_a_row_is_the_customer_without_the_recommendation(client: AsyncClient) -> None:
    row = (await rows(client, "segment=high-value-active-engaged&scheme=rules"))[0]
    whole = (await client.get(f"/v1/customers/{row['customer_id']}?scheme=rules")).json()
    assert row.items() <= whole.items()


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("recency_min=10", lambda row: row["recency"] >= 10),
        ("recency_max=10", lambda row: row["recency"] <= 10),
        ("recency_min=2&recency_max=2", lambda row: row["recency"] == 2),
        ("frequency_min=4", lambda row: row["frequency"] >= 4),
        ("frequency_max=1", lambda row: row["frequency"] <= 1),
        ("monetary_min=439.80", lambda row: float(row["monetary"]) >= 439.80),
        ("monetary_max=439.79", lambda row: float(row["monetary"]) <= 439.79),
        ("country=United Kingdom", lambda row: row["country"] == "United Kingdom"),
        ("country=France", lambda row: row["country"] == "France"),
        ("cluster=-1", lambda row: row["cluster"] == -1),
        ("tier=Premium", lambda row: row["tier"] == "Premium"),
        ("tier=Growth %26 New", lambda row: row["tier"] == "Growth & New"),
        ("changed_since=2026-03-01", lambda row: row["segment_since"] >= "2026-03-01"),
        ("changed_since=2026-03-02", lambda row: row["segment_since"] >= "2026-03-02"),
        ("frequency_min=4&monetary_max=500", lambda row: row["frequency"] >= 4 and float(row["monetary"]) <= 500),
    ],
)
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_filter_gives_those_and_only_those(client: AsyncClient, scheme: str, query: str, holds: Any) -> None:
    everybody = await rows(client, f"scheme={scheme}")
    assert await rows(client, f"scheme={scheme}&{query}") == [row for row in everybody if holds(row)]


@pytest.mark.parametrize("name", ["high-value-active-engaged", "High Value - Active %26 Engaged"])
async def test_segments_are_filtered_by_slug_or_name(client: AsyncClient, name: str) -> None:
    found = await rows(client, f"scheme=rules&segment={name}")
    assert (len(found), {row["segment"] for row in found}) == (15, {"High Value - Active & Engaged"})


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("tier=Premium&tier=High-Value", lambda row: row["tier"] in {"Premium", "High-Value"}),
        ("cluster=-1&cluster=0", lambda row: row["cluster"] in {-1, 0}),
        ("country=France&country=United Kingdom", lambda row: row["country"] == "United Kingdom"),
        ("segment=champions&segment=super-vip-champions", lambda row: row["slug"] == "super-vip-champions"),
    ],
)
async def test_a_filter_accepts_several_values(client: AsyncClient, query: str, holds: Any) -> None:
    everybody = await rows(client, "")
    assert await rows(client, query) == [row for row in everybody if holds(row)]


async def test_of_several_segments_an_unknown_one_is_refused(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers?segment=champions&segment=chmpions")
    assert (answer.status_code, "chmpions" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("query", ["sort=recency&sort=frequency", "limit=1&limit=2", "monetary_min=1&monetary_min=2"])
async def test_a_parameter_of_one_value_is_not_repeated(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/customers?{query}")
    assert (answer.status_code, "more than once" in answer.json()["detail"]) == (422, True)


async def test_a_filter_has_a_largest_number_of_values(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers?" + "&".join(["country=France"] * 51))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "country")


async def test_a_row_has_the_slug_of_its_segment(client: AsyncClient) -> None:
    found = await rows(client, "scheme=rules")
    assert {row["slug"] for row in found} == {slug_of(row["segment"]) for row in found}


@pytest.mark.parametrize("path", ["/v1/customers", "/v1/segments/super-vip-champions/customers"])
async def test_a_list_includes_recommendations_on_request(client: AsyncClient, path: str) -> None:
    plain, advised = [(await client.get(f"{path}{query}")).json()["data"] for query in ("", "?include=recommendation")]
    first = (await client.get(f"/v1/customers/{advised[0]['customer_id']}")).json()
    assert (advised[0]["recommendation"], "recommendation" in plain[0]) == (first["recommendation"], False)


@pytest.mark.parametrize("query", ["limit=7", "limit=7&frequency_min=4", "limit=7&country=Nowhere"])
async def test_a_list_counts_its_rows_on_request(client: AsyncClient, query: str) -> None:
    page = (await client.get(f"/v1/customers?{query}&include=total&include=recommendation")).json()
    assert page["total"] == len(await rows(client, query.partition("&")[2]))


async def test_a_list_is_not_counted_without_a_request(client: AsyncClient) -> None:
    assert "total" not in (await client.get("/v1/customers?limit=7")).json()


async def test_a_cursor_does_not_depend_on_include(client: AsyncClient) -> None:
    cursor = (await client.get("/v1/customers?limit=7&include=total")).json()["next_cursor"]
    assert (await client.get(f"/v1/customers?limit=7&cursor={cursor}")).status_code == 200


async def updated(client: AsyncClient, since: str) -> list[str]:
    """Ids of the customers that were updated after a moment."""
    return [row["customer_id"] for row in await rows(client, f"updated_since={quote(since)}")]


async def test_a_customer_whose_numbers_changed_is_updated(own_shop: str) -> None:
    async with asking(own_shop) as client:
        since = (await client.get("/v1/customers?limit=1")).json()["updated_through"]
        assert await updated(client, since) == []
        change(own_shop, "update gold.customer_rfm set monetary = monetary + 1 where customer_id = 'R03'")
        assign_again(own_shop)
        assert await updated(client, since) == ["R03"]


async def test_a_customer_updated_at_the_moment_itself_is_not_updated_since(client: AsyncClient) -> None:
    moment = (await client.get("/v1/customers/R03")).json()["updated_at"]
    assert "R03" not in await updated(client, moment)


async def test_an_update_of_the_numbers_is_dated_in_the_profile(own_shop: str) -> None:
    async with asking(own_shop) as client:
        since = (await client.get("/v1/customers?limit=1")).json()["updated_through"]
        change(own_shop, "update gold.customer_rfm set monetary = monetary + 1 where customer_id = 'R03'")
        assign_again(own_shop)
        dates = [(await client.get(f"/v1/customers/{name}")).json()["updated_at"] for name in ("R02", "R03")]
    assert dates[0] < since < dates[1]


async def test_a_training_updates_only_customers_that_it_moves(own_shop: str) -> None:
    async with asking(own_shop, as_of=AS_OF + timedelta(days=1)) as client:
        before = {row["customer_id"]: row for row in await rows(client, "")}
        since = (await client.get("/v1/customers?limit=1")).json()["updated_through"]
        rules = {row["customer_id"]: row["slug"] for row in await rows(client, "scheme=rules")}
        train_again(own_shop, AS_OF + timedelta(days=1))
        after = {row["customer_id"]: row["slug"] for row in await rows(client, "scheme=rules")}
        moved = [
            row["customer_id"] for row in await rows(client, "") if row["slug"] != before[row["customer_id"]]["slug"]
        ]
        moved += [name for name, slug in after.items() if slug != rules[name]]
        assert await updated(client, since) == sorted(set(moved), key=str.encode)


async def test_list_and_export_have_the_same_updated_through(client: AsyncClient) -> None:
    answer = await client.get("/v1/exports/customers")
    page = (await client.get("/v1/customers?limit=1")).json()
    assert answer.headers["Regulars-Updated-Through"] == page["updated_through"]


@pytest.mark.parametrize("name", ["recency", "frequency", "monetary", "segment_since"])
@pytest.mark.parametrize("sign", ["", "-"])
async def test_customers_are_sorted_by_feature_then_id(client: AsyncClient, name: str, sign: str) -> None:
    found = await rows(client, f"sort={sign}{name}")
    value = (lambda row: float(row[name])) if name == "monetary" else (lambda row: row[name])
    keys = [(value(row), row["customer_id"].encode()) for row in found]
    assert (len(found), keys) == (59, sorted(keys, reverse=bool(sign)))


@pytest.mark.parametrize("sort", ["customer_id", "recency", "-monetary", "-segment_since"])
async def test_pages_hold_everybody_once_in_order(client: AsyncClient, sort: str) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = (await client.get(f"/v1/customers?sort={sort}&limit=7&cursor={cursor}")).json()
        found += page["data"]
        cursor = page["next_cursor"]
    assert found == await rows(client, f"sort={sort}")


async def test_a_training_does_not_tear_a_listing(own_shop: str) -> None:
    async with asking(own_shop) as client:
        first = (await client.get("/v1/customers?limit=40&sort=-monetary")).json()
        whole = await rows(client, "sort=-monetary")
        change(own_shop, "update gold.customer_rfm set monetary = 100000 - monetary")
        train_again(own_shop)
        rest = (await client.get(f"/v1/customers?limit=40&sort=-monetary&cursor={first['next_cursor']}")).json()
    assert (rest["run_id"], first["data"] + rest["data"]) == (first["run_id"], whole)


@pytest.mark.parametrize(
    ("sort", "key"),
    [("recency", 2**31), ("frequency", -(2**63)), ("recency", 10**30), ("monetary", "1e40"), ("monetary", "NaN")],
)
async def test_a_forged_cursor_asks_for_no_number_that_a_column_cannot_hold(
    client: AsyncClient, sort: Any, key: Any
) -> None:
    cursor = Position((key, "R01")).encode(CustomerQuery(sort=sort).list_name("customers"))
    answer = await client.get(f"/v1/customers?sort={sort}&cursor={cursor}")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/invalid-cursor")


@pytest.mark.parametrize("customer_id", ["a\0b", "\ud800"])
async def test_a_forged_cursor_asks_for_no_text_that_a_column_cannot_hold(
    client: AsyncClient, customer_id: str
) -> None:
    cursor = Position((customer_id,)).encode(CustomerQuery().list_name("customers"))
    assert (await client.get(f"/v1/customers?cursor={cursor}")).status_code == 200


async def test_other_filters_refuse_the_cursor(client: AsyncClient) -> None:
    cursor = (await client.get("/v1/customers?limit=4")).json()["next_cursor"]
    answers = [await client.get(f"/v1/customers?limit=4&cursor={cursor}&{query}") for query in ("", "sort=recency")]
    assert [answer.status_code for answer in answers] == [200, 409]


async def test_a_segment_that_is_unknown_names_the_nearest(client: AsyncClient) -> None:
    answer = await client.get("/v1/customers?segment=champion")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert "did you mean champions" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "recency_min=-1",
        "recency_max=99999999999999999999",
        "frequency_min=1.5",
        "monetary_min=NaN",
        "monetary_max=1e400",
        "monetary_min=1.234",
        "cluster=-4",
        "cluster=99999",
        "tier=Gold",
        "sort=country",
        "changed_since=today",
        "scheme=dice",
        "limit=0",
    ],
)
async def test_a_malformed_filter_is_a_422(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/customers?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, query.partition("=")[0])


@pytest.mark.parametrize("text", ["%00", "'; drop table x; --", "x" * 10_000, "日本"])
@pytest.mark.parametrize("name", ["segment", "country"])
async def test_any_text_is_a_valid_filter(client: AsyncClient, name: str, text: str) -> None:
    answer = await client.get(f"/v1/customers?{name}={text}")
    assert answer.status_code == (404 if name == "segment" else 200)


@pytest.mark.parametrize(
    "query",
    [
        *("recency_min=2&recency_max=1", "monetary_min=9.00&monetary_max=8.00", "p_buys_min=0.9&p_buys_max=0.1"),
        "next_order_from=2026-05-02&next_order_to=2026-05-01",
    ],
)
async def test_a_range_that_no_value_is_in_is_refused_with_the_remedy(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/customers?{query}")
    names = [each.partition("=")[0] for each in query.split("&")]
    assert (answer.status_code, f"{names[0]} is more than {names[1]}" in answer.text) == (409, True)
    assert "exchange the two, or remove one" in answer.text


async def test_an_amount_with_too_many_digits_is_refused_with_the_limits(client: AsyncClient) -> None:
    answer = await client.get(f"/v1/customers?clv_min={'9' * 35}")
    assert (answer.status_code, "two decimals and 22 digits before the point" in answer.text) == (422, True)
