"""Replay quarantined rows by the current rules, file by file; discard rows that are not needed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

from sqlalchemy import Connection

from app.db.engine import translated
from app.errors import InvalidSelection
from app.gold.refresh import refresh
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import Entry
from app.pipeline.load_batch import PLANS
from app.quality.measure import measure
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.silver import quarantine
from app.silver.clean import clean
from app.silver.selection import QuarantineFilter
from app.source.csv_format import CsvFormat
from app.suppression.lock import lock_shared
from app.webhooks.outbox import emit_segment_changes

__all__ = ["Discarded", "FileReplayed", "QuarantineFilter", "Replayed", "discard", "replay"]


@dataclass(frozen=True, slots=True)
class FileReplayed:
    """Outcome of a replay of one file.

    Attributes:
        rows_gone: rows that bronze has no longer, so that they cannot be replayed.
        customers: rows of gold that were written.
        reasons: rows that still fail, by expectation.
    """

    entry: Entry
    rows_loaded: int
    rows_quarantined: int
    rows_gone: int
    customers: int
    reasons: dict[str, int]

    def __str__(self) -> str:
        why = ", ".join(f"{expectation} {rows:,}" for expectation, rows in self.reasons.items())
        still = f", {self.rows_quarantined:,} still fail ({why})" if self.rows_quarantined else ""
        gone = f", {self.rows_gone:,} are no longer in bronze and are left" if self.rows_gone else ""
        return f"{self.entry.address}: {self.rows_loaded:,} rows loaded into silver{still}{gone}"


@dataclass(slots=True)
class Replayed:
    """Numbers of files and rows that a replay has judged so far; files_put_back: files queued for the next ingest."""

    files: int = 0
    rows: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    rows_gone: int = 0
    files_put_back: int = 0
    customers: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    def add(self, file: FileReplayed) -> None:
        """Add the outcome of a file."""
        self.files += 1
        self.rows += file.rows_loaded + file.rows_quarantined
        self.rows_loaded += file.rows_loaded
        self.rows_quarantined += file.rows_quarantined
        self.rows_gone += file.rows_gone
        self.customers += file.customers
        self.reasons = dict(Counter(self.reasons) + Counter(file.reasons))


@dataclass(frozen=True, slots=True)
class Discarded:
    """Numbers of rows that were discarded, and of their files."""

    files: int
    rows: int


def replay(
    context: Context, run: Run, chosen: QuarantineFilter, progress: Callable[[FileReplayed], None] | None = None
) -> Replayed:
    """Judge the chosen rows again: those that pass move to silver, the others get their current reasons.

    A rejected or failed file, selected by its id, is queued for the next ingest. Raises InvalidSelection for an
    unknown file id.
    """
    counts, declared = Replayed(), CsvFormat.declared(context.settings)
    with translated():
        counts.files_put_back = _put_back(context, run, chosen)
        run.counts.update(asdict(counts))
        with context.engine.connect() as connection:
            files = ledger.active_files(connection, quarantine.files_with(chosen))
        for entry, sha256 in files:
            run.check()
            with run.begin(context.engine) as connection:
                file = _replay_file(connection, context, chosen, entry, sha256, declared)
            counts.add(file)
            run.counts.update(asdict(counts))
            run.step(str(file))
            if progress is not None:
                progress(file)
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load())
            emit_segment_changes(connection, assigned.first_change)
    return counts


def discard(context: Context, run: Run, chosen: QuarantineFilter) -> Discarded:
    """Mark the chosen open rows discarded; they stay in quarantine, and count as quarantined.

    Raises InvalidSelection for an unknown file id.
    """
    with translated(), run.begin(context.engine) as connection:
        lock_shared(connection)
        _state(connection, chosen)
        discarded = Discarded(*quarantine.discard(connection, replace(chosen, status="open")))
    run.counts.update(asdict(discarded))
    run.step(f"{discarded.rows:,} rows of {discarded.files:,} files discarded")
    return discarded


def _replay_file(
    connection: Connection, context: Context, chosen: QuarantineFilter, entry: Entry, sha256: str, declared: CsvFormat
) -> FileReplayed:
    connection.execute(PLANS)
    lock_shared(connection)
    ledger.lock(connection, [(entry, sha256)])
    file_id = entry.file_id
    # A correction may have superseded the file while this transaction waited for the lock.
    lines = quarantine.claim_rows(connection, file_id, chosen) if ledger.is_active(connection, file_id) else []
    gone = quarantine.count(connection, file_id, chosen)
    if not lines:
        return FileReplayed(entry, 0, 0, gone, 0, {})
    cleaned = clean(connection, file_id, declared, lines)
    if cleaned.rows != len(lines):
        raise AssertionError(f"{entry.address}: {len(lines)} rows claimed, {cleaned.rows} accounted for")
    quarantine.restore_status(connection, file_id, lines, chosen.status)
    ledger.move_to_silver(connection, file_id, cleaned.loaded)
    measure(connection, [file_id], declared)
    customers = _refresh(connection, context, file_id) if cleaned.loaded else 0
    update_freshness(connection, context)
    reasons = quarantine.still_failing(connection, file_id, lines)
    return FileReplayed(entry, cleaned.loaded, cleaned.quarantined, gone, customers, reasons)


def _refresh(connection: Connection, context: Context, file_id: int) -> int:
    # The contribution of the file is removed whole first: some lines of an invoice may have been in silver already.
    refresh(connection, added=[], removed=[file_id], refreshed_at=context.clock())
    return refresh(connection, added=[file_id], refreshed_at=context.clock())


def _put_back(context: Context, run: Run, chosen: QuarantineFilter) -> int:
    with run.begin(context.engine) as connection:
        if _state(connection, chosen) not in {"rejected", "failed"}:
            return 0
        was_put_back = ledger.requeue(connection, chosen.file_id or 0)
        update_freshness(connection, context)
    run.step(f"file {chosen.file_id} is queued for the next ingest")
    return int(was_put_back)


def _state(connection: Connection, chosen: QuarantineFilter) -> str | None:
    if chosen.file_id is None:
        return None
    state = ledger.state_of(connection, chosen.file_id)
    if state is None:
        raise InvalidSelection(
            f"File {chosen.file_id} not found; GET /v1/files and pipeline.source_file list all files"
        )
    return state
