"""Assignment of customers to segments by the model of a run: in training runs, in rescores, and after loads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, update

from app.db.sql import named
from app.gold.lock import lock_gold
from app.segments.assignments import Assignments, write_customers
from app.segments.changes import changes_of, write_changes
from app.segments.custom.evaluate import evaluate_segments
from app.segments.forecasts import ForecastWriter, summarise_forecasts
from app.segments.model.clv.value import HORIZON_DAYS, Forecast
from app.segments.model.schemes import SCHEMES
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable, Slugs
from app.segments.overlap import prepare_and_write
from app.segments.publish import current_run_id
from app.segments.registry import by_cluster, read_scorer, read_window
from app.segments.registry_tables import model
from app.segments.revisions import open_revision, show_revision
from app.segments.rfm import CustomerBatch, read_customers
from app.segments.scheme_columns import BY_SPEND, CLUSTERED
from app.segments.summaries import record_day, write_segment_table, write_summaries
from app.segments.tables import RevisionKind
from app.segments.value_edges import EdgesFit
from app.segments.window import on_customers


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """Outcome of an assignment.

    Attributes:
        customers: number of customers assigned.
        first_change: lowest change_id of the recorded changes, None without changes.
    """

    customers: int = 0
    first_change: int | None = None


def assign(connection: Connection, as_of: date, segment_table: SegmentTable, now: datetime) -> AssignmentResult:
    """Assign the customers with gold rows changed since their last assignment, by the current run's model.

    Does nothing before the first training run. Takes the lock of gold.
    """
    lock_gold(connection)  # gold as read here is gold as written below
    run_id = current_run_id(connection)
    if run_id is None:
        return AssignmentResult()
    window_days = read_window(connection, run_id)
    batches = read_customers(connection, as_of, is_changed_only=True, window_days=window_days)
    first = next(batches, None)
    departed_exist = on_customers("departed_exist", window_days, is_changed_only=True)
    if first is None and not connection.execute(departed_exist, {"as_of": as_of}).scalar_one():
        return AssignmentResult()
    forecasts = ForecastWriter.of_some(connection, run_id, as_of)
    assigner = Assigner(connection, run_id, "assigned", segment_table, now, forecasts)
    return assigner.assign(chain(() if first is None else (first,), batches))


def rescore(
    connection: Connection,
    as_of: date,
    segment_table: SegmentTable,
    now: datetime,
    forecast_days: int = HORIZON_DAYS,
    *,
    is_refit: bool = False,
) -> AssignmentResult:
    """Assign all customers as of a day by the current run's model, and write those who changed, and all forecasts.

    Does nothing before the first training run. Takes the lock of gold. `is_refit`: measure the edges of value bands
    anew.
    """
    if current_run_id(connection) is None:
        return AssignmentResult()
    lock_gold(connection)
    run_id = current_run_id(connection)  # another one may have been published while this waited
    if run_id is None:
        return AssignmentResult()
    forecasts = ForecastWriter.of_all(connection, run_id, as_of, forecast_days)
    assigner = Assigner(connection, run_id, "rescored", segment_table, now, forecasts, is_refit=is_refit)
    return assigner.assign(read_customers(connection, as_of, window_days=assigner.window_days))


def assign_all(
    connection: Connection,
    run_id: UUID,
    *,
    previous_run_id: UUID | None,
    as_of: date,
    segment_table: SegmentTable,
    now: datetime,
    forecast_days: int = HORIZON_DAYS,
) -> AssignmentResult:
    """Assign all customers by the model of a new run, before it replaces the previous run.

    The caller holds the lock of gold.
    """
    previous = None if previous_run_id is None else read_scorer(connection, previous_run_id)
    forecasts = ForecastWriter.of_all(connection, run_id, as_of, forecast_days)
    assigner = Assigner(connection, run_id, "published", segment_table, now, forecasts, previous)
    return assigner.assign(read_customers(connection, as_of, window_days=assigner.window_days))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A batch as it is written.

    Attributes:
        customers: number of customers.
        changes: changes of segments, None without any.
        states: states that differ from the stored ones, None without any.
        forecasts: forecasts, None without any.
    """

    customers: int
    changes: dict[str, Any] | None
    states: dict[str, Any] | None
    forecasts: dict[str, Any] | None


class Assigner:
    """Writer of assignments by the model of a run, in batches of customers.

    Attributes:
        run_id: the run.
        kind: kind of the revision that is written.
        as_of: day for which recency is computed.
        window_days: look-back window of the run's features; None for all invoices.
    """

    def __init__(
        self,
        connection: Connection,
        run_id: UUID,
        kind: RevisionKind,
        segment_table: SegmentTable,
        now: datetime,
        forecasts: ForecastWriter,
        previous: Scorer | None = None,
        *,
        is_refit: bool = False,
    ) -> None:
        """Read the model; previous: that of the stored assignments, None if it is the same.

        `is_refit`: a person requested new edges of value bands.
        """
        self.run_id, self.kind, self.as_of = run_id, kind, forecasts.as_of
        self._connection, self._table, self._now, self._previous = connection, segment_table, now, previous
        self._forecasts, self._scorer = forecasts, read_scorer(connection, run_id)
        self._stored_names = self._scorer.segment_of_cluster
        self._is_refit = is_refit
        self.window_days = read_window(connection, run_id)

    def assign(self, batches: Iterator[CustomerBatch]) -> AssignmentResult:
        """Write the assignments that differ from the stored ones, the changes, forecasts, and summaries of the run."""
        connection, run_id = self._connection, self.run_id
        connection.execute(named(__package__, "use_one_process"))
        revision = open_revision(connection, run_id, self.kind, self.as_of, self._now)
        names = frozenset(self._scorer.segment_of_cluster.values())
        write_segment_table(connection, run_id, self._table, names)
        scorers = self._fit_edges(revision)
        customers, firsts = 0, []
        prepare, write = partial(self._prepare, scorers=scorers), partial(self._write, revision=revision)
        # Before the first publication there are no lookups that would wait for a core.
        is_first = self.kind == "published" and self._previous is None
        for count, first in prepare_and_write(batches, prepare, write, is_overlapped=is_first):
            customers += count
            firsts.append(first)
        self._store_names()
        is_changed_only = self.kind == "assigned"
        values = {"run_id": run_id, "as_of": self.as_of, "revision": revision}
        values["customers"] = None if is_changed_only else customers
        delete_departed = on_customers("delete_departed", self.window_days, is_changed_only=is_changed_only)
        departed = connection.execute(delete_departed, values).one()
        if self.kind == "published":
            connection.execute(named(__package__, "analyze_customers"))
        else:
            show_revision(connection, revision)
        write_summaries(connection, run_id, self._table)
        summarise_forecasts(connection, run_id)
        is_model_changed = any(scorer is not None for scorer in scorers.values())
        custom = evaluate_segments(connection, self.kind, self._now, is_model_changed=is_model_changed)
        record_day(connection, run_id, self.as_of)
        known = [first for first in (*firsts, departed.first_change, custom) if first is not None]
        return AssignmentResult(customers, min(known, default=None))

    def _fit_edges(self, revision: int) -> dict[str, Scorer | None]:
        """Fit the edges of value bands if it is needed; return the model of the stored assignments by scheme."""
        former: dict[str, Scorer | None] = dict.fromkeys(SCHEMES, self._previous)
        forecasts = self._forecasts
        if forecasts.model is None or self.kind == "assigned":
            return former
        fit = EdgesFit(self._connection, self.run_id, forecasts.model, forecasts.days, self.as_of)
        if (cause := fit.cause(is_requested=self._is_refit)) is not None:
            former[BY_SPEND] = self._previous or self._scorer
            self._scorer = replace(self._scorer, value_bands=fit.store(revision, cause, self._now))
        return former

    def _prepare(self, batch: CustomerBatch, scorers: Mapping[str, Scorer | None]) -> "_Prepared":
        forecast = self._forecasts.forecast(batch)
        assignments = self._assign(batch, forecast)
        return _Prepared(
            len(batch.customer_ids),
            changes_of(assignments, scorers, self._table),
            assignments.changed_states(),
            self._forecasts.values(batch, forecast),
        )

    def _write(self, prepared: "_Prepared", revision: int) -> tuple[int, int | None]:
        """Write a batch; return the number of its customers and the lowest change_id, None without changes."""
        connection, as_of, first = self._connection, self.as_of, None
        if prepared.changes is not None:
            first = write_changes(connection, self.run_id, prepared.changes, as_of=as_of)
        if prepared.states is not None:
            write_customers(connection, revision, prepared.states, as_of=as_of, window_days=self.window_days)
        if prepared.forecasts is not None:
            self._forecasts.write(prepared.forecasts)
        return prepared.customers, first

    def _assign(self, batch: CustomerBatch, forecast: Forecast | None) -> Assignments:
        clusters = self._scorer.predict(batch.rfm)
        # An outlier cluster that was empty in the training run is named by its first members.
        if new := self._scorer.new_medians(batch.rfm, clusters):
            self._scorer = replace(
                self._scorer,
                segment_of_cluster=self._scorer.names(batch.rfm, clusters, self._table),
                cluster_medians={**self._scorer.cluster_medians, **new},
            )
        others: dict[str, Slugs] = {
            scheme: self._scorer.slugs_of_customers(batch.rfm, self._table, scheme)
            for scheme in SCHEMES
            if scheme not in {CLUSTERED, BY_SPEND}
        }
        spend = None if forecast is None else forecast.spend.round(2)
        others[BY_SPEND] = self._scorer.value_slugs(self._table, spend, len(clusters))
        return Assignments.named(batch, clusters, self._scorer.segment_of_cluster, others)

    def _store_names(self) -> None:
        scorer = self._scorer
        if scorer.segment_of_cluster == self._stored_names:
            return
        stored = {
            "segment_of_cluster": {str(number): slug for number, slug in scorer.segment_of_cluster.items()},
            "cluster_medians": by_cluster(scorer.cluster_medians),
        }
        self._connection.execute(update(model).where(model.c.run_id == self.run_id).values(stored))
