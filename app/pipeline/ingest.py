"""Ingest: from what is new in the source to customers brought up to date.

The way of one file: list what is new → bronze.load → silver.clean → quality.measure → gold.refresh, in one
transaction that holds whole files; then segments.assign for the customers touched.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256

from sqlalchemy import Connection, text

from app.bronze.load import ReceivedFile, is_kept, load
from app.db.engine import is_down, translated
from app.errors import BadData, ObjectChanged, RegularsError, SourceUnreachable, StoreUnavailable, TooManyQuarantined
from app.gold.refresh import refresh
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import Entry, LoadedFile
from app.pipeline.version_resolution import Resolution, Versions
from app.quality import measure as quality
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.silver import clean as silver
from app.silver.clean import Cleaned
from app.source.csv_format import CsvFormat
from app.source.protocol import Fetched, Source
from app.suppression.filter import SuppressionFilter
from app.webhooks.outbox import emit_quality_failed, emit_segment_changes

FILES_A_BATCH = 32
BYTES_A_BATCH = 16 * 1024**2
LOADERS = 3
MOST_UNREAD = 3
# The planner knows nothing of tables that are being filled: it would read all of them for every file, and think anew
# about each statement each time.
PLANS = text(
    "select set_config('enable_seqscan', 'off', true), set_config('plan_cache_mode', 'force_generic_plan', true)"
)

log = logging.getLogger("regulars.ingest")


@dataclass(slots=True)
class Counts:
    """What an ingest has done so far, in files and rows; failed: tried in vain; customers: gold rows written."""

    files: int = 0
    loaded: int = 0
    rejected: int = 0
    failed: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    customers: int = 0

    def add(self, more: "Counts") -> None:
        """Count what a transaction has done."""
        for counted in fields(self):
            setattr(self, counted.name, getattr(self, counted.name) + getattr(more, counted.name))


@dataclass(slots=True)
class Change:
    """What one transaction does to the set of active files, and which files it refuses and why."""

    erased: SuppressionFilter = field(default_factory=SuppressionFilter)
    settled: list[LoadedFile] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    refused: list[tuple[Entry, str, BadData]] = field(default_factory=list)
    failed: list[tuple[Entry, Exception]] = field(default_factory=list)

    @property
    def added(self) -> list[int]:
        """Files that became active."""
        return [file.file_id for file in self.settled]

    def counts(self, files: int, customers: int) -> Counts:
        """What the transaction did, of so many files that were looked at."""
        loaded = sum(file.cleaned.loaded for file in self.settled)
        quarantined = sum(file.cleaned.quarantined for file in self.settled)
        refused, failed = len(self.refused), len(self.failed)
        return Counts(files, len(self.settled), refused, failed, loaded + quarantined, loaded, quarantined, customers)


def ingest(context: Context, source: Source, run: Run, progress: Callable[[Counts, int], None] | None = None) -> Counts:
    """Load every file that is new, whole files only, and assign the customers they touch.

    Bad files are recorded in the ledger and stop nothing. Raises Retriable where the store or the database fails:
    what was committed stays, the rest waits for the next run. A file that cannot be read is tried again by every run;
    its error is raised when the others are loaded.
    """
    with translated():
        loading = Ingest(context, source, CsvFormat.declared(context.settings), run)
        total, begun = 0, time.monotonic()
        for wait in (loading.list_new, loading.list_inheriting):
            waiting = wait()
            total += len(waiting)
            for _ in loading.load_all(waiting):
                rate = round(loading.counts.rows_read / (time.monotonic() - begun))
                run.counts.update(asdict(loading.counts), files_total=total, rows_per_second=rate)
                if progress is not None:
                    progress(loading.counts, total)
                run.check()
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load())
            emit_segment_changes(connection, assigned.first_change)
        run.step(f"assigned {assigned.customers:,} customers by the current model")
    if loading.unread:
        raise loading.unread[0]
    return loading.counts


@dataclass(slots=True)
class Ingest:
    """One ingest under way."""

    context: Context
    source: Source
    declared: CsvFormat
    run: Run
    counts: Counts = field(default_factory=Counts)
    unread: list[RegularsError] = field(default_factory=list)

    def list_new(self) -> list[Entry]:
        """Enter what the source lists into the ledger and return what waits to be loaded."""
        listed, prefix = list(self.source.list()), getattr(self.source, "prefix", "")
        with self.run.begin(self.context.engine) as connection:
            SuppressionFilter.read(connection, self.context.settings)
            ledger.discover(connection, listed, self.context.clock())
            if ledger.mark_missing(connection, self.source.bucket, prefix, listed):
                update_freshness(connection, self.context)
            waiting = ledger.waiting(connection, self.source.bucket)
        self.run.step(f"listed {len(listed):,} files in {self.source.bucket}, {len(waiting):,} to load")
        return waiting

    def list_inheriting(self) -> list[Entry]:
        """Duplicates whose twin was superseded just now, and that are to be loaded after all."""
        with self.context.engine.connect() as connection:
            return ledger.promoted_duplicates(connection, self.source.bucket)

    def load_all(self, waiting: list[Entry]) -> Iterator[None]:
        """Load batch by batch, three at a time: while one is read and sent, PostgreSQL works on the others."""
        with ThreadPoolExecutor(LOADERS, thread_name_prefix="load") as pool:
            loads = [pool.submit(self.load, batch) for batch in batches(waiting)]
            try:
                for load in as_completed(loads):
                    self.counts.add(load.result())
                    yield
            finally:
                pool.shutdown(cancel_futures=True)

    def load(self, batch: list[Entry]) -> Counts:
        """One transaction: the files of a batch from bronze to gold, each whole or not at all."""
        self.run.check()  # here too: whoever is asked to stop begins nothing more
        change = Change()
        with ExitStack() as opened:
            customers = self._load_fetched(list(self._fetch(batch, change, opened)), change)
        self._refuse(change)
        counts = change.counts(files=len(batch), customers=customers)
        self.run.step(
            f"loaded {counts.loaded:,} of {counts.files:,} files: {counts.rows_read:,} rows = "
            f"{counts.rows_loaded:,} in silver + {counts.rows_quarantined:,} quarantined; {customers:,} customers"
        )
        return counts

    def _load_fetched(self, fetched: list[tuple[Entry, Fetched]], change: Change) -> int:
        with self.run.begin(self.context.engine) as connection:
            connection.execute(PLANS)
            change.erased = SuppressionFilter.read(connection, self.context.settings)
            contents = [(entry, content.sha256) for entry, content in fetched]
            waiting, versions = ledger.lock(connection, contents), ledger.read_versions(connection, contents)
            for entry, content in fetched:
                with content.content:
                    if entry.file_id in waiting:
                        self._load_file(connection, entry, content, versions, change)
            ledger.record_loaded(connection, change.settled, self.run.run_id, self.context.clock())
            quality.measure(connection, change.added, self.declared)
            quality.retract(connection, change.removed)
            customers = refresh(
                connection, added=change.added, removed=change.removed, refreshed_at=self.context.clock()
            )
            update_freshness(connection, self.context)
        return customers

    def _fetch(self, batch: list[Entry], change: Change, opened: ExitStack) -> Iterator[tuple[Entry, Fetched]]:
        for entry in batch:
            try:
                found = self.source.fetch(entry.listed)
                opened.enter_context(found.content)
                yield entry, found
            except ObjectChanged as error:
                with self.run.begin(self.context.engine) as connection:
                    ledger.record_gone(connection, entry, str(error))
            except BadData as error:  # it has no content that could be told from another's
                change.refused.append((entry, sha256(entry.listed.name.encode()).hexdigest(), error))
            except (SourceUnreachable, StoreUnavailable) as error:
                self.unread.append(error)
                self.run.step(f"not read: {error}")
                if len(self.unread) > MOST_UNREAD:  # it is not the file, then
                    raise

    def _load_file(
        self, connection: Connection, entry: Entry, content: Fetched, versions: Versions, change: Change
    ) -> None:
        verdict = versions.resolve(entry.file_id, f"{entry.listed.bucket}/{entry.listed.key}", content.sha256)
        try:
            with connection.begin_nested():
                cleaned = self._settle(connection, entry, content, verdict, change.erased)
        except BadData as error:
            change.refused.append((entry, content.sha256, error))
            return
        except Exception as error:
            if is_down(error):
                raise
            log.exception("%s was not loaded", entry.listed.name)
            change.failed.append((entry, error))
            return
        versions.apply(verdict, content.sha256, cleaned.rows)
        if verdict.serve is not None:
            change.settled.append(LoadedFile(verdict.serve, content.sha256, verdict.supersedes, cleaned))
        if verdict.supersedes is not None:
            change.removed.append(verdict.supersedes)

    def _settle(
        self, connection: Connection, entry: Entry, content: Fetched, verdict: Resolution, erased: SuppressionFilter
    ) -> Cleaned:
        if verdict.known_as is not None:
            ledger.adopt_listing(connection, entry, verdict.known_as)
        if verdict.retires:
            ledger.retire(connection, verdict.retires)
        if verdict.supersedes is not None:
            ledger.supersede(connection, verdict.supersedes)
            silver.retract(connection, verdict.supersedes)
        if verdict.duplicate_of is not None:
            ledger.record_duplicate(connection, verdict.known_as or entry.file_id, content.sha256, verdict.duplicate_of)
        if verdict.serve is None:
            return Cleaned(0, 0)
        if verdict.is_received and is_kept(connection, verdict.serve):
            cleaned = silver.clean(connection, verdict.serve, self.declared)
        else:
            cleaned = self._receive(connection, entry, content, verdict.serve, erased)
        self._judge_share(connection, verdict.serve, cleaned)
        return cleaned

    def _receive(
        self, connection: Connection, entry: Entry, content: Fetched, file_id: int, erased: SuppressionFilter
    ) -> Cleaned:
        received = ReceivedFile(file_id, entry.listed, self.context.clock())
        rows = load(connection, received, content.content, self.declared)
        erased.clear(connection, file_id)
        cleaned = silver.clean(connection, file_id, self.declared)
        if cleaned.rows != rows:
            raise AssertionError(f"{entry.listed.name}: {rows} rows received, {cleaned.rows} accounted for")
        return cleaned

    def _judge_share(self, connection: Connection, file_id: int, cleaned: Cleaned) -> None:
        limit = self.context.settings.max_quarantined_share
        if cleaned.quarantined > limit * cleaned.rows:
            often = silver.most_frequent_reason(connection, file_id)
            raise TooManyQuarantined(
                f"{cleaned.quarantined:,} of {cleaned.rows:,} rows fail the contract, more than a share of {limit:g}; "
                f"most often {often}; mend the file, declare its format (REGULARS_DATE_FORMAT, REGULARS_DECIMAL, "
                "REGULARS_ENCODING), or raise REGULARS_MAX_QUARANTINED_SHARE and send it again"
            )

    def _refuse(self, change: Change) -> None:
        if not (change.refused or change.failed):
            return
        with self.run.begin(self.context.engine) as connection:
            erased = SuppressionFilter.read(connection, self.context.settings)
            waiting = ledger.lock(connection, [(entry, sha256) for entry, sha256, _ in change.refused])
            for entry, sha256, refusal in change.refused:
                if entry.file_id in waiting:
                    said = erased.scrub(str(refusal))
                    ledger.record_rejected(connection, entry, sha256, said, self.run.run_id)
                    emit_quality_failed(connection, said, source_file=entry.listed.name)
                    self.run.step(f"refused {entry.listed.name}: {said}")
            for entry, error in change.failed:
                ledger.count_attempt(connection, entry, erased.scrub(str(error)), self.context.settings.max_attempts)
                self.run.step(f"failed {entry.listed.name}: {erased.scrub(str(error))}")
            update_freshness(connection, self.context)


def batches(waiting: list[Entry]) -> Iterator[list[Entry]]:
    """Runs of files that fit one transaction."""
    batch: list[Entry] = []
    size = 0
    for entry in waiting:
        if batch and (len(batch) == FILES_A_BATCH or size + entry.listed.size > BYTES_A_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.listed.size
    if batch:
        yield batch
