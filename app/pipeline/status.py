"""Pipeline status: freshness, leader, backlog, failures, current run."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, text

from app.contract.model import Contract
from app.jobs.lease import LEADER
from app.jobs.schedule import slots_ahead
from app.jobs.tables import JobName, job_run, lease, run_step
from app.pipeline.failing_checks import FailingCheck, read_failing_checks
from app.pipeline.not_read import NotRead, describe_not_read, read_not_read
from app.pipeline.quality_warning import OTHER_CONTRACT, SEPARATOR
from app.pipeline.staleness import AgeLimit, UpdateState, late_reasons, read_ended_runs, stale_causes
from app.pipeline.tables import NOT_LOADED, PENDING, freshness, source_file
from app.pipeline.validations import count_by_contract, describe_others
from app.quality.file_warnings import WarningOfFiles, read_warnings_of_files
from app.quality.tables import OUTCOMES, Outcome, data_warning, file_money
from app.segments.held_model import HELD, HeldModel
from app.segments.tables import current_run

LAST_RUNS = 5
LAST_REJECTED = 10
NOT_LISTED = "not listed: "
"""Start of the step of an ingest about folders that cannot be listed."""
r, f, h = job_run.c, source_file.c, lease.c


@dataclass(frozen=True, slots=True)
class FilesOfContract:
    """Number of active files whose loaded rows were validated by one contract.

    Attributes:
        contract_sha256, name, version: the contract; None for rows of several contracts, or before contracts existed.
        is_current: whether it is the contract that the settings declare.
    """

    contract_sha256: str | None
    name: str | None
    version: str | None
    files: int
    is_current: bool


@dataclass(frozen=True, slots=True)
class MoneyOfRows:
    """Number of rows, and the sum of their absolute totals."""

    rows: int
    money: Decimal


@dataclass(frozen=True, slots=True)
class PipelineState:
    """State of the pipeline.

    Attributes:
        warning: reason for which `quality` is `warn`, or None.
        gate_reason: reason for which training runs are not published, or None.
        stale: sales and segments that are too old; empty if none is.
        stale_causes: what keeps them from being updated, with the remedies; also before they are too old.
        leader: holder of the leader's lease; None without a leader.
        lease_ends_in: seconds until that lease expires; None without a leader.
        files: number of ledger rows by state, without opened archives, whose members are files.
        contracts: active files by the contract of their loaded rows, the newest contract first.
        backlog: files waiting to be loaded.
        settling: files that the newest ingest left to the next one, because they may be incomplete.
        not_listed: folders that the newest ingest could not list, with the reason; None without one.
        not_read: objects that the newest ingest did not read because of their suffix, by source.
        last_success: end of the last successful run of each job.
        slots_ahead: latest future slot of each job, recorded by a wrong clock; the schedule ignores a slot that is more
            than one interval ahead.
        failures: failed runs of the last seven days by kind of error.
        runs: newest runs first.
        refused: rejected and failed files, the newest first.
        money: rows of all active files by outcome, with the sum of their absolute totals.
        file_warnings: warnings about rows, by kind and rule, over all active files.
        data_warnings: warnings about all data.
        checks: quality checks that have found a problem.
        held: model that waits for a person to promote or discard it, or None.
    """

    data_through: date | None
    warning: str | None
    gate_reason: str | None
    stale: list[str]
    stale_causes: list[str]
    leader: str | None
    epoch: int | None
    lease_ends_in: float | None
    files: dict[str, int]
    contracts: list[FilesOfContract]
    backlog: int
    settling: int
    not_listed: str | None
    not_read: list[NotRead]
    queued: int
    last_success: dict[str, datetime]
    slots_ahead: dict[JobName, datetime]
    failures: dict[str, int]
    current_run_id: UUID | None
    as_of: date | None
    published_at: datetime | None
    runs: list[dict[str, Any]]
    refused: list[dict[str, Any]]
    money: dict[Outcome, MoneyOfRows]
    file_warnings: list[WarningOfFiles]
    data_warnings: list[dict[str, Any]]
    checks: list[FailingCheck]
    held: HeldModel | None


def read_status(connection: Connection, contract: Contract, limit: AgeLimit, *, is_contract_set: bool) -> PipelineState:
    """Read the pipeline's state from its tables; contract: that of the settings, the default one if none is set."""
    fresh = connection.execute(select(freshness)).one_or_none()
    current = connection.execute(select(current_run)).one_or_none()
    leader = _leader(connection)
    files = _count_files(connection)
    settling, not_listed = _last_ingest(connection)
    # Ingests record the warning about the contract; it changes with that of the settings, before the next ingest.
    others = describe_others(connection, contract, is_set=is_contract_set)
    not_read = read_not_read(connection)
    update = UpdateState(
        leader=leader.holder if leader else None,
        runs=read_ended_runs(connection),
        files=files,
        not_read=describe_not_read(not_read) if not_read else "",
        gate_reason=fresh.gate_reason if fresh else None,
        data_through=fresh.data_through if fresh else None,
        as_of=current.as_of if current else None,
    )
    late = late_reasons(update.data_through, update.as_of, limit)
    return PipelineState(
        data_through=update.data_through,
        warning=SEPARATOR.join(filter(None, (fresh.warning if fresh else None, others))) or None,
        gate_reason=update.gate_reason,
        stale=late,
        stale_causes=stale_causes(update, is_late=bool(late)),
        leader=update.leader,
        epoch=leader.epoch if leader else None,
        lease_ends_in=round(float(leader.left), 1) if leader else None,
        files=files,
        contracts=_contracts(connection, contract.sha256),
        backlog=files.get("discovered", 0),
        settling=settling,
        not_listed=not_listed,
        not_read=not_read,
        queued=connection.execute(select(func.count()).where(r.state == "queued")).scalar_one(),
        last_success=_last_success(connection),
        slots_ahead=slots_ahead(connection),
        failures=_failures(connection),
        current_run_id=current.run_id if current else None,
        as_of=update.as_of,
        published_at=current.published_at if current else None,
        refused=_refused(connection),
        runs=_last_runs(connection),
        money=_money(connection),
        file_warnings=read_warnings_of_files(connection, contract),
        data_warnings=_data_warnings(connection, others),
        checks=read_failing_checks(connection),
        held=_held(connection),
    )


def _held(connection: Connection) -> HeldModel | None:
    found = connection.execute(HELD).mappings().one_or_none()
    return HeldModel(**found) if found else None


def _count_files(connection: Connection) -> dict[str, Any]:
    is_file = f.not_read.is_(None) | f.state.in_((*PENDING, *NOT_LOADED))  # opened archives are none
    states = select(f.state, func.count()).where(is_file).group_by(f.state)
    return _counted(connection, states.order_by(f.state.collate("C")))


def _leader(connection: Connection) -> Row[Any] | None:
    """Return the holder of the leader's lease, its epoch, and the seconds that are left; None without a leader."""
    left = func.extract("epoch", h.expires_at - func.clock_timestamp()).label("left")
    current = select(h.holder, h.epoch, left).where(h.name == LEADER, h.expires_at > func.clock_timestamp())
    return connection.execute(current).one_or_none()


def _failures(connection: Connection) -> dict[str, Any]:
    recently = r.finished_at > func.now() - text("interval '7 days'")
    failed = select(r.error_kind, func.count()).where(r.error_kind.is_not(None), recently).group_by(r.error_kind)
    return _counted(connection, failed)


def _last_success(connection: Connection) -> dict[str, Any]:
    succeeded = select(r.job, func.max(r.finished_at)).where(r.state == "succeeded").group_by(r.job)
    return _counted(connection, succeeded)


def _last_ingest(connection: Connection) -> tuple[int, str | None]:
    """Return the files that the last ingest left because they changed recently, and why it did not list a source."""
    ended = select(r.run_id, r.counts).where(r.job == "ingest", r.finished_at.is_not(None))
    ingest = ended.order_by(r.finished_at.desc()).limit(1).subquery().c
    settling = select(ingest.counts["settling"].as_integer())
    step = func.substr(run_step.c.message, len(NOT_LISTED) + 1)
    not_listed = select(step).where(run_step.c.run_id == ingest.run_id, run_step.c.message.startswith(NOT_LISTED))
    return connection.execute(settling).scalar() or 0, connection.execute(not_listed).scalar()


def _last_runs(connection: Connection) -> list[dict[str, Any]]:
    begun = func.coalesce(r.started_at, r.scheduled_for)
    newest = select(job_run).order_by(begun.desc()).where(r.state != "coalesced").limit(LAST_RUNS)
    shown = ("run_id", "job", "trigger", "state", "started_at", "finished_at", "counts", "error", "error_kind")
    return [{name: row[name] for name in shown} for row in connection.execute(newest).mappings()]


def _refused(connection: Connection) -> list[dict[str, Any]]:
    rejected = select(f.id, f.source, f.key, f.state, f.error).where(f.state.in_(("rejected", "failed")))
    newest = rejected.order_by(f.id.desc()).limit(LAST_REJECTED)
    return [dict(row) for row in connection.execute(newest).mappings()]


def _data_warnings(connection: Connection, others: str | None) -> list[dict[str, Any]]:
    """Return the warnings about all data; others: that about the contract, which may differ from the recorded one."""
    recorded = connection.execute(select(data_warning).where(data_warning.c.kind != OTHER_CONTRACT)).mappings()
    current = [{"kind": OTHER_CONTRACT, "message": others, "examples": []}] if others else []
    return sorted([*map(dict, recorded), *current], key=lambda each: str(each["kind"]))


def _contracts(connection: Connection, current: str) -> list[FilesOfContract]:
    found = connection.execute(count_by_contract()).mappings()
    return [FilesOfContract(**row, is_current=row["contract_sha256"] == current) for row in found]


def _money(connection: Connection) -> dict[Outcome, MoneyOfRows]:
    c = file_money.c
    sums = select(c.outcome, func.sum(c.rows).label("rows"), func.sum(c.money).label("money")).group_by(c.outcome)
    found = {row.outcome: MoneyOfRows(row.rows, row.money) for row in connection.execute(sums)}
    return {outcome: found[outcome] for outcome in OUTCOMES if outcome in found}


def _counted(connection: Connection, query: Any) -> dict[str, Any]:
    return {name: value for name, value in connection.execute(query)}  # noqa: C416  # dict() does not accept a Row
