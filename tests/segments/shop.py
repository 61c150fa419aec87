"""A small shop in gold: customers of three kinds, and trainings on them."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, insert, literal, select, text

from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.retrain import retrain
from app.segments.revisions import Revision, revision_of_day, revision_of_run
from app.segments.states import FORECASTS, states_at
from tests.conftest import NOW
from tests.loading import change, query

AS_OF = date(2026, 3, 1)


def customer(customer_id: str, recency: int, frequency: int, monetary: float) -> dict[str, Any]:
    """Return a row of gold with this recency on AS_OF."""
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
    """Insert customers into gold, or replace their rows."""
    with engine.begin() as connection:
        for row in customers:
            gone = text("delete from gold.customer_rfm where customer_id = :customer_id")
            connection.execute(gone, {"customer_id": row["customer_id"]})
            connection.execute(insert(customer_rfm).values(row))


def train(context: Context, as_of: date = AS_OF) -> UUID:
    """Train and publish a run; return its id."""
    run = Run(UUID(int=len(query(context.engine, "select from segments.model"))), "retrain")
    retrain(context, run, as_of)
    return run.run_id


def segments(engine: Engine) -> dict[str, tuple[Any, ...]]:
    """(as_of, recency, frequency, monetary, cluster, kmeans, rules, rfm, value) of each customer in the current run."""
    rows = query(
        engine,
        """select
            s.customer_id, greatest(s.as_of, c.as_of), greatest(s.as_of, c.as_of) - s.last_invoice_date, s.frequency,
            s.monetary, s.cluster, s.kmeans, s.rules, s.rfm, s.value
        from segments.customer_segment as s cross join segments.current_run as c""",
    )
    return {row[0]: row[1:] for row in rows}


def states(engine: Engine, revision: Revision | None) -> list[tuple[Any, ...]]:
    """Return what readers of a revision see of each customer, by id."""
    if revision is None:
        return []
    found = states_at(literal(revision.revision), literal(revision.scored_as_of), None)
    columns = [column for column in found.c if column.name not in {"revision", *FORECASTS}]
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(found.c.customer_id))]


def states_of_run(engine: Engine, run_id: UUID) -> list[tuple[Any, ...]]:
    """Return what readers of a run see of each customer, by id."""
    with engine.connect() as connection:
        return states(engine, revision_of_run(connection, run_id))


def states_on(engine: Engine, day: date) -> list[tuple[Any, ...]]:
    """Return what readers of a day see of each customer, by id."""
    with engine.connect() as connection:
        return states(engine, revision_of_day(connection, day))


STATE = """frequency, monetary, returned, country, cluster, kmeans, rules, rfm, value, first_invoice_date,
    kmeans_since, rules_since, rfm_since, value_since, updated_at"""
REVISIONS = (
    """
    insert into segments.revision (run_id, kind, as_of, scored_as_of, created_at)
    select run_id, 'published', as_of, as_of, trained_at from segments.model order by as_of
    """,
    "update segments.current_run set revision = (select max(revision) from segments.revision)",
    "update segments.customer_segment set revision = (select max(revision) from segments.revision)",
    "delete from segments.revision where revision = (select min(revision) from segments.revision)",
    f"""
    insert into segments.customer_segment_history
        (customer_id, revision, until_revision, as_of, last_invoice_date, {STATE})
    select s.customer_id, r.revision, r.revision + 1, r.as_of, r.as_of - (s.as_of - s.last_invoice_date), {STATE}
    from segments.customer_segment as s inner join segments.revision as r on r.revision < s.revision
    """,  # noqa: S608
)


def copy_run(engine: Engine, days: int) -> None:
    """Copy the run of AS_OF, as if it had been published on each of the days before and had moved everybody."""
    columns = {
        "model": "as_of, trained_at, customers, features, seed, k, k_scores, scaler, centroids, fences, medians, "
        "segment_of_cluster, cluster_medians, versions, sha256, rfm_cuts",
        "artifact": "joblib",
        "cluster_summary": "cluster, segment, customers",
        "segment_summary": "scheme, slug, segment, tier, recommendation, position, customers",
    }
    run_id = "cast('00000000-0000-0000-0000-' || lpad(cast(age as text), 12, '0') as uuid)"
    shifted = {name: f"{name} - age * interval '1 day'" for name in ("as_of", "trained_at")}
    for table, names in columns.items():
        values = ", ".join(shifted.get(name, name) for name in names.split(", "))
        change(
            engine,
            f"insert into segments.{table} (run_id, {names}) select {run_id}, {values} "  # noqa: S608
            f"from segments.{table} cross join generate_series({days}, 1, -1) as age where run_id = '{UUID(int=0)}' "
            "order by age desc",
        )
    change(engine, *REVISIONS)
