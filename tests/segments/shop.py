"""A small shop in gold: customers of three kinds, and a training on them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, text

from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import retrain
from tests.conftest import NOW
from tests.loading import query

AS_OF = date(2026, 3, 1)


def customer(customer_id: str, recency: int, frequency: int, monetary: float) -> dict[str, Any]:
    """A row of gold, whose recency is that on AS_OF."""
    last = AS_OF - timedelta(days=recency)
    dates = {"first_invoice_date": last, "last_invoice_date": last, "updated_at": NOW}
    return {"customer_id": customer_id, **dates, "frequency": frequency, "monetary": monetary, "country": "France"}


SHOP = [
    *(customer(f"often {n:02}", 1 + n % 3, 8 + n % 3, 500.25 + n) for n in range(20)),
    *(customer(f"seldom {n:02}", 40 + n % 5, 2 + n % 2, 80.5 + n) for n in range(20)),
    *(customer(f"gone {n:02}", 90 + n % 7, 1 + n % 2, 30 + n) for n in range(20)),
    customer("whale", 2, 9, 99_000),
]


def stock(engine: Engine, *customers: dict[str, Any]) -> None:
    """Put customers into gold, over the rows they have."""
    with engine.begin() as connection:
        for row in customers:
            gone = text("delete from gold.customer_rfm where customer_id = :customer_id")
            connection.execute(gone, {"customer_id": row["customer_id"]})
            connection.execute(insert(customer_rfm).values(row))


def train(context: Context, as_of: date = AS_OF) -> UUID:
    """The id of a run that is trained and served."""
    run = Run(UUID(int=len(query(context.engine, "select from segments.model"))), "retrain")
    retrain(context, run, as_of)
    return run.run_id


def segments(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """(as_of, recency, frequency, monetary, cluster, kmeans, rules) of each customer in the run that is served."""
    rows = query(
        engine,
        """select s.customer_id, s.as_of, s.recency, s.frequency, s.monetary, s.cluster, s.kmeans, s.rules
        from segments.customer_segment as s inner join segments.current_run using (run_id)""",
    )
    return {row[0]: row[1:] for row in rows}
