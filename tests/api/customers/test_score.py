"""What if: features or transactions in, segments out, and nothing is stored."""

from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.source.folder import FolderSource
from tests.api.sales import DAYS
from tests.loading import only, query

pytestmark = pytest.mark.anyio
FEATURES = {"recency": 2, "frequency": 4, "monetary": "439.80"}


def line(**given: Any) -> dict[str, Any]:
    sale = {"invoice_no": "536365", "invoice_date": "2026-02-27", "stock_code": "22411", "quantity": 2}
    return {**sale, "unit_price": "10.00", **given}


async def ask(client: AsyncClient, body: Any) -> Response:
    return await client.post("/v1/score", json=body)


async def scored(client: AsyncClient, *lines: dict[str, Any], **given: Any) -> dict[str, Any]:
    answer = await ask(client, {"transactions": lines, **given} if lines else given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def features(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("recency", "frequency", "monetary")}


# --- by features


@pytest.mark.parametrize("customer_id", ["R01", "R11", "B02", "O03"])
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_features_of_a_customer_earn_his_segments(client: AsyncClient, customer_id: str, scheme: str) -> None:
    customer = (await client.get(f"/v1/customers/{customer_id}?scheme={scheme}")).json()
    body = await scored(client, **features(customer))
    found = body["segments"][scheme]
    assert {name: found[name] for name in ("segment", "tier", "recommendation")}.items() <= customer.items()
    assert body["cluster"] == customer["cluster"]


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_explanation_is_that_of_a_customer_like_him(client: AsyncClient, scheme: str) -> None:
    like = (await client.get(f"/v1/customers/O03/explanation?scheme={scheme}")).json()
    body = await scored(client, **features(like), scheme=scheme)
    assert (body["scheme"], body["explanation"]) == (scheme, like["explanation"])


@pytest.mark.parametrize(("tenure", "status"), [(10, 409), (50, 200)])
async def test_a_last_purchase_before_the_first_is_impossible(client: AsyncClient, tenure: int, status: int) -> None:
    given = {"recency": 50, "frequency": 2, "monetary": "600.00", "tenure": tenure}
    assert (await client.post("/v1/score", json=given)).status_code == status


async def test_the_answer_is_of_the_current_run(client: AsyncClient) -> None:
    body = await scored(client, **FEATURES)
    served = (await client.get("/v1/models/current")).json()
    fresh = ("as_of", "data_through", "run_id", "quality", "currency")
    assert {name: body[name] for name in fresh} == {name: served[name] for name in fresh}


@pytest.mark.parametrize(
    "extreme",
    [
        {"recency": 0, "frequency": 1, "monetary": "0"},
        {"recency": 36_500, "frequency": 2**31 - 1, "monetary": "999999999999.99"},
        {"recency": 36_500, "frequency": 1, "monetary": "0.01"},
    ],
)
@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_valid_requests_are_answered(client: AsyncClient, extreme: dict[str, Any], scheme: str) -> None:
    assert (await scored(client, **extreme, scheme=scheme))["recency"] == extreme["recency"]


async def test_a_whole_number_may_have_a_point(client: AsyncClient) -> None:
    body = await scored(client, recency=2.0, frequency=4.0, monetary="439.80")
    assert (body["recency"], body["frequency"]) == (2, 4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recency", -1),
        ("recency", 36_501),
        ("recency", "2"),
        ("recency", 2.5),
        ("recency", True),
        ("recency", None),
        ("frequency", 0),
        ("frequency", 2**31),
        ("frequency", 10**400),
        ("monetary", "-1"),
        ("monetary", "NaN"),
        ("monetary", "Infinity"),
        ("monetary", "1e3"),
        ("monetary", "1.234"),
        ("monetary", "1000000000000"),
        ("monetary", "٣"),
        ("monetary", 12.5),
        ("scheme", "dice"),
        ("more", 1),
    ],
)
async def test_a_malformed_feature_is_named(client: AsyncClient, field: str, value: Any) -> None:
    answer = await ask(client, {**FEATURES, field: value})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/{field}")


@pytest.mark.parametrize("body", [{}, [], None, 3, "x", {"recency": 1}, {**FEATURES, "as_of": "2026-03-01"}])
async def test_neither_features_nor_transactions_is_malformed(client: AsyncClient, body: Any) -> None:
    assert (await ask(client, body)).status_code == 422


async def test_features_and_transactions_together_are_malformed(client: AsyncClient) -> None:
    answer = await ask(client, {**FEATURES, "transactions": [line()]})
    assert {each["pointer"] for each in answer.json()["errors"]} == {"#/recency", "#/frequency", "#/monetary"}


# --- by transactions


async def test_transactions_add_up_to_the_three_features(client: AsyncClient) -> None:
    body = await scored(
        client,
        line(),
        line(stock_code="84029E", quantity=1, unit_price="2.555"),
        line(invoice_no="536999", invoice_date="2026-01-10", stock_code="PADS", unit_price="0"),
    )
    assert features(body) == {"recency": 2, "frequency": 2, "monetary": "22.56"}
    assert body["uncounted"] == []


async def test_the_sales_of_a_customer_make_that_customer(client: AsyncClient) -> None:
    customer = (await client.get("/v1/customers/R01")).json()
    sale = line(quantity=5, unit_price="21.99")
    sales = [{**sale, "invoice_no": f"{n}00001", "invoice_date": day} for n, day in enumerate(DAYS)]
    body = await scored(client, *sales)
    assert features(body) == features(customer)
    assert body["segments"]["kmeans"]["segment"] == customer["segment"]


async def test_recency_counts_to_the_day_that_is_given(client: AsyncClient) -> None:
    body = await scored(client, line(), as_of="2026-03-11")
    assert (body["recency"], body["as_of"]) == (12, "2026-03-11")


async def test_a_line_without_a_stock_code_is_a_product(client: AsyncClient) -> None:
    sale = line()
    del sale["stock_code"]
    assert (await scored(client, sale, line(stock_code=None)))["monetary"] == "40.00"


NOT_COUNTED: list[tuple[dict[str, Any], list[str]]] = [
    ({"invoice_no": "C536365"}, ["cancellation"]),
    ({"invoice_no": "c53636"}, ["cancellation"]),
    ({"invoice_no": "12345"}, ["valid_invoice_no"]),
    ({"invoice_no": "12345678"}, ["valid_invoice_no"]),
    ({"invoice_no": "      "}, ["valid_invoice_no"]),
    ({"stock_code": "POST"}, ["not_counted"]),
    ({"stock_code": "2241"}, ["not_counted"]),
    ({"stock_code": "22411 "}, ["not_counted"]),
    ({"stock_code": "22411é"}, ["not_counted"]),
    ({"stock_code": "pads"}, ["not_counted"]),
    ({"stock_code": "  "}, ["valid_stock_code", "not_counted"]),
    ({"quantity": 0}, ["valid_quantity"]),
    ({"quantity": -3}, ["valid_quantity"]),
    ({"unit_price": "-0.01"}, ["valid_unit_price"]),
    ({"unit_price": "-0.001"}, ["valid_unit_price"]),
    ({"unit_price": "99999999.995"}, ["valid_unit_price"]),
    ({"quantity": 2_000_000, "unit_price": "5000000"}, ["valid_total_price"]),
    ({"invoice_no": "C53636", "stock_code": "POST", "quantity": -1}, ["valid_quantity", "cancellation", "not_counted"]),
]
COUNTED: list[dict[str, Any]] = [
    {"invoice_no": "A12345"},
    {"invoice_no": "1234567"},
    {"invoice_no": "😀23456"},
    {"stock_code": "22411ABC"},
    {"stock_code": "PADS"},
    {"quantity": 2_147_483_647, "unit_price": "0.01"},
    {"unit_price": "0"},
    {"unit_price": "99999999.994"},
    {"unit_price": "0.005"},
]


@pytest.mark.parametrize(("given", "reasons"), NOT_COUNTED, ids=[str(given) for given, _ in NOT_COUNTED])
async def test_uncounted_lines_have_reasons(client: AsyncClient, given: dict[str, Any], reasons: list[str]) -> None:
    body = await scored(client, line(), line(**given))
    assert (features(body)["monetary"], body["uncounted"]) == ("20.00", [{"line": 1, "reasons": reasons}])


async def test_without_a_counted_line_no_customer_is_scored(client: AsyncClient) -> None:
    answer = await ask(client, {"transactions": [line(invoice_no="C53636"), line(stock_code="POST")]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "#/transactions")
    assert "cancellation, not_counted" in answer.json()["detail"]


async def test_the_pipeline_counts_what_the_score_counts(database_url: str, context: Context, tmp_path: Path) -> None:
    cases = [*COUNTED, *(given for given, _ in NOT_COUNTED)]
    lines = [line(**given) for given in cases]
    fields = ("invoice_no", "stock_code", "quantity", "unit_price", "invoice_date")
    rows = [",".join(f'"{sale[name]}"' for name in fields) + f",K{place:02}" for place, sale in enumerate(lines)]
    (tmp_path / "day.csv").write_text("\n".join(["Invoice,StockCode,Quantity,Price,InvoiceDate,CustomerID", *rows, ""]))
    with running(context.engine, "ingest") as run:
        ingest(context, only(context, FolderSource(tmp_path)), run)
    counted = dict(query(context.engine, "select customer_id, monetary from gold.customer_rfm"))
    assert sorted(counted) == [f"K{place:02}" for place in range(len(COUNTED))]


async def test_the_score_of_transactions_equals_gold(client: AsyncClient) -> None:
    worth = [(await scored(client, line(**given)))["monetary"] for given in COUNTED]
    assert worth == [
        *("20.00", "20.00", "20.00", "20.00", "20.00"),
        *("21474836.47", "0.00", "199999999.98", "0.02"),
    ]


async def test_a_date_behind_as_of_is_named(client: AsyncClient) -> None:
    answer = await ask(client, {"transactions": [line(), line(invoice_date="2026-03-02")]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "#/transactions/1/invoice_date")


@pytest.mark.parametrize("day", ["0001-01-01", "1926-01-01"])
async def test_a_date_of_another_century_is_named(client: AsyncClient, day: str) -> None:
    answer = await ask(client, {"transactions": [line(invoice_date=day)]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "#/transactions/0/invoice_date")


@pytest.mark.parametrize("as_of", ["0001-01-01", "9999-12-31"])
async def test_an_as_of_of_another_century_is_no_failure(client: AsyncClient, as_of: str) -> None:
    assert (await ask(client, {"transactions": [line()], "as_of": as_of})).status_code == 409


async def test_lines_that_add_up_to_too_much_are_refused(client: AsyncClient) -> None:
    answer = await ask(client, {"transactions": [line(quantity=9_999, unit_price="99999999")] * 2})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "#/transactions")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_date", "1/12/2010"),
        ("invoice_date", "20260227"),
        ("invoice_date", 1_700_000_000),
        ("invoice_date", "2026-02-30"),
        ("quantity", "2"),
        ("quantity", 2**31),
        ("unit_price", 2.5),
        ("unit_price", "2,50"),
        ("unit_price", "NaN"),
        ("invoice_no", 536365),
        ("invoice_no", "x" * 10_000),
        ("customer_id", "13085"),
    ],
)
async def test_a_malformed_line_is_named(client: AsyncClient, field: str, value: Any) -> None:
    answer = await ask(client, {"transactions": [line(), line(**{field: value})]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"#/transactions/1/{field}")


@pytest.mark.parametrize("strange", ["a\0b", "'; drop", '"', "\\", "\u2028", "😀😀😀😀😀😀"])
async def test_any_text_may_stand_in_a_line(client: AsyncClient, strange: str) -> None:
    body = await scored(client, line(), line(stock_code=strange), line(invoice_no=strange))
    assert len(body["uncounted"]) >= 1


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1_000, 200), (1_001, 422)])
async def test_up_to_a_thousand_lines_are_taken(client: AsyncClient, count: int, status: int) -> None:
    assert (await ask(client, {"transactions": [line()] * count})).status_code == status


async def test_nothing_is_stored(client: AsyncClient, shop: str) -> None:
    engine = make_engine(shop)
    counts = "select (select count(*) from gold.customer_invoice), (select count(*) from segments.customer_segment)"
    before = query(engine, counts)
    await scored(client, line())
    assert query(engine, counts) == before
    engine.dispose()


async def test_before_the_first_training_there_is_no_model(empty: AsyncClient) -> None:
    answers = [await ask(empty, FEATURES), await ask(empty, {"transactions": [line()]})]
    assert [each.json()["type"] for each in answers] == ["/problems/no-model"] * 2
