"""Replay of quarantined rows by the current rules, file by file, and discard of rows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import Connection

from app.contract.model import SourceContract
from app.db.engine import translate_db_errors
from app.errors import InvalidSelection
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import judgements, ledger
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import PLANS
from app.pipeline.measure_data import measure_changed_data
from app.pipeline.refresh_gold import refresh_gold
from app.quality.file_warnings import add_rule_warnings
from app.quality.measure import measure
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.silver import quarantine
from app.silver.clean import JudgedFile, clean
from app.silver.selection import QuarantineFilter
from app.source.open import declared_sources
from app.suppression.filter import SuppressionFilter
from app.suppression.lock import lock_shared
from app.webhooks.outbox import emit_segment_changes

__all__ = ["Discarded", "FileReplayed", "QuarantineFilter", "Replayed", "discard", "replay"]


@dataclass(frozen=True, slots=True)
class FileReplayed:
    """Outcome of a replay of one file.

    Attributes:
        rows_missing: rows that are no longer in bronze and cannot be replayed.
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
        missing = f", {self.rows_missing:,} are no longer in bronze and stay quarantined" if self.rows_missing else ""
        return f"{self.file.address}: {self.rows_loaded:,} rows loaded into silver{still}{missing}"


@dataclass(slots=True)
class Replayed:
    """Numbers of processed files and rows; files_requeued: files queued for the next ingest."""

    files: int = 0
    rows: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_missing: int = 0
    files_requeued: int = 0
    customers: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, result: FileReplayed) -> None:
        """Add the outcome of a file."""
        self.files += 1
        self.rows += result.rows_loaded + result.rows_quarantined
        self.rows_loaded += result.rows_loaded
        self.rows_quarantined += result.rows_quarantined
        self.rows_missing += result.rows_missing
        self.customers += result.customers
        self.reasons = dict(Counter(self.reasons) + Counter(result.reasons))


@dataclass(frozen=True, slots=True)
class Discarded:
    """Numbers of rows that were discarded, and of their files."""

    files: int
    rows: int


def replay(
    context: Context, run: Run, selection: QuarantineFilter, progress: Callable[[FileReplayed], None] | None = None
) -> Replayed:
    """Validate the selected rows again: those that pass move to silver, the others get their current reasons.

    A rejected or failed file, selected by its id, is queued for the next ingest. Raises InvalidSelection for an
    unknown file id.
    """
    counts, declared = Replayed(), declared_sources(context.settings)
    with translate_db_errors():
        counts.files_requeued = _requeue(context, run, selection)
        run.counts.update(asdict(counts))
        with context.engine.connect() as connection:
            files = ledger.active_files(connection, quarantine.files_with(selection))
        for file, sha256 in files:
            run.check()
            with run.begin(context.engine) as connection:
                result = replay_file(connection, context, selection, file, sha256, declared.rules(file.source))
            counts.add(result)
            run.counts.update(asdict(counts))
            run.step(str(result))
            if progress is not None:
                progress(result)
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load())
            emit_segment_changes(connection, assigned.first_change)
            measure_changed_data(connection, context)
    return counts


def discard(context: Context, run: Run, selection: QuarantineFilter) -> Discarded:
    """Mark the selected open rows discarded; they stay in quarantine, and count as quarantined.

    Raises InvalidSelection for an unknown file id.
    """
    with translate_db_errors(), run.begin(context.engine) as connection:
        lock_shared(connection)
        _state(connection, selection)
        discarded = Discarded(*quarantine.discard(connection, replace(selection, status="open")))
    run.counts.update(asdict(discarded))
    run.step(f"{discarded.rows:,} rows of {discarded.files:,} files discarded")
    return discarded


def replay_file(
    connection: Connection,
    context: Context,
    selection: QuarantineFilter,
    file: SourceFile,
    sha256: str,
    rules: SourceContract,
) -> FileReplayed:
    """Validate the selected rows of a file again."""
    connection.execute(PLANS)
    suppressed = SuppressionFilter.read(connection, context.settings)
    ledger.lock(connection, [(file, sha256)])
    file_id = file.file_id
    # A correction may have superseded the file while this transaction waited for the lock.
    lines = quarantine.claim_rows(connection, file_id, selection) if ledger.is_active(connection, file_id) else []
    missing = quarantine.count(connection, file_id, selection)
    if not lines:
        return FileReplayed(file, 0, 0, missing, 0, {})
    suppressed.clear_again(connection, file_id)
    judged = JudgedFile(file_id, file.listed.key, rules, context.settings.today)
    cleaned = clean(connection, judged, lines)
    if cleaned.rows != len(lines):
        raise AssertionError(f"{file.address}: {len(lines)} rows claimed, {cleaned.rows} accounted for")
    quarantine.restore_status(connection, file_id, lines, selection.status)
    judgements.move_from_quarantine(connection, file_id, cleaned, rules.contract.sha256)
    measure(connection, [file_id], rules)
    add_rule_warnings(connection, file_id, cleaned.warnings)
    customers = refresh_gold(connection, rules.contract, context.clock(), renewed=[file_id]) if cleaned.loaded else 0
    update_freshness(connection, context)
    reasons = quarantine.still_failing(connection, file_id, lines)
    return FileReplayed(file, cleaned.loaded, cleaned.quarantined, missing, customers, reasons)


def _requeue(context: Context, run: Run, selection: QuarantineFilter) -> int:
    with run.begin(context.engine) as connection:
        if _state(connection, selection) not in {"rejected", "failed"}:
            return 0
        is_requeued = ledger.requeue(connection, selection.file_id or 0)
        update_freshness(connection, context)
    run.step(f"file {selection.file_id} is queued for the next ingest")
    return int(is_requeued)


def _state(connection: Connection, selection: QuarantineFilter) -> str | None:
    if selection.file_id is None:
        return None
    state = ledger.state_of(connection, selection.file_id)
    if state is None:
        raise InvalidSelection(
            f"File {selection.file_id} not found; GET /v1/files and pipeline.source_file list all files"
        )
    return state
