"""Settings under which quarantined rows pass, and results of replays."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.replay import DiscardCounts, QuarantineFilter, ReplayCounts, discard, replay
from tests import contracts
from tests.loading import query, sale

IN = sale(customer="A")
OUT = sale("536370", "B", day="3/2/2026")
ALL = QuarantineFilter()
DAY_1, DAY_2 = "2026-02-01", "2026-02-02"


def with_dates(context: Context, declared: str = "%d/%m/%Y") -> Context:
    """Return the context with another date format."""
    return replace(context, settings=context.settings.model_copy(update={"contract": contracts.with_dates(declared)}))


def rejecting_nothing(context: Context) -> Context:
    """Return the context without a limit of the quarantined share."""
    return replace(context, settings=context.settings.model_copy(update={"max_quarantined_share": 1}))


def replayed(context: Context, chosen: QuarantineFilter = ALL) -> ReplayCounts:
    return replay(context, Run(uuid4(), "replay"), chosen)


def discarded(context: Context, chosen: QuarantineFilter = ALL) -> DiscardCounts:
    return discard(context, Run(uuid4(), "discard_quarantine"), chosen)


def statuses(context: Context) -> list[str]:
    """Return the status of every quarantined row, by file and line."""
    return [row[0] for row in query(context.engine, "select status from silver.quarantine order by file_id, line_no")]


def counted(context: Context) -> list[tuple[Any, ...]]:
    """Return the ledger's rows_read, rows_loaded and rows_quarantined, by file."""
    return query(
        context.engine, "select rows_read, rows_loaded, rows_quarantined from pipeline.source_file order by id"
    )
