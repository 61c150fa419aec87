"""What if under other contracts: transactions are validated and added up as the rows of a file."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.source.folder import FolderSource
from tests.api.conftest import asking
from tests.contracts import written
from tests.loading import only, query

pytestmark = pytest.mark.anyio
DAY = "2026-02-27"
FREE: dict[str, Any] = {"logicalTypeOptions": {}}
RULE = {"name": "no_gifts", "type": "custom", "engine": "regulars", "implementation": "stock_code <> 'GIFT:a'"}


def line(**given: Any) -> dict[str, Any]:
    return {"invoice_no": "536365", "invoice_date": DAY, "quantity": 2, "unit_price": "10.00", **given}


async def ask(client: AsyncClient, *lines: dict[str, Any]) -> Response:
    return await client.post("/v1/score", json={"transactions": lines})


def numbers(body: dict[str, Any]) -> tuple[int, str, list[dict[str, Any]]]:
    return body["frequency"], body["monetary"], body["uncounted"]


def contract(folder: Path, kind: str) -> str:
    """A built-in contract by its name, or the default one with changes."""
    if kind == "net":
        return written(folder, columns={"quantity": FREE}, returns="net")
    if kind == "excluded":
        return written(folder, columns={"quantity": FREE})
    if kind == "rule":
        return written(folder, quality=[RULE], countsWhen="stock_code <> ':a'")
    return kind


SOLD = line(stock_code="22411")
CASES: list[tuple[str, list[dict[str, Any]], tuple[int, str, list[dict[str, Any]]]]] = [
    ("generic-sales", [line(invoice_no="#1001", stock_code="SKU-1")], (1, "20.00", [])),
    ("generic-sales", [line(quantity=0.35), line(invoice_no="7", quantity=1)], (2, "13.50", [])),
    ("generic-sales", [line(), line(invoice_no="8", quantity=-1)], (1, "10.00", [])),
    (
        "generic-sales",
        [line(line_total="7.50"), line(invoice_no="8", line_total="1.25", quantity=None)],
        (2, "8.75", []),
    ),
    ("generic-sales", [line(), line(invoice_no=" ")], (1, "20.00", [{"line": 1, "reasons": ["valid_invoice_no"]}])),
    ("net", [SOLD, {**SOLD, "invoice_no": "C53636", "quantity": -1}], (1, "10.00", [])),
    ("net", [SOLD, {**SOLD, "invoice_no": "C53636", "quantity": 1}], (1, "10.00", [])),
    (
        "net",
        [SOLD, {**SOLD, "stock_code": "POST", "quantity": -1}],
        (1, "20.00", [{"line": 1, "reasons": ["not_counted"]}]),
    ),
    ("excluded", [SOLD, {**SOLD, "quantity": -1}], (1, "20.00", [{"line": 1, "reasons": ["return"]}])),
    ("rule", [SOLD, {**SOLD, "stock_code": "GIFT:a"}], (1, "20.00", [{"line": 1, "reasons": ["no_gifts"]}])),
    ("rule", [SOLD, {**SOLD, "stock_code": ":a"}], (1, "20.00", [{"line": 1, "reasons": ["not_counted"]}])),
]


@pytest.mark.parametrize(("kind", "lines", "found"), CASES)
async def test_transactions_are_counted_by_the_contract(
    shop: str, tmp_path: Path, kind: str, lines: list[dict[str, Any]], found: tuple[int, str, list[dict[str, Any]]]
) -> None:
    async with asking(shop, contract=contract(tmp_path, kind)) as client:
        answer = await ask(client, *lines)
    assert (answer.status_code, numbers(answer.json())) == (200, found), answer.text


@pytest.mark.parametrize(("kind", "lines", "found"), CASES)
def test_the_pipeline_counts_them_alike(
    context: Context,
    tmp_path: Path,
    kind: str,
    lines: list[dict[str, Any]],
    found: tuple[int, str, list[dict[str, Any]]],
) -> None:
    settings = context.settings.model_copy(update={"contract": contract(tmp_path, kind), "max_quarantined_share": 1.0})
    (tmp_path / "what-if").mkdir()
    (tmp_path / "what-if" / "day.csv").write_text(as_file(lines))
    context = replace(context, settings=settings)
    with running(context.engine, "ingest") as run:
        ingest(context, only(context, FolderSource(tmp_path / "what-if")), run)
    gold = query(context.engine, "select frequency, cast(monetary as text) from gold.customer_rfm")
    assert gold == [found[:2]]


def as_file(lines: list[dict[str, Any]]) -> str:
    """The lines as a file of sales of one customer, with the columns that any of them has."""
    names = {"invoice_no": "Invoice", "invoice_date": "InvoiceDate", "quantity": "Quantity", "unit_price": "Price"}
    names |= {"stock_code": "StockCode", "line_total": "Line Total"}
    used = [name for name in names if any(name in each for each in lines)]
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([*(names[name] for name in used), "Customer ID"])
    out.writerows([*(each.get(name) for name in used), "K1"] for each in lines)
    return text.getvalue()


async def test_returns_of_all_the_money_are_named(shop: str, tmp_path: Path) -> None:
    async with asking(shop, contract=contract(tmp_path, "net")) as client:
        answer = await ask(client, SOLD, {**SOLD, "quantity": -2})
    assert (answer.status_code, "returns are at least as large as the sales" in answer.json()["detail"]) == (409, True)


async def test_columns_of_the_contract_are_validated(shop: str, tmp_path: Path) -> None:
    shopwide = written(tmp_path, columns={"channel": {}}, countsWhen="channel = 'web'")
    async with asking(shop, contract=shopwide) as client:
        body = (await ask(client, *(line(attributes={"channel": each}) for each in ("web", "till")), line())).json()
    assert numbers(body) == (1, "40.00", [{"line": 1, "reasons": ["not_counted"]}])


async def test_other_currencies_are_converted(shop: str, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,code,rate\n2026-01-01,EUR,0.85\n")
    rated = written(tmp_path, columns={"currency": {}}, currency={"code": "GBP", "rates": "rates.csv"})
    async with asking(shop, contract=rated) as client:
        body = (await ask(client, line(), line(currency="EUR"), line(currency="JPY"))).json()
    assert numbers(body) == (1, "37.00", [{"line": 2, "reasons": ["valid_currency"]}])


async def test_days_are_iso_whatever_the_files_write(shop: str, tmp_path: Path) -> None:
    german = written(tmp_path, columns={"invoice_date": {"logicalTypeOptions": {"format": "%d.%m.%Y"}}})
    async with asking(shop, contract=german) as client:
        body = (await ask(client, line(stock_code="22411"))).json()
    assert (body["recency"], body["uncounted"]) == (2, [])


@pytest.mark.parametrize(
    ("given", "pointer", "detail"),
    [
        ({"unit_price": None}, "#/transactions/0", "quantity and unit_price are missing"),
        ({"line_total": "1.00"}, "#/transactions/0/line_total", "declares no line_total"),
        ({"attributes": {"chanel": "web"}}, "#/transactions/0/attributes", "it declares no other columns"),
    ],
)
async def test_what_the_contract_does_not_know_is_named(
    client: AsyncClient, given: dict[str, Any], pointer: str, detail: str
) -> None:
    answer = await ask(client, line(**given))
    problem = answer.json()
    assert (answer.status_code, problem["errors"][0]["pointer"], detail in problem["detail"]) == (409, pointer, True)
