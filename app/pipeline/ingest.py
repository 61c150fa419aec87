"""Ingest: from what is new in the source to customers brought up to date.

The way of one file: list what is new → bronze.load → silver.clean → quality.measure → gold.refresh, in one
transaction that holds whole files; then segments.assign for the customers touched.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

from sqlalchemy import Connection, text

from app.bronze.load import ReceivedFile, load
from app.db.engine import translated
from app.errors import BadData, ObjectChanged, TooBad
from app.gold.refresh import refresh
from app.pipeline import ledger
from app.pipeline.context import Context
from app.pipeline.freshness import note_freshness
from app.pipeline.ledger import Entry, Verdict
from app.pipeline.runs import Run
from app.quality import measure as quality
from app.segments.assign import assign
from app.segments.names import SegmentTable
from app.silver import clean as silver
from app.silver.clean import Cleaned
from app.source.format import CsvFormat
from app.source.objects import Fetched, Source

FILES_A_BATCH = 64
BYTES_A_BATCH = 32 * 1024**2


@dataclass(slots=True)
class Counts:
    """What an ingest has done so far, in files and rows; customers: gold rows written."""

    files: int = 0
    loaded: int = 0
    rejected: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    customers: int = 0

    def add(self, cleaned: Cleaned) -> None:
        """Count one file that is in."""
        self.loaded += 1
        self.rows_read += cleaned.rows
        self.rows_loaded += cleaned.loaded
        self.rows_quarantined += cleaned.quarantined


@dataclass(slots=True)
class Change:
    """What one transaction does to the set of active files, and which files it refuses and why."""

    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    refused: list[tuple[Entry, str, BadData]] = field(default_factory=list)


def ingest(
    context: Context, source: Source, run: Run, progress: Callable[[Counts, int], None] | None = None
) -> Counts:
    """Load every file that is new, whole files only, and assign the customers they touch.

    Bad files are recorded in the ledger and stop nothing. Raises Retriable where the store or the database fails:
    what was committed stays, the rest waits for the next run.
    """
    with translated():
        loading = Ingest(context, source, CsvFormat.declared(context.settings), run)
        waiting = loading.list_new()
        for batch in batches(waiting):
            loading.load(batch)
            run.counts.update(asdict(loading.counts))
            if progress is not None:
                progress(loading.counts, len(waiting))
        with context.engine.begin() as connection:
            assign(connection, context.settings.today, SegmentTable.load())
    return loading.counts


@dataclass(slots=True)
class Ingest:
    """One ingest under way."""

    context: Context
    source: Source
    declared: CsvFormat
    run: Run
    counts: Counts = field(default_factory=Counts)

    def list_new(self) -> list[Entry]:
        """Enter what the source lists into the ledger and return what waits to be loaded."""
        listed = list(self.source.list())
        with self.context.engine.begin() as connection:
            ledger.discover(connection, listed, self.context.clock())
            return ledger.waiting(connection, self.source.bucket)

    def load(self, batch: list[Entry]) -> None:
        """One transaction: the files of a batch from bronze to gold, each whole or not at all."""
        fetched, change = list(self._fetch(batch)), Change()
        with self.context.engine.begin() as connection:
            # The planner knows nothing of tables being filled: it would read all of them for every file.
            connection.execute(text("set local enable_seqscan = off"))
            for entry, content in fetched:
                if ledger.lock(connection, entry):
                    self._load_file(connection, entry, content, change)
                content.content.close()
            quality.measure(connection, change.added, self.declared)
            quality.retract(connection, change.removed)
            self.counts.customers += refresh(
                connection, added=change.added, removed=change.removed, refreshed_at=self.context.clock()
            )
            note_freshness(connection, self.context)
        self.counts.files += len(batch)
        if change.refused:
            self._refuse(change)

    def _fetch(self, batch: list[Entry]) -> Iterator[tuple[Entry, Fetched]]:
        for entry in batch:
            try:
                yield entry, self.source.fetch(entry.listed)
            except ObjectChanged as error:
                with self.context.engine.begin() as connection:
                    ledger.settle_gone(connection, entry, str(error))

    def _load_file(self, connection: Connection, entry: Entry, content: Fetched, change: Change) -> None:
        verdict = ledger.judge(connection, entry, content.sha256)
        try:
            with connection.begin_nested():
                self._settle(connection, entry, content, verdict)
        except BadData as error:
            change.refused.append((entry, content.sha256, error))
        else:
            change.added += [verdict.serve] if verdict.serve is not None else []
            change.removed += [verdict.supersedes] if verdict.supersedes is not None else []

    def _settle(self, connection: Connection, entry: Entry, content: Fetched, verdict: Verdict) -> None:
        if verdict.known_as is not None:
            ledger.merge_into(connection, entry, verdict.known_as)
        if verdict.supersedes is not None:
            ledger.supersede(connection, verdict.supersedes)
            silver.retract(connection, verdict.supersedes)
        if verdict.duplicate_of is not None:
            ledger.settle_duplicate(connection, entry, content.sha256, verdict.duplicate_of)
        if verdict.serve is not None:
            self._serve(connection, entry, content, verdict)

    def _serve(self, connection: Connection, entry: Entry, content: Fetched, verdict: Verdict) -> None:
        file_id, now, rows = verdict.serve, self.context.clock(), None
        assert file_id is not None  # noqa: S101  # the caller asked
        if file_id == entry.file_id:
            rows = load(connection, ReceivedFile(file_id, entry.listed, now), content.content, self.declared)
        cleaned = silver.clean(connection, file_id, self.declared)
        if rows not in {None, cleaned.rows}:
            raise AssertionError(f"{entry.listed.name}: {rows} rows received, {cleaned.rows} accounted for")
        limit = self.context.settings.max_quarantined_share
        if cleaned.quarantined > limit * cleaned.rows:
            raise TooBad(
                f"{cleaned.quarantined:,} of {cleaned.rows:,} rows fail the contract, more than a share of {limit:g}; "
                "mend the file, or raise REGULARS_MAX_QUARANTINED_SHARE"
            )
        ledger.settle_loaded(
            connection, file_id, cleaned, sha256=content.sha256, supersedes=verdict.supersedes, run_id=self.run.run_id, loaded_at=now
        )
        self.counts.add(cleaned)

    def _refuse(self, change: Change) -> None:
        with self.context.engine.begin() as connection:
            for entry, sha256, error in change.refused:
                ledger.settle_rejected(connection, entry, sha256, str(error), self.run.run_id)
            note_freshness(connection, self.context)
        self.counts.rejected += len(change.refused)


def batches(waiting: list[Entry]) -> Iterator[list[Entry]]:
    """Runs of files that fit one transaction; at most one version of a key in each."""
    batch: list[Entry] = []
    size = 0
    for entry in waiting:
        same_key = batch and batch[-1].listed.key == entry.listed.key
        if batch and (same_key or len(batch) == FILES_A_BATCH or size + entry.listed.size > BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.listed.size
    if batch:
        yield batch
