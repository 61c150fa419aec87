"""Retraining: from gold to a registered model that is published if the policy says so, in one transaction."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from app.db.engine import translate_db_errors
from app.errors import LeaseLost, NoCustomers, QualityGateClosed
from app.gold.lock import lock_gold
from app.gold.tables import customer_rfm
from app.jobs.context import Context
from app.jobs.runs import Run
from app.jobs.tables import job_run
from app.pipeline.champion import publish_model
from app.pipeline.scored_day import check_scored_day
from app.pipeline.tables import freshness, source_file
from app.quality.data_warnings import why_no_sale_counts
from app.segments.forecasts import adopt_forecast
from app.segments.model.least_data import LeastData
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import current_run_id
from app.segments.registry import TrainingRecord, register
from app.segments.registry_tables import ModelOutcome
from app.segments.rfm import read_features
from app.silver.tables import sales_row

r = job_run.c


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Outcome of a training run.

    Attributes:
        customers: number of customers trained on.
        k: number of clusters of the core.
        names: slug of the segment of each cluster.
        outcome: whether the model is published, or held for a person.
        reasons: why, in sentences.
    """

    customers: int
    k: int
    names: dict[int, str]
    outcome: ModelOutcome
    reasons: tuple[str, ...]


def needs_first_training(context: Context) -> bool:
    """Return whether there are enough customers to segment but no current training run.

    After a training that failed for its data, only with sales that were loaded later.
    """
    failed = select(func.max(r.started_at)).where(r.job == "retrain", r.error_kind == "data").scalar_subquery()
    loaded = select(func.max(source_file.c.loaded_at)).scalar_subquery()
    customers = select(func.count()).where(customer_rfm.c.is_segmented).scalar_subquery()
    with context.engine.connect() as connection:
        if current_run_id(connection) is not None:
            return False
        is_new = func.coalesce(loaded > failed, True)  # a value in SQL
        found: bool = connection.execute(select(is_new & (customers >= context.settings.least_customers))).scalar_one()
        return found


def retrain(context: Context, run: Run, as_of: date, *, is_forced: bool = False) -> TrainingResult:
    """Train on every customer as of a day, and publish the model under the run's id if the policy says so.

    The model is trained on gold as of the start of the transaction; sales loaded during the training run are included
    in the assignment. A model that is not published is registered with its comparison with the champion; a champion
    without a forecast gets the challenger's.

    Raises NoCustomers if gold has too few customers to segment, QualityGateClosed if the quality of the newest files is
    too low and there is a current run, LeaseLost if another run was published meanwhile, Misconfigured for a day that
    `check_scored_day` refuses; a forced training may go back to an earlier day.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        before = current_run_id(connection)
        _check_quality_gate(connection, before)
        trained = _train(connection, context, run, as_of, is_forced=is_forced)
        register(connection, run.run_id, trained, as_of=as_of, trained_at=context.clock())
        if trained.outcome == "published":
            lock_gold(connection)  # until the commit no customer is assigned by the old model
            if current_run_id(connection) != before:
                raise LeaseLost("the training run was discarded: another run was published during it")
            _check_quality_gate(connection, before)  # files may have been loaded since the first check
            publish_model(connection, context, run.run_id, as_of=as_of, previous_run_id=before)
        elif before is not None:
            adopt_forecast(connection, before, trained.forecast)
        run.check()
    decision, scorer = trained.decision, trained.decision.proposed
    customers, k = len(trained.segmenter.labels_), len(scorer.centroids)
    kept = ["Not published."] if trained.outcome == "not_published" else []
    run.step(" ".join([*kept, *decision.reasons]))
    run.counts.update(customers=customers, k=k, outcome=trained.outcome)
    return TrainingResult(customers, k, dict(scorer.segment_of_cluster), trained.outcome, decision.reasons)


def _train(connection: Connection, context: Context, run: Run, as_of: date, *, is_forced: bool) -> TrainingRecord:
    from app.segments.training import TrainingSettings, train  # noqa: PLC0415  # scikit-learn takes 0.5 s

    settings = context.settings
    first_sale = connection.execute(select(func.min(customer_rfm.c.first_invoice_date))).scalar_one()
    if first_sale is not None and as_of < first_sale:
        raise NoCustomers(f"{as_of} is before the first sale; give a later day (--as-of, REGULARS_AS_OF)")
    check_scored_day(connection, context, as_of, may_go_back=is_forced)
    features = read_features(connection, as_of, window_days=settings.window_days)
    if not len(features.rfm):
        raise NoCustomers(_why_empty(connection, settings.window_days))
    run.step(f"read {len(features.rfm):,} customers as of {as_of}")
    least = LeastData(settings.least_customers, settings.least_spread)
    if reasons := least.reasons(features.rfm):
        raise NoCustomers(" ".join([*reasons, least.remedy(len(features.rfm))]))
    policy = TrainingSettings(
        policy=settings.model_policy,
        hold=settings.hold_publications,
        random_state=settings.random_state,
        is_forced=is_forced,
        window_days=settings.window_days,
    )
    trained = train(connection, features, as_of, policy, SegmentTable.load(), run.check)
    run.step(f"chose k = {trained.segmenter.k_} of {len(trained.segmenter.k_scores_)} tried")
    return trained


def _why_empty(connection: Connection, window_days: int | None) -> str:
    is_segmented = exists().where(customer_rfm.c.is_segmented)
    if window_days is not None and connection.execute(select(is_segmented)).scalar_one():
        return f"no customer has a sale in the last {window_days} days; set a longer REGULARS_WINDOW_DAYS"
    if connection.execute(select(exists().select_from(customer_rfm))).scalar_one():
        return "the returns of every customer reach the value of their sales; see returns in docs/contracts.md"
    if reason := why_no_sale_counts(connection):
        return reason
    if connection.execute(select(exists().select_from(sales_row))).scalar_one():
        return "none of the loaded sales counts for a customer; see countsWhen in docs/contracts.md"
    return "no sales are loaded; load sales first (regulars ingest)"


def _check_quality_gate(connection: Connection, current: UUID | None) -> None:
    reason = connection.execute(select(freshness.c.gate_reason)).scalar_one_or_none()
    if reason is not None and current is not None:
        raise QualityGateClosed(
            f"not published: {reason}; run {current} stays current; correct the files and send "
            "them again, or raise REGULARS_GATE_QUARANTINED_SHARE"
        )
