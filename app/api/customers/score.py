"""What if: the segment of a customer who need not exist, by the served model."""

import json
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Date, Integer, Numeric, column, null, select, true
from sqlalchemy.dialects.postgresql import JSONB
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import SCHEMES, Reader, Reads, SchemeName
from app.api.core.freshness import EXAMPLE, Fresh
from app.api.core.openapi import problems
from app.api.core.problems import INVALID, NO_MODEL, TOO_LARGE, UNREADABLE, Problem
from app.api.core.schemas import Cluster, Currency, Frequency, Money, Recency, Recommendation, Tier, example
from app.api.core.scopes import requires_scope
from app.api.core.snapshots import CURRENT, read_snapshot
from app.api.customers.explanation_schemas import Explained, explained
from app.api.customers.problems import IMPOSSIBLE_SALES
from app.api.customers.score_example import SCORE_EXAMPLE
from app.api.customers.score_schemas import ScoredFeatures, ScoredSales, ScoreRequest
from app.api.customers.served_model import COLUMNS, ServedModel
from app.db.sql import named
from app.segments.model.customer import MOST_CENTS, MOST_RECENCY, Customer
from app.segments.tables import model

router = APIRouter(prefix="/v1/score", tags=["customers"])
LARGEST_SCORE: Final = 512 * 1024
MOST_MONETARY: Final = Decimal(MOST_CENTS).scaleb(-2)
Reason = Literal[
    "valid_invoice_no",
    "valid_stock_code",
    "valid_quantity",
    "valid_unit_price",
    "valid_total_price",
    "cancellation",
    "no_product",
]


class Placed(BaseModel):
    """The segment that a scheme gives, and what to do about it."""

    segment: str
    slug: str
    tier: Tier
    recommendation: Recommendation


class BothSchemes(BaseModel):
    """The segment by each scheme."""

    kmeans: Placed
    rules: Placed


class Uncounted(BaseModel):
    """A line that does not count."""

    line: Annotated[int, Field(description="Its place in transactions, from 0.")]
    reasons: Annotated[
        list[Reason],
        Field(
            description="Expectations of the data contract that it fails; cancellation; no_product, by its stock code."
        ),
    ]


class Scored(BaseModel):
    """The features of a what-if, the segments they earn, and why."""

    recency: Recency
    frequency: Frequency
    monetary: Money
    currency: Currency
    cluster: Cluster
    segments: BothSchemes
    uncounted: Annotated[list[Uncounted], Field(description="Transactions that do not count, and why.")]
    scheme: Annotated[SchemeName, Field(description="The one that is explained.")]
    explanation: Explained


class Score(Fresh, Scored):
    """The features of a what-if, the segments they earn, and why."""

    model_config = example({**SCORE_EXAMPLE, **EXAMPLE})


_trained: Final = CURRENT.head.outerjoin(model, model.c.run_id == CURRENT.head.c.served_run_id)
_lines: Final = (
    named("app.gold", "count_lines")
    .columns(
        column("frequency", Integer),
        column("monetary", Numeric),
        column("last_invoice_date", Date),
        column("uncounted", JSONB),
    )
    .subquery("lines")
)
FEATURES: Final = select(CURRENT.head, *COLUMNS, null().label("uncounted")).select_from(_trained)
SALES: Final = select(CURRENT.head, *COLUMNS, _lines).select_from(_trained.join(_lines, true()))


@router.post(
    "",
    summary="What if",
    max_body_size=LARGEST_SCORE,
    responses=problems(UNREADABLE, IMPOSSIBLE_SALES, TOO_LARGE, INVALID, NO_MODEL),
)
@requires_scope("customers:read")
async def score_customer(reader: Reads, wanted: ScoreRequest) -> Score:
    """The segments of a customer who need not exist, from `recency`, `frequency` and `monetary` or from up to 1,000
    `transactions`, by the served model and the rules of the data contract. Nothing is stored.

    All of a customer's transactions are needed: what is not sent did not happen. Lines that do not count are answered
    in `uncounted`.
    """
    given = wanted.root
    if isinstance(given, ScoredSales):
        row, as_of, whom = await _read_sales(reader, given)
    else:
        row, as_of, whom = await _read_features(reader, given)
    said = await run_in_threadpool(_scored, row, given.scheme, whom, reader.settings.currency)
    return Score.model_validate({**said, "uncounted": row.uncounted or [], **reader.fresh(row, as_of=as_of)})


async def _read_features(reader: Reader, given: ScoredFeatures) -> tuple[Any, date, Customer]:
    row: Any = (await read_snapshot(reader, FEATURES, {}, None))[0]
    return row, row.served_as_of, Customer(given.recency, given.frequency, Decimal(given.monetary))


async def _read_sales(reader: Reader, given: ScoredSales) -> tuple[Any, date, Customer]:
    lines = [{"place": place, **line.model_dump(mode="json")} for place, line in enumerate(given.transactions)]
    row: Any = (await read_snapshot(reader, SALES, {"lines": json.dumps(lines)}, None))[0]
    as_of = given.as_of or row.served_as_of
    _check_days(given, as_of)
    if row.last_invoice_date is None:
        reasons = sorted({reason for line in row.uncounted for reason in line["reasons"]})
        raise _impossible("/transactions", f"no line counts ({', '.join(reasons)}), so there is no customer")
    if row.monetary > MOST_MONETARY:
        raise _impossible("/transactions", f"they add up to more than {MOST_MONETARY}")
    return row, as_of, Customer((as_of - row.last_invoice_date).days, row.frequency, row.monetary)


def _check_days(given: ScoredSales, as_of: date) -> None:
    for place, line in enumerate(given.transactions):
        pointer = f"/transactions/{place}/invoice_date"
        if line.invoice_date > as_of:
            raise _impossible(pointer, f"{line.invoice_date} is after as_of, {as_of}")
        if (as_of - line.invoice_date).days > MOST_RECENCY:
            raise _impossible(pointer, f"{line.invoice_date} is more than {MOST_RECENCY:,} days before as_of, {as_of}")


def _impossible(pointer: str, detail: str) -> Problem:
    return Problem(
        IMPOSSIBLE_SALES, f"body #{pointer}: {detail}", errors=[{"detail": detail, "pointer": f"#{pointer}"}]
    )


def _scored(row: Any, scheme: SchemeName, customer: Customer, currency: str) -> dict[str, Any]:
    trained = ServedModel.of(row)
    segments = {each: asdict(trained.segments[each, trained.slug(each, customer)]) for each in SCHEMES}
    return {
        "recency": customer.recency,
        "frequency": customer.frequency,
        "monetary": customer.monetary,
        "currency": currency,
        "cluster": int(trained.scorer.predict([customer.rfm])[0]),
        "segments": {each: {**segment, "segment": segment["name"]} for each, segment in segments.items()},
        "scheme": scheme,
        "explanation": explained(trained, scheme, customer, currency),
    }
