"""Replay of quarantined rows by the current contract, file by file, and discard of rows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from app.contract.fingerprint import bronze_reading
from app.contract.model import SourceContract
from app.db.engine import translate_db_errors
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger, validations
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import PLANNER_SETTINGS
from app.pipeline.measure_data import measure_changed_data
from app.pipeline.refresh_gold import refresh_gold
from app.quality.file_warnings import add_rule_warnings
from app.quality.measure import measure
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.silver import quarantine
from app.silver.clean import ValidatedFile, clean
from app.silver.selection import QuarantineFilter
from app.source.open import declared_sources
from app.suppression.filter import SuppressionFilter
from app.suppression.lock import lock_shared
from app.webhooks.outbox import emit_segment_changes

MAX_EXAMPLES: Final = 10
NOT_IN_BRONZE: Final = (
    "are no longer in bronze, or the contract reads their workbook otherwise; they stay quarantined. If the contract "
    "has changed, run: regulars contract apply"
)
"""What a message says about rows that cannot be replayed, after their number."""
__all__ = ["DiscardCounts", "FileReplay", "QuarantineFilter", "ReplayCounts", "discard", "replay"]


@dataclass(frozen=True, slots=True)
class FileReplay:
    """Outcome of a replay of one file.

    Attributes:
        rows_missing: rows that are not in bronze as the contract reads them, and cannot be replayed.
        customers: rows of gold that were written.
        reasons: rows that still fail, by expectation.
    """

    file: SourceFile
    rows_loaded: int
    rows_quarantined: int
    rows_missing: int
    customers: int
    reasons: dict[str, int]

    def __str__(self) -> str:
        reasons = ", ".join(f"{expectation} {rows:,}" for expectation, rows in self.reasons.items())
        still = f", {self.rows_quarantined:,} still fail ({reasons})" if self.rows_quarantined else ""
        missing = f", {self.rows_missing:,} {NOT_IN_BRONZE}" if self.rows_missing else ""
        return f"{self.file.address}: {self.rows_loaded:,} rows loaded into silver{still}{missing}"


@dataclass(slots=True)
class ReplayCounts:
    """Numbers of processed files and rows; files_requeued: files queued for the next ingest."""

    files: int = 0
    rows: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_missing: int = 0
    files_requeued: int = 0
    customers: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, result: FileReplay) -> None:
        """Add the outcome of a file."""
        self.files += 1
        self.rows += result.rows_loaded + result.rows_quarantined
        self.rows_loaded += result.rows_loaded
        self.rows_quarantined += result.rows_quarantined
        self.rows_missing += result.rows_missing
        self.customers += result.customers
        self.reasons = dict(Counter(self.reasons) + Counter(result.reasons))


@dataclass(frozen=True, slots=True)
class DiscardCounts:
    """Numbers of rows that were discarded, and of their files."""

    files: int
    rows: int


def replay(
    context: Context, run: Run, selection: QuarantineFilter, progress: Callable[[FileReplay], None] | None = None
) -> ReplayCounts:
    """Validate the selected rows again: those that pass move to silver, the others get their current reasons.

    Rejected or failed files, selected by their ids or states, are queued for the next ingest. Raises InvalidSelection
    for an unknown file id.
    """
    counts, declared = ReplayCounts(), declared_sources(context.settings)
    with translate_db_errors():
        counts.files_requeued = _requeue(context, run, selection)
        run.counts.update(asdict(counts))
        with context.engine.connect() as connection:
            files = ledger.active_files(connection, quarantine.files_with(selection))
        for file, sha256 in files:
            run.check()
            with run.begin(context.engine) as connection:
                result = replay_file(
                    connection, context, selection, file, sha256, declared.source_contract(file.source)
                )
            counts.add(result)
            run.counts.update(asdict(counts))
            run.step(str(result))
            if progress is not None:
                progress(result)
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load(), context.clock())
            emit_segment_changes(connection, assigned.first_change)
            measure_changed_data(connection, context)
    return counts


def discard(context: Context, run: Run, selection: QuarantineFilter) -> DiscardCounts:
    """Mark the selected open rows discarded; they stay in quarantine, and count as quarantined.

    Raises InvalidSelection for an unknown file id.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_shared(connection)
        _check_files(connection, selection)
        discarded = DiscardCounts(*quarantine.discard(connection, replace(selection, status="open")))
    run.counts.update(asdict(discarded))
    run.step(f"{discarded.rows:,} rows of {discarded.files:,} files discarded")
    return discarded


def replay_file(
    connection: Connection,
    context: Context,
    selection: QuarantineFilter,
    file: SourceFile,
    sha256: str,
    source_contract: SourceContract,
) -> FileReplay:
    """Validate the selected rows of a file again."""
    connection.execute(PLANNER_SETTINGS)
    suppressed = SuppressionFilter.read(connection, context.settings)
    ledger.lock(connection, [(file, sha256)])
    file_id = file.file_id
    # A correction may have superseded the file while this transaction waited for the lock.
    is_usable = ledger.is_active(connection, file_id) and _is_read_alike(connection, file_id, source_contract)
    lines = quarantine.claim_rows(connection, file_id, selection) if is_usable else []
    missing = quarantine.count(connection, file_id, selection)
    if not lines:
        return FileReplay(file, 0, 0, missing, 0, {})
    suppressed.clear_again(connection, file_id)
    today = context.today(source_contract.dialect.timezone)
    validated = ValidatedFile(file_id, file.object.key, source_contract, today)
    cleaned = clean(connection, validated, lines)
    if cleaned.rows != len(lines):
        raise AssertionError(f"{file.address}: {len(lines)} rows claimed, {cleaned.rows} accounted for")
    quarantine.restore_status(connection, file_id, lines, selection.status)
    validations.move_from_quarantine(connection, file_id, cleaned, source_contract.contract.sha256)
    measure(connection, [file_id], source_contract)
    add_rule_warnings(connection, file_id, cleaned.warnings)
    customers = (
        refresh_gold(connection, source_contract.contract, context.clock(), renewed=[file_id]) if cleaned.loaded else 0
    )
    update_freshness(connection, context)
    reasons = quarantine.still_failing(connection, file_id, lines)
    return FileReplay(file, cleaned.loaded, cleaned.quarantined, missing, customers, reasons)


def _is_read_alike(connection: Connection, file_id: int, source_contract: SourceContract) -> bool:
    """Return whether the contract can validate the rows of a file that bronze has."""
    needed = bronze_reading(source_contract)
    reading, _ = ledger.reading_of(connection, file_id)
    return needed is None or reading in {None, needed}


def _requeue(context: Context, run: Run, selection: QuarantineFilter) -> int:
    with run.begin(context.engine) as connection:
        _check_files(connection, selection)
        requeued = ledger.requeue(connection, selection.files, selection.file_states or ())
        if requeued:
            update_freshness(connection, context)
    if requeued:
        shown = ", ".join(map(str, requeued[:MAX_EXAMPLES])) + (", …" if len(requeued) > MAX_EXAMPLES else "")
        run.step(f"{len(requeued):,} files are queued for the next ingest: {shown}")
    return len(requeued)


def _check_files(connection: Connection, selection: QuarantineFilter) -> None:
    if unknown := ledger.unknown_ids(connection, selection.files):
        raise InvalidSelection(f"File {unknown[0]} not found; GET /v1/files and pipeline.source_file list all files")
