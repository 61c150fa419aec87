"""Ingest: load new files of the sources, and assign their customers to segments.

List new versions (list_new) → validate quarantined rows again if the contract has changed (revalidate) → open new
archives, whose members are files too (archives) → load batches, each in one transaction of whole files (load_batch,
load_file): bronze, silver, quality, gold → assign the customers to segments by the current model → check the quality
(check_quality).
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import asdict, dataclass, field, replace
from threading import Lock
from time import monotonic
from typing import Final

from app.bronze.load import RowsReceived
from app.contract.model import SourceContract
from app.db.engine import translate_db_errors
from app.errors import Misconfigured, ObjectRefused, RegularsError, StoreUnavailable, StoreUnusable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.archives import split_archives
from app.pipeline.batches import batches
from app.pipeline.check_quality import check_loaded_data
from app.pipeline.fetch import Fetcher
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.list_new import DEFAULT_POLICY, IngestPolicy, ListedSource, ListingContext, list_members, list_new
from app.pipeline.load_batch import BatchLoader, Counts
from app.pipeline.load_wave import WaveLoader
from app.pipeline.measure_data import measure_changed_data
from app.pipeline.processing import Processor, delete_abandoned
from app.pipeline.revalidate import revalidate_quarantine
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.source.archive_reader import ArchiveReader
from app.source.protocol import Source
from app.webhooks.outbox import emit_segment_changes

__all__ = ["IngestPolicy", "IngestProgress", "ingest"]

log = logging.getLogger("regulars.ingest")
SOURCE_ERRORS: Final = (StoreUnavailable, StoreUnusable, ObjectRefused, Misconfigured)
"""Errors of one source, that do not concern the others."""
IngestProgress = Callable[[Counts, int], None]


@dataclass(slots=True)
class ProgressReporter:
    """Progress of an ingest over all sources.

    Attributes:
        counts: of complete batches.
        total: number of files to load.
        receiving: rows received of the batches that are being loaded.
    """

    counts: Counts
    total: int
    report: IngestProgress | None
    begun: float = field(default_factory=monotonic)
    receiving: int = 0
    lock: Lock = field(default_factory=Lock)

    @contextmanager
    def batch(self) -> Iterator[RowsReceived]:
        """Yield the function that reports rows of a batch that is being loaded; after the batch, its counts have them.

        Batches are loaded by several threads.
        """
        received = 0

        def receive(rows: int) -> None:
            nonlocal received
            with self.lock:
                received += rows
                self.receiving += rows
                self._report()

        try:
            yield receive
        finally:
            with self.lock:
                self.receiving -= received

    def add(self, run: Run, loaded: Counts) -> None:
        """Add the counts of a batch, and report them."""
        with self.lock:
            self.counts.add(loaded)
            rate = round(self.counts.rows_read / (monotonic() - self.begun))
            run.counts.update(asdict(self.counts), files_total=self.total, rows_per_second=rate)
            self._report()

    def _report(self) -> None:
        if self.report is not None:
            self.report(replace(self.counts, rows_read=self.counts.rows_read + self.receiving), self.total)


def ingest(
    context: Context,
    sources: Sequence[tuple[Source, SourceContract]],
    run: Run,
    progress: IngestProgress | None = None,
    policy: IngestPolicy = DEFAULT_POLICY,
    processor: Processor | None = None,
) -> Counts:
    """Load new files of every source, each completely or not at all, and assign their customers to segments.

    Files that are rejected or fail are recorded in the ledger, and the others are loaded. After a change of the
    contract, files that the former one rejected are read again, and quarantined rows validated again. If a source
    fails, the others are loaded, and its error is raised at the end. Raises Retriable if a store or the database is
    unavailable: committed files stay loaded, the next ingest loads the others.

    processor: engine that reads and validates the files; None: this process does.
    """
    counts = Counts()
    if processor is not None:
        delete_abandoned(processor.lake, context.clock())
    with translate_db_errors():
        listing = ListingContext(context, run, policy, tuple(source.name for source, _ in sources))
        loads, errors = _list_all(listing, sources)
        contracts = {loading.source.name: loading.source_contract for loading in loads}
        again = revalidate_quarantine(context, run, contracts)
        counts.files_revalidated, counts.rows_revalidated, counts.rows_released = (
            again.files,
            again.rows,
            again.rows_loaded,
        )
        shown = ProgressReporter(counts, sum(len(split_archives(listed.pending)[1]) for listed in loads), progress)
        for listed in loads:
            errors += _load_source(listing, listed, shown, processor)
        run.counts.update(asdict(counts))
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load(), context.clock())
            emit_segment_changes(connection, assigned.first_change)
            is_changed = measure_changed_data(connection, context)
        run.step(f"assigned {assigned.customers:,} customers by the current model")
        if not policy.is_dry_run:
            check_loaded_data(context, run, is_changed=is_changed)
    if errors:
        raise errors[0]
    return counts


def _list_all(
    listing: ListingContext, sources: Sequence[tuple[Source, SourceContract]]
) -> tuple[list[ListedSource], list[RegularsError]]:
    loads: list[ListedSource] = []
    errors: list[RegularsError] = []
    for source, source_contract in sources:
        try:
            loads.append(list_new(listing, source, source_contract))
        except SOURCE_ERRORS as error:
            if len(sources) == 1:
                raise
            listing.run.step(f"source {source.name} was not read: {error}")
            log.warning("run %s: source %s was not read: %s", listing.run.run_id, source.name, error)
            errors.append(error)
    return loads, errors


def _load_source(
    listing: ListingContext, listed: ListedSource, progress: ProgressReporter, processor: Processor | None
) -> list[RegularsError]:
    """Load the files of one source; return the errors of its store."""
    context, policy = listing.context, listing.policy
    newest = listed.pending[-1] if listed.pending else None
    with ArchiveReader(listed.source, listed.source_contract.max_bytes) as reader:
        fetcher = Fetcher(reader, listing.run, context.engine, newest, policy.max_unavailable)
        loader = BatchLoader(
            context, fetcher, listed.source_contract, listing.run, progress.batch, logs_rejected=not policy.is_dry_run
        )
        try:
            files = _open_archives(listing, listed, loader, progress)
            near, far = _divided(files, policy) if processor is not None else (files, [])
            _load_batches(loader, near, policy, progress)
            if processor is not None:
                waves = batches(far, policy.files_per_wave, policy.bytes_per_wave)
                _load_all(WaveLoader(loader, processor, policy), waves, policy.waves, progress)
            progress.counts.failed += _record_refused(context, fetcher)
        except SOURCE_ERRORS as error:
            if len(listing.configured) == 1:
                raise
            listing.run.step(f"source {listed.source.name} failed: {error}")
            return [error]
    return fetcher.unavailable[:1]


def _divided(files: Sequence[SourceFile], policy: IngestPolicy) -> tuple[list[SourceFile], list[SourceFile]]:
    """Return the files that this process loads, such as members of archives, and those for an engine."""
    far = [file for file in files if file.object.archive is None]
    if sum(file.object.size for file in far) < policy.least_wave_bytes:
        return [*files], []
    return [file for file in files if file.object.archive is not None], far


def _open_archives(
    listing: ListingContext, listed: ListedSource, loader: BatchLoader, progress: ProgressReporter
) -> list[SourceFile]:
    """Open the new archives of a source; return the files to be loaded, their members among them."""
    archives, files = split_archives(listed.pending)
    if not archives:
        return files
    _load_batches(loader, archives, listing.policy, progress)
    known = len(files)
    files = split_archives(list_members(listing, listed))[1]
    progress.total += len(files) - known
    return files


def _load_batches(
    loader: BatchLoader, pending: Sequence[SourceFile], policy: IngestPolicy, progress: ProgressReporter
) -> None:
    _load_all(loader, batches(pending, policy.files_per_batch, policy.bytes_per_batch), policy.loaders, progress)


def _load_all(
    loader: BatchLoader | WaveLoader, parts: Iterable[list[SourceFile]], threads: int, progress: ProgressReporter
) -> None:
    run = loader.run
    with ThreadPoolExecutor(threads, thread_name_prefix="load") as pool:
        # Each in a copy of the context, so that log lines and spans of the threads belong to the run.
        loads = [pool.submit(copy_context().run, loader.load, part) for part in parts]
        try:
            for load in as_completed(loads):
                progress.add(run, load.result())
                run.check()
        finally:
            pool.shutdown(cancel_futures=True)


def _record_refused(context: Context, fetcher: Fetcher) -> int:
    """Count a failed attempt for each file with denied access; raises StoreUnusable if no file can be read."""
    fetcher.raise_if_all_are_refused()
    if fetcher.refused:
        with fetcher.run.begin(context.engine) as connection:
            for file, error in fetcher.refused:
                ledger.count_attempt(connection, file, str(error), context.settings.max_attempts)
                fetcher.run.step(f"failed {file.address}: {error}")
            update_freshness(connection, context)
    return len(fetcher.refused)
