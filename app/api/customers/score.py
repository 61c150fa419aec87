"""Score of a customer or of transactions by the current model; nothing is stored."""

from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Select, null, select, true
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import SCHEMES, Reader, ReaderDependency, SchemeName
from app.api.core.freshness import FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, TOO_LARGE, UNREADABLE, Problem, quoted
from app.api.core.schemas import (
    Cluster,
    Currency,
    Frequency,
    Money,
    Recency,
    Recommendation,
    SegmentName,
    SegmentSlug,
    Tier,
    example,
)
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, read_snapshot
from app.api.customers.current_model import MODEL_COLUMNS, CurrentModel
from app.api.customers.explanation_schemas import Explained, explained, explained_band
from app.api.customers.problems import IMPOSSIBLE_SALES
from app.api.customers.score_example import SCORE_EXAMPLE
from app.api.customers.score_schemas import ScoredFeatures, ScoredSales, ScoreRequest
from app.contract.model import Contract
from app.gold.score_lines import scored_lines, scored_values
from app.segments.model.customer import MAX_CENTS, MAX_RECENCY, CustomerFeatures
from app.segments.registry_tables import model
from app.settings import Settings

router = APIRouter(prefix="/v1/score", tags=["customers"])
MAX_SCORE_BYTES: Final = 512 * 1024
MAX_MONETARY: Final = Decimal(MAX_CENTS).scaleb(-2)


class ScoredSegment(BaseModel):
    """A segment and its recommendation."""

    segment: SegmentName
    slug: SegmentSlug
    tier: Tier
    recommendation: Recommendation


class SegmentsByScheme(BaseModel):
    """The segments of all schemes."""

    kmeans: ScoredSegment
    rules: ScoredSegment
    rfm: ScoredSegment
    value: Annotated[
        ScoredSegment | None, Field(description="Null without a forecast or the days since the first sale.")
    ]


class UncountedTransaction(BaseModel):
    """A transaction that does not count."""

    line: Annotated[int, Field(description="Position in transactions, from 0.")]
    reasons: Annotated[
        list[str],
        Field(
            description="Failed expectations of the data contract; cancellation, return: excluded by "
            "this contract; not_counted: the contract's countsWhen does not hold.",
            examples=[["valid_quantity", "not_counted"]],
        ),
    ]


class Scored(BaseModel):
    """Features, the segment in each scheme, and the explanation of one."""

    recency: Recency
    frequency: Frequency
    monetary: Money
    currency: Currency
    cluster: Cluster
    segments: SegmentsByScheme
    value_reason: Annotated[str | None, Field(description="Why there is no value band, else null.")]
    uncounted: Annotated[
        list[UncountedTransaction], Field(description="Transactions that do not count, with the reasons.")
    ]
    scheme: Annotated[SchemeName, Field(description="Scheme of the explanation.")]
    explanation: Explained


class Score(Freshness, Scored):
    """Features, the segment in each scheme, and the explanation of one, with freshness."""

    model_config = example({**SCORE_EXAMPLE, **FRESHNESS_EXAMPLE})


_current_run_with_model: Final = CURRENT.head.outerjoin(model, model.c.run_id == CURRENT.head.c.answer_run_id)
SCORE_FEATURES_QUERY: Final = select(CURRENT.head, *MODEL_COLUMNS, null().label("uncounted")).select_from(
    _current_run_with_model
)


@cache
def _score_sales_query(contract: Contract) -> Select[Any]:
    lines = scored_lines(contract)
    return select(CURRENT.head, *MODEL_COLUMNS, lines).select_from(_current_run_with_model.join(lines, true()))


@router.post(
    "",
    summary="Score a customer or transactions",
    max_body_size=MAX_SCORE_BYTES,
    responses=problems(UNREADABLE, IMPOSSIBLE_SALES, TOO_LARGE, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def score_customer(reader: ReaderDependency, body: ScoreRequest) -> Score:
    """Score a customer, existing or not, by `recency`, `frequency` and `monetary` or by up to 1,000 `transactions`,
    with the current model and the rules of the data contract. Nothing is stored.

    Send all transactions of the customer. Those that do not count are returned in `uncounted`.
    """
    request = body.root
    if isinstance(request, ScoredSales):
        row, as_of, customer = await _read_sales(reader, request)
        tenure = (as_of - row.first_invoice_date).days
    else:
        if request.tenure is not None and request.tenure < request.recency:
            raise _impossible("/tenure", "the first purchase is after the last one: send a tenure of at least recency")
        row, as_of, customer = await _read_features(reader, request)
        tenure = request.tenure
    scored = await run_in_threadpool(_scored, row, request.scheme, customer, tenure, reader.settings)
    return Score.model_validate(
        {**scored, "uncounted": row.uncounted or [], **reader.freshness_fields(row, as_of=as_of)}
    )


async def _read_features(reader: Reader, request: ScoredFeatures) -> tuple[Any, date, CustomerFeatures]:
    row: Any = (await read_snapshot(reader, SCORE_FEATURES_QUERY, {}, None))[0]
    return row, row.answer_as_of, CustomerFeatures(request.recency, request.frequency, Decimal(request.monetary))


async def _read_sales(reader: Reader, request: ScoredSales) -> tuple[Any, date, CustomerFeatures]:
    contract = reader.contract
    _check_columns(contract, request)
    lines = [line.model_dump(mode="json") for line in request.transactions]
    row: Any = (await read_snapshot(reader, _score_sales_query(contract), scored_values(contract, lines), None))[0]
    as_of = request.as_of or row.answer_as_of
    _check_days(request, as_of)
    if row.last_invoice_date is None:
        reasons = sorted({reason for line in row.uncounted for reason in line["reasons"]})
        raise _impossible("/transactions", f"no transaction counts ({', '.join(reasons)})")
    if row.returned and row.monetary <= 0:
        raise _impossible(
            "/transactions", "returns are at least as large as the sales, and such a customer has no segment"
        )
    if row.monetary > MAX_MONETARY:
        raise _impossible("/transactions", f"the sum is more than {MAX_MONETARY}")
    return row, as_of, CustomerFeatures((as_of - row.last_invoice_date).days, row.frequency, row.monetary)


def _check_columns(contract: Contract, request: ScoredSales) -> None:
    """Raise Problem for a line with other columns than the contract's, or without money."""
    others = [column.name for column in contract.columns if not column.is_known]
    has_total = contract.column("line_total") is not None
    needed = "line_total, or quantity and unit_price" if has_total else "quantity and unit_price"
    for position, line in enumerate(request.transactions):
        pointer = f"/transactions/{position}"
        for name in (name for name in line.attributes if name not in others):
            known = f"it declares {', '.join(others)}" if others else "it declares no other columns"
            raise _impossible(f"{pointer}/attributes", f"{quoted(name)} is not a column of the data contract; {known}")
        if line.line_total is not None and not has_total:
            raise _impossible(f"{pointer}/line_total", "the data contract declares no line_total")
        if not line.has_money():
            raise _impossible(pointer, f"{needed} are missing")


def _check_days(request: ScoredSales, as_of: date) -> None:
    for position, line in enumerate(request.transactions):
        pointer = f"/transactions/{position}/invoice_date"
        if line.invoice_date > as_of:
            raise _impossible(pointer, f"{line.invoice_date} is after as_of, {as_of}")
        if (as_of - line.invoice_date).days > MAX_RECENCY:
            raise _impossible(pointer, f"{line.invoice_date} is more than {MAX_RECENCY:,} days before as_of, {as_of}")


def _impossible(pointer: str, detail: str) -> Problem:
    return Problem(
        IMPOSSIBLE_SALES, f"body #{pointer}: {detail}", errors=[{"detail": detail, "pointer": f"#{pointer}"}]
    )


def _scored(
    row: Any, scheme: SchemeName, customer: CustomerFeatures, tenure: int | None, settings: Settings
) -> dict[str, Any]:
    current = CurrentModel.from_row(row)
    slugs = {each: current.slug(each, customer) for each in SCHEMES if each != "value"}
    segments: dict[str, Any] = {each: asdict(current.segments[each, slug]) for each, slug in slugs.items()}
    spend, wording = current.expected_spend(customer, tenure), current.wording(scheme, settings.currency)
    band = None if spend is None else current.explain_band(customer, spend)
    if band is not None:
        segments["value"] = asdict(current.segments["value", band.slug])
    is_value = scheme == "value"
    return {
        "recency": customer.recency,
        "frequency": customer.frequency,
        "monetary": customer.monetary,
        "currency": settings.currency,
        "cluster": int(current.scorer.predict([customer.rfm])[0]),
        "segments": {"value": None}
        | {each: {**segment, "segment": segment["name"]} for each, segment in segments.items()},
        "value_reason": current.why_no_band() if band is None else None,
        "scheme": scheme,
        "explanation": explained_band(current, customer, wording, spend)
        if is_value
        else explained(current, scheme, customer, wording),
    }
