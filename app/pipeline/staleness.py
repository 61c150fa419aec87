"""Staleness of sales and segments: ages above the limit, and the causes that keep them from being updated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, select

from app.jobs.tables import JobName, RunState, job_run
from app.plurals import counted

ENDED: Final[tuple[RunState, ...]] = ("succeeded", "failed", "crashed")
UPDATING: Final[tuple[JobName, ...]] = ("ingest", "retrain", "rescore")
"""Jobs that update sales and segments."""
NOT_PUBLISHED: Final = "not published: "
"""Start of the error of a training run whose publication a closed gate blocked."""
r = job_run.c


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """Limit of the age of sales and segments.

    Attributes:
        today: day for which ages are computed.
        days: sales or segments older than this many days are stale.
    """

    today: date
    days: int


@dataclass(frozen=True, slots=True)
class EndedRun:
    """Newest ended run of a job."""

    job: str
    state: str
    finished_at: datetime
    error: str | None


@dataclass(frozen=True, slots=True)
class UpdateState:
    """State of everything that updates sales and segments.

    Attributes:
        leader: holder of the leader's lease, or None.
        runs: newest ended run of each job of UPDATING.
        files: number of files by state.
        not_read: description of objects of the sources that are not read, or an empty text.
        gate_reason: reason of a closed quality gate, or None.
        data_through: date of the latest sale, or None.
        as_of: day of the published run, or None.
    """

    leader: str | None
    runs: Mapping[str, EndedRun]
    files: Mapping[str, int]
    not_read: str
    gate_reason: str | None
    data_through: date | None
    as_of: date | None


def late_reasons(data_through: date | None, as_of: date | None, limit: AgeLimit) -> list[str]:
    """Return what is too old: sales, segments, both or nothing."""
    late = [] if data_through else ["no sales are loaded"]
    for what, day in (("the latest sale is of", data_through), ("the segments are as of", as_of)):
        if day is not None and (limit.today - day).days > limit.days:
            late.append(f"{what} {day}, {(limit.today - day).days} days ago")
    return late


def read_ended_runs(connection: Connection) -> dict[str, EndedRun]:
    """Read the newest ended run of each job that updates sales or segments."""
    found: dict[str, EndedRun] = {}
    for job in UPDATING:
        ended = select(r.job, r.state, r.finished_at, r.error).where(r.job == job, r.state.in_(ENDED))
        newest = ended.where(r.finished_at.is_not(None)).order_by(r.finished_at.desc()).limit(1)
        found |= {row.job: EndedRun(*row) for row in connection.execute(newest)}
    return found


def stale_causes(state: UpdateState, *, is_late: bool) -> list[str]:
    """Return what keeps sales and segments from being updated, with the remedy, in the order of the pipeline.

    is_late: whether they are too old; otherwise, causes that explain an age only are left out.
    """
    ingest, training = state.runs.get("ingest"), state.runs.get("retrain")
    causes = [] if state.leader else ["no worker runs: start `regulars worker` (or `regulars up`), and see its log"]
    if ingest is None:
        causes.append("no ingest has ended yet: start a worker, or run `regulars ingest`")
    elif ingest.state != "succeeded":
        causes.append(_failed("ingest", ingest))
    elif is_late and not state.files:
        others = f" ({state.not_read})" if state.not_read else ""
        causes.append(f"the last ingest, at {_time(ingest)}, found no file in the source{others}: check its location")
    elif is_late and not state.files.get("discovered"):
        causes.append(f"the last ingest, at {_time(ingest)}, found no file with newer sales: check that files arrive")
    if waiting := state.files.get("discovered", 0):
        causes.append(f"{counted(waiting, 'file')} waiting to be loaded by the next ingest")
    if is_late and (refused := state.files.get("rejected", 0) + state.files.get("failed", 0)):
        causes.append(f"{counted(refused, 'file')} rejected or failed, listed below with the reasons")
    if state.gate_reason and state.as_of:
        causes.append(f"the quality gate is closed, so that training runs are not published: {state.gate_reason}")
    if state.data_through:
        causes += _training_causes(state, training, is_late=is_late)
    return causes


def _training_causes(state: UpdateState, training: EndedRun | None, *, is_late: bool) -> list[str]:
    if training is None:
        return ["no training run has ended yet: run `regulars train`"] if state.as_of is None else []
    if training.state != "succeeded":
        is_known = bool(state.gate_reason) and (training.error or "").startswith(NOT_PUBLISHED)
        return [] if is_known else [_failed("training run", training)]
    scoring = state.runs.get("rescore")
    if scoring is not None and scoring.state != "succeeded":
        return [_failed("rescore", scoring)]
    if is_late:
        last = max((run for run in (training, scoring) if run is not None), key=lambda run: run.finished_at)
        name = "rescore" if last is scoring else "training run"
        return [
            f"the last {name} succeeded at {_time(last)}: run `regulars rescore`, or let a worker do it at the time of "
            "REGULARS_RESCORE_CRON"
        ]
    return []


def _failed(name: str, run: EndedRun) -> str:
    return f"the last {name} {run.state} at {_time(run)}: {run.error or 'no reason was recorded'}"


def _time(run: EndedRun) -> str:
    return f"{run.finished_at:%Y-%m-%d %H:%M}Z"
