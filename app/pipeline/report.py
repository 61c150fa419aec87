"""Report of a training run: from gold's invoices to a stored report, in one transaction."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Connection, Row, Select, exists, func, select

from app.db.engine import translate_db_errors
from app.errors import InvalidSelection, NoCustomers
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.tables import ACTIVE, source_file
from app.segments.forecasts import WINDOWED
from app.segments.model.clv.value import HORIZON_DAYS, LEAST_DAYS
from app.segments.model.report.groupings import Known, group
from app.segments.model.report.holdout import CutOff
from app.segments.model.report.model_report import (
    LEAST_CUSTOMERS,
    measure_clusters,
    measure_forecast,
    measure_holdout,
)
from app.segments.model.report.records import ForecastReport, ModelReport
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import current_run_id
from app.segments.registry_tables import model
from app.segments.reports.outcomes import SalesDays, read_outcomes, read_sales_days
from app.segments.reports.store import store_report
from app.segments.rfm import read_past_rfm, read_rfm_without_files

f = source_file.c
NO_FORECAST: Final = WINDOWED.removesuffix(".")


@dataclass(frozen=True, slots=True)
class ReportPolicy:
    """Sizes of a report.

    Attributes:
        sample: customers at most that clusters and holdout are measured on.
        horizon_days: days after a cut-off in which outcomes are counted.
        history_days: days of sales that a cut-off needs before it.
        step_days: days between cut-offs.
        cut_offs: their number at most.
    """

    sample: int = 50_000
    horizon_days: int = HORIZON_DAYS
    history_days: int = LEAST_DAYS
    step_days: int = 30
    cut_offs: int = 6


DEFAULT_POLICY: Final = ReportPolicy()


def report(context: Context, run: Run, model_run_id: UUID | None = None, policy: ReportPolicy = DEFAULT_POLICY) -> UUID:
    """Compute and store the report of a training run, by default of the current one; return the id of that run.

    Clusters and forecast are measured on the customers of the training, the holdout on the sales that are loaded now.
    Raises NoCustomers if nothing is published, InvalidSelection for an unknown training run.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        trained = _read_model(connection, model_run_id)
        content = measure(connection, run, trained, policy)
        store_report(connection, trained.run_id, content, context.clock())
        run.check()
    run.counts.update(customers=content["customers"], cut_offs=len(content["holdout"]["cut_offs"]))
    return UUID(str(trained.run_id))


def measure(connection: Connection, run: Run, trained: Row[Any], policy: ReportPolicy) -> dict[str, Any]:
    """Return the report of a row of segments.model, as JSON holds it."""
    seed: int = trained.seed
    everyone = _trained_on(connection, trained)
    if not everyone.customer_ids:
        raise NoCustomers(f"there are no customers as of {trained.as_of}; load sales first (regulars ingest)")
    sampled = _sample(everyone, policy.sample, seed)
    run.step(f"read {len(everyone.customer_ids):,} customers as of {trained.as_of}")
    clusters = measure_clusters(Scorer.from_row(trained._mapping), sampled.rfm, seed)  # noqa: SLF001
    forecast = measure_forecast(everyone) if trained.window_days is None else ForecastReport.without(NO_FORECAST)
    run.step("measured the clusters")
    run.check()
    days = read_sales_days(connection, trained.as_of)
    cut_offs = list(_cut_offs(connection, run, days, policy, seed))
    holdout = measure_holdout(cut_offs, _why_none(days, policy), policy.horizon_days, seed)
    sizes = (len(everyone.customer_ids), len(sampled.customer_ids))
    found = ModelReport(trained.as_of, *sizes, seed, clusters, forecast, holdout)
    content: dict[str, Any] = _as_json(asdict(found))
    return content


def _read_model(connection: Connection, run_id: UUID | None) -> Row[Any]:
    wanted = current_run_id(connection) if run_id is None else run_id
    if wanted is None:
        raise NoCustomers("no training run is published; train one first (regulars train)")
    row = connection.execute(select(model).where(model.c.run_id == wanted)).first()
    if row is None:
        raise InvalidSelection(f"there is no training run {wanted}; list them: GET /v1/models")
    return row


def _known(connection: Connection, as_of: date) -> Known:
    return Known(*read_past_rfm(connection, as_of))


def _trained_on(connection: Connection, trained: Row[Any]) -> Known:
    """Return the customers of a training: of its look-back window, without the files that were loaded after it."""
    later = [row.id for row in connection.execute(_files_loaded_after(trained.trained_at))]
    return Known(*read_rfm_without_files(connection, trained.as_of, later, trained.window_days))


def _files_loaded_after(moment: datetime) -> Select[Any]:
    """Select the active files first loaded after a moment, which replace no file that was loaded before it."""
    earlier = source_file.alias("earlier").c
    first_loaded = func.least(earlier.loaded_at, earlier.received_at)
    is_known = exists().where(earlier.source == f.source, earlier.key == f.key, first_loaded <= moment)
    return select(f.id).where(f.state.in_(ACTIVE), ~is_known)


def _sample(known: Known, size: int, seed: int) -> Known:
    if len(known.customer_ids) <= size:
        return known
    drawn = np.sort(np.random.default_rng(seed).permutation(len(known.customer_ids))[:size])
    return Known([known.customer_ids[each] for each in drawn], known.rfm[drawn], known.tenure[drawn])


def _cut_offs(connection: Connection, run: Run, days: SalesDays, policy: ReportPolicy, seed: int) -> Iterator[CutOff]:
    table, numbers, has_forecast = SegmentTable.load(), dict[str, int](), False
    for as_of in cut_off_days(days, policy):
        known = _sample(_known(connection, as_of), policy.sample, seed)
        if len(known.customer_ids) < LEAST_CUSTOMERS:
            return
        outcomes = read_outcomes(connection, known.customer_ids, as_of, policy.horizon_days)
        groupings = group(known, table, policy.horizon_days, seed)
        if has_forecast and groupings.forecast is None:
            return  # schemes that a cut-off lacks are left out of the comparison
        has_forecast = groupings.forecast is not None
        own = np.array([numbers.setdefault(each, len(numbers)) for each in known.customer_ids])
        run.step(f"measured the groups of {len(own):,} customers as of {as_of}")
        run.check()
        yield CutOff(as_of, own, groupings, outcomes.spend, outcomes.returned)


def cut_off_days(days: SalesDays, policy: ReportPolicy) -> list[date]:
    """Return the days with enough sales before and after them, the newest first."""
    if days.first_day is None or days.last_day is None:
        return []
    newest = days.last_day - timedelta(days=policy.horizon_days)
    found = (newest - timedelta(days=policy.step_days * number) for number in range(policy.cut_offs))
    return [day for day in found if (day - days.first_day).days >= policy.history_days]


def _why_none(days: SalesDays, policy: ReportPolicy) -> str | None:
    needed = policy.history_days + policy.horizon_days
    found = 0 if days.first_day is None or days.last_day is None else (days.last_day - days.first_day).days
    if found < needed:
        return f"too little data: sales of {found} days, {needed} are needed"
    return f"too little data: fewer than {LEAST_CUSTOMERS} customers at the newest cut-off"


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
