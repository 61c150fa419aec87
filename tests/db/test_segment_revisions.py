"""Migration of the customers of runs to states by revision, of a database of the version before."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import numpy as np
import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text

from app.db.engine import make_engine
from app.db.migrate import migration_config
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import SegmentTable
from app.segments.summaries import write_summaries
from tests.loading import query
from tests.postgres import fresh_database
from tests.segments.shop import states_of_run, states_on

SQL = Path(__file__).resolve().parents[2] / "migrations" / "sql"
FIRST: Final = date(2026, 3, 1)
DAYS: Final = [FIRST + timedelta(days=age) for age in range(8)]
RUNS: Final = [UUID(int=number) for number in (1, 2, 3)]
COLUMNS: Final = """customer_id, as_of, first_invoice_date, as_of - recency as last_invoice_date, frequency, monetary,
    returned, country, cluster, kmeans, rules, null as rfm, null as value,
    kmeans_since, rules_since, null as rfm_since, null as value_since, updated_at,
    recency"""
STATES_OF_DAY: Final = f"""
    with run as (
        select run_id from segments.publication_log where as_of <= :day order by publication_no desc limit 1
    )
    select {COLUMNS} from segments.customer_segment inner join run using (run_id) where as_of <= :day
    union all
    select {COLUMNS} from segments.customer_segment_history inner join run using (run_id)
    where as_of <= :day and until > :day
    order by customer_id
"""  # noqa: S608
STATES_OF_RUN: Final = f"select {COLUMNS} from segments.customer_segment where run_id = :run_id order by customer_id"  # noqa: S608
REGISTRY: Final = (
    """
    insert into segments.model
        (run_id, as_of, trained_at, customers, features, seed, k, k_scores, scaler, centroids, fences, medians,
         segment_of_cluster, versions, sha256)
    select
        :run_id, :day, :day, 3, '{}', 1, 2, '{}', '{}', '{}', '{}',
        jsonb_build_object('recency', 9, 'frequency', 2, 'monetary', 50), '{}', '{}', ''
    """,
    """
    insert into segments.segment_summary (run_id, scheme, slug, segment, tier, recommendation, position)
    select :run_id, scheme, slug, slug, 'Growth', '{}', 1
    from unnest(array['kmeans', 'rules']) as scheme cross join unnest(array['high', 'low']) as slug
    """,
    """
    insert into segments.publication_log (run_id, as_of, published_at)
    select :run_id, :day, :day
    """,
)
STATE: Final = """run_id, customer_id, as_of, recency, frequency, monetary, returned, country, cluster, kmeans, rules,
    first_invoice_date, kmeans_since, rules_since, updated_at"""
LEAVE: Final = f"""
    with gone as (
        delete from segments.customer_segment where run_id = :run_id and customer_id = :customer_id returning *
    )
    insert into segments.customer_segment_history ({STATE}, until) select {STATE}, :day from gone
"""  # noqa: S608
WRITE: Final = f"""
    insert into segments.customer_segment ({STATE})
    values (
        :run_id, :customer_id, :day, :recency, 2, :monetary, 0, 'France', :cluster, :slug, :slug, '2025-01-01', :day,
        :day, :day
    )
"""  # noqa: S608
CURRENT: Final = (
    "insert into segments.current_run (singleton, run_id, as_of, published_at) values (true, :run_id, :day, :day)"
)


class FormerVersion:
    """Writer of runs and customers, as the version before wrote them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def execute(self, statement: str, run: int, day: int, **values: Any) -> None:
        self.connection.execute(text(statement), {"run_id": RUNS[run], "day": DAYS[day], **values})

    def publish(self, run: int, day: int, customers: str) -> None:
        for statement in REGISTRY:
            self.execute(statement, run, day)
        for customer_id in customers:
            self.write(run, day, customer_id, 10 * run + day)

    def write(self, run: int, day: int, customer_id: str, monetary: int, slug: str = "low") -> None:
        """Write a customer's state in place of the one before, which is copied to the history."""
        self.leave(run, day, customer_id)
        values = {"recency": 3 + day, "monetary": monetary, "slug": slug, "cluster": int(slug == "high")}
        self.execute(WRITE, run, day, customer_id=customer_id, **values)

    def leave(self, run: int, day: int, customer_id: str) -> None:
        """Delete a customer who is no longer segmented."""
        self.execute(LEAVE, run, day, customer_id=customer_id)

    def fill(self) -> None:
        """Publish runs on days 0, 4 and 6, with assignments in between and customers who left."""
        self.publish(0, 0, "abc")
        self.write(0, 1, "b", 20, "high")
        self.leave(0, 2, "c")
        self.write(0, 2, "d", 5)
        self.publish(1, 4, "abd")
        self.write(1, 5, "c", 70)
        self.publish(2, 6, "abd")
        self.write(2, 7, "a", 90, "high")
        self.leave(2, 7, "b")
        self.execute(CURRENT, 2, 6)


def upgrade(connection: Connection, version: str) -> None:
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, version)


Migrated = tuple[Engine, dict[Any, list[tuple[Any, ...]]]]


@pytest.fixture(scope="module")
def migrated(postgres: str) -> Iterator[Migrated]:
    """A migrated database, and what readers of each day and each run saw before. Tests only read it."""
    with fresh_database(postgres, template="template0") as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            upgrade(connection, "0007")
            FormerVersion(connection).fill()
            for name in ("0003_distributions", "0003_segment_days"):
                connection.execute(text((SQL / f"{name}.sql").read_text(encoding="utf-8")))
        before: dict[Any, Any] = {day: query(engine, STATES_OF_DAY, day=day) for day in DAYS}
        before |= {run: query(engine, STATES_OF_RUN, run_id=run) for run in RUNS}
        with engine.begin() as connection:
            upgrade(connection, "head")
        yield engine, before
        engine.dispose()


@pytest.mark.parametrize("day", DAYS)
def test_a_day_has_the_states_it_had_before(migrated: Migrated, day: date) -> None:
    engine, before = migrated
    assert states_on(engine, day) == before[day] != []


@pytest.mark.parametrize("run", RUNS)
def test_a_run_has_the_customers_it_had_before(migrated: Migrated, run: UUID) -> None:
    engine, before = migrated
    assert states_of_run(engine, run) == before[run] != []


def test_each_publication_and_each_later_day_of_a_run_is_a_revision(migrated: Migrated) -> None:
    found = query(migrated[0], "select kind, as_of, scored_as_of from segments.revision order by revision")
    assert found == [
        ("published", DAYS[0], DAYS[0]),
        ("assigned", DAYS[1], DAYS[0]),
        ("assigned", DAYS[2], DAYS[0]),
        ("published", DAYS[4], DAYS[4]),
        ("assigned", DAYS[5], DAYS[4]),
        ("published", DAYS[6], DAYS[6]),
        ("assigned", DAYS[7], DAYS[6]),
    ]


def test_the_current_run_has_the_newest_revision(migrated: Migrated) -> None:
    newest = "select revision = (select max(revision) from segments.revision) from segments.current_run"
    assert query(migrated[0], newest) == [(True,)]


def test_distributions_that_a_migration_stored_are_those_of_the_states(migrated: Migrated) -> None:
    stored = "select * from segments.distribution order by kind, name, feature"
    engine = migrated[0]
    before = query(engine, stored)
    with engine.connect() as connection:
        write_summaries(connection, RUNS[2], SegmentTable.load())
        after = [tuple(row) for row in connection.execute(text(stored))]
    assert after == before != []


def test_segments_of_days_that_a_migration_stored_are_those_of_the_states(migrated: Migrated) -> None:
    engine, before = migrated
    stored = "select as_of, slug, customers, revenue from segments.segment_day where scheme = 'rules' order by 1, 2"
    days = [day for day in DAYS if day != DAYS[3]]
    counted = [
        (day, slug, len(money), sum(money))
        for day in days
        for slug in ("high", "low")
        if (money := [row[5] for row in before[day] if row[10] == slug])
    ]
    assert query(engine, stored) == counted


def test_every_run_has_the_quintiles_of_the_customers_as_cut_points(migrated: Migrated) -> None:
    engine = migrated[0]
    states = query(
        engine,
        """select greatest(s.as_of, c.as_of) - s.last_invoice_date, s.frequency, s.monetary
        from segments.customer_segment as s cross join segments.current_run as c""",
    )
    cuts = RFMScores.by_quantiles(np.array(states, dtype=np.float64)).to_json()
    stored = query(engine, "select rfm_cuts from segments.model")
    assert stored == [({name: pytest.approx(points) for name, points in cuts.items()},)] * len(RUNS)
