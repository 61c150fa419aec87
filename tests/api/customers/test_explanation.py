"""Explanations of segments; every counterfactual is verified by POST /v1/score."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio
CENT = Decimal("0.01")
EVERY_KIND = ("R01", "R11", "B02", "O03", "12/7")


async def explanation(client: AsyncClient, customer_id: str, scheme: str = "kmeans") -> dict[str, Any]:
    path = f"/v1/customers/{quote(customer_id, safe='')}/explanation"
    answer = await client.get(path, params={"scheme": scheme})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def scored(client: AsyncClient, **features: Any) -> Any:
    return (await client.post("/v1/score", json=features)).json()


@pytest.mark.parametrize("scheme", ["kmeans", "rules", "rfm"])
async def test_it_is_of_the_segment_that_the_customer_has(client: AsyncClient, scheme: str) -> None:
    customer = (await client.get(f"/v1/customers/R01?scheme={scheme}")).json()
    explained = await explanation(client, "R01", scheme)
    del explained["explanation"], explained["cluster_profile"]
    assert explained.items() <= customer.items()
    assert {"recency", "monetary", "currency", "segment", "tier", "cluster", "as_of", "quality"} <= explained.keys()


async def test_features_stand_beside_the_medians_of_the_model(client: AsyncClient) -> None:
    medians = (await client.get("/v1/models/current")).json()["medians"]
    features = (await explanation(client, "R01"))["explanation"]["features"]
    assert {name: float(each["median"]) for name, each in features.items()} == medians
    assert features["monetary"] == {"value": "439.80", "median": "28.99", "multiple": 15.170749}


async def test_the_own_centroid_is_that_of_the_cluster(client: AsyncClient) -> None:
    answer = await explanation(client, "O03")
    own, following = (answer["explanation"]["statistics"][f"{which}_centroid"] for which in ("own", "next"))
    assert (own["cluster"], own["segment"]) == (answer["cluster"], answer["segment"])
    assert own["distance"] <= following["distance"]


async def test_the_explanation_of_an_outlier_has_the_fence(client: AsyncClient) -> None:
    answer = await explanation(client, "B02")
    monetary = answer["explanation"]["statistics"]["fences"][0]
    fences = (await client.get("/v1/models/current")).json()["fences"]["monetary"]
    assert answer["cluster"] == -1
    assert monetary["outside"] == "above"
    assert (monetary["low"], monetary["high"]) == (None, pytest.approx(fences[1]))
    assert answer["explanation"]["statistics"]["own_centroid"] is None
    assert monetary["by"] == pytest.approx(float(answer["monetary"]) - fences[1])


@pytest.mark.parametrize("customer_id", EVERY_KIND)
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_table_row_matches_the_compared_numbers(client: AsyncClient, customer_id: str, scheme: str) -> None:
    rule = (await explanation(client, customer_id, scheme))["explanation"]["rule"]
    for feature in ("monetary", "frequency"):
        bounds = rule["row"][feature]
        assert (bounds["above"] or 0) <= rule[feature]["multiple"] <= (bounds["up_to"] or 1e9)
    is_recent = rule["recency"]["value"] < rule["recency"]["median"]
    assert rule["row"]["recency"] == ("recent" if is_recent else "dormant")
    assert rule["compared"] == ("cluster" if scheme == "kmeans" else "customer")


@pytest.mark.parametrize("customer_id", EVERY_KIND)
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_counterfactual_is_true_of_the_score(client: AsyncClient, customer_id: str, scheme: str) -> None:
    found = (await explanation(client, customer_id, scheme))["explanation"]["counterfactuals"]
    for each in found:
        said = await scored(client, **{name: each[name] for name in ("recency", "frequency", "monetary")})
        assert said["segments"][scheme]["slug"] == each["slug"]


@pytest.mark.parametrize("customer_id", EVERY_KIND)
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_a_cent_or_a_day_less_is_not_enough(client: AsyncClient, customer_id: str, scheme: str) -> None:
    for each in (await explanation(client, customer_id, scheme))["explanation"]["counterfactuals"]:
        less = {name: each[name] for name in ("recency", "frequency", "monetary")}
        if each["change"]["days"]:
            less["recency"] -= 1
        elif each["change"]["orders"] == 0:
            less["monetary"] = str(Decimal(less["monetary"]) - CENT)
        else:
            continue
        assert (await scored(client, **less))["segments"][scheme]["slug"] != each["slug"]


async def test_the_explanation_has_changes_by_orders_amount_and_days(client: AsyncClient) -> None:
    found = (await explanation(client, "O03"))["explanation"]["counterfactuals"]
    kinds = ["orders" if each["change"]["orders"] else "days" if each["change"]["days"] else "amount" for each in found]
    assert set(kinds) == {"orders", "amount", "days"}
    assert kinds == sorted(kinds, key=["orders", "amount", "days"].index)


async def test_a_counterfactual_holds_until_the_reported_recency(client: AsyncClient) -> None:
    found = (await explanation(client, "O03", "rules"))["explanation"]["counterfactuals"]
    order = next(each for each in found if each["change"]["orders"])
    days = order["holds_while_recency_at_most"]
    features = {name: order[name] for name in ("frequency", "monetary")}
    slugs = [(await scored(client, recency=day, **features))["segments"]["rules"]["slug"] for day in (days, days + 1)]
    assert slugs[0] == order["slug"] != slugs[1]


async def test_the_summary_is_plain_english(client: AsyncClient) -> None:
    said = (await explanation(client, "O03", "rules"))["explanation"]["summary"]
    assert said.startswith("Base Value - Developing: 1 order, as many as a typical customer (1), ")
    assert "more moves this customer to" in said


async def test_the_rules_scheme_has_no_statistics_of_the_clustering(client: AsyncClient) -> None:
    answer = (await explanation(client, "B02", "rules"))["explanation"]
    assert (answer["statistics"], "unusual" in answer["summary"]) == (None, False)


@pytest.mark.parametrize("customer_id", STRANGE)
async def test_an_id_may_hold_anything(client: AsyncClient, customer_id: str) -> None:
    assert (await explanation(client, customer_id))["customer_id"] == customer_id


@pytest.mark.parametrize("strange", ["nobody", "'; drop table x; --", "\0", "x" * 10_000, "a/b/c", " "])
async def test_an_unknown_id_is_a_404(client: AsyncClient, strange: str) -> None:
    answer = await client.get(f"/v1/customers/{quote(strange, safe='')}/explanation")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-customer")


async def test_an_unknown_scheme_is_malformed(client: AsyncClient) -> None:
    assert (await client.get("/v1/customers/R01/explanation?scheme=magic")).status_code == 422


async def test_before_the_first_training_there_is_no_model(empty: AsyncClient) -> None:
    answer = await empty.get("/v1/customers/R01/explanation")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-model")


async def test_a_name_that_the_table_no_longer_gives_is_not_explained(own_shop: str) -> None:
    change(own_shop, "update segments.customer_segment set rules = 'high-value-inactive' where customer_id = 'R01'")
    async with asking(own_shop) as client:
        explained = (await explanation(client, "R01", "rules"))["explanation"]
    assert (explained["rule"], explained["counterfactuals"]) == (None, [])
    assert "The segment table was changed" in explained["summary"]


async def test_a_last_order_in_the_future_is_explained_with_its_date(own_shop: str) -> None:
    change(own_shop, "update segments.customer_segment set last_invoice_date = as_of + 154 where customer_id = 'R01'")
    async with asking(own_shop) as client:
        answer = await explanation(client, "R01", "rules")
    day = date.fromisoformat(answer["as_of"]) + timedelta(154)
    assert f"last order in 154 days, on {day}: a date in the future." in answer["explanation"]["summary"]


async def test_a_segment_removed_from_the_table_keeps_its_published_texts(own_shop: str) -> None:
    for statement in (
        "update segments.segment_summary set slug = 'gold', segment = 'Gold' where slug = :slug and scheme = 'kmeans'",
        "update segments.customer_segment set kmeans = 'gold' where kmeans = :slug",
        """update segments.model
        set segment_of_cluster = cast(replace(cast(segment_of_cluster as text), :slug, 'gold') as jsonb)""",
    ):
        change(own_shop, statement, slug="super-vip-champions")
    async with asking(own_shop) as client:
        answer = await explanation(client, "B02")
    assert (answer["segment"], answer["explanation"]["rule"]) == ("Gold", None)


async def test_a_model_whose_medians_were_not_kept_is_explained_without_its_rule(own_shop: str) -> None:
    change(own_shop, "update segments.model set cluster_medians = '{}'")
    async with asking(own_shop) as client:
        explained = (await explanation(client, "R01"))["explanation"]
    assert explained["rule"] is None
    assert explained["counterfactuals"]
