"""Ingest: load new files of the source, and assign their customers to segments.

List new versions → load batches, each in one transaction of whole files (load_batch, load_file): bronze, silver,
quality, gold → assign the customers to segments by the current model.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import timedelta
from time import monotonic

from app.db.engine import translate_db_errors
from app.errors import FoldersUnreadable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.fetch import Fetcher
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import BatchLoader, Counts
from app.pipeline.other_sources import check_no_other_source
from app.pipeline.status import NOT_LISTED
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.source.open import declared_rules
from app.source.protocol import Source, SourceObject, location
from app.suppression.filter import SuppressionFilter
from app.webhooks.outbox import emit_segment_changes

log = logging.getLogger("regulars.ingest")
NAMED_IN_A_STEP = 5
IngestProgress = Callable[[Counts, int], None]


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """Options of an ingest.

    Attributes:
        loaders: number of batches that are loaded concurrently.
        files_per_batch, bytes_per_batch: limits of one transaction.
        max_unavailable: objects that may fail to arrive before the store counts as unavailable.
        settle: files of a folder that changed within this time are left to a later ingest, as they may be incomplete.
        adds_source: whether to load a source without files in the database although it has files of another source.
    """

    loaders: int = 3
    files_per_batch: int = 32
    bytes_per_batch: int = 16 * 1024**2
    max_unavailable: int = 3
    settle: timedelta = timedelta(0)
    adds_source: bool = False


def ingest(
    context: Context,
    source: Source,
    run: Run,
    progress: IngestProgress | None = None,
    policy: IngestPolicy = IngestPolicy(),  # frozen
) -> Counts:
    """Load new files, each completely or not at all, and assign their customers to segments.

    Files that are rejected or fail are recorded in the ledger, and the others are loaded. Raises Retriable if the store
    or the database is unavailable: committed files stay loaded, the next ingest loads the others.
    """
    fetcher = Fetcher(source, run, policy.max_unavailable)
    loader = BatchLoader(context, fetcher, declared_rules(context.settings), run)
    with translate_db_errors():
        waiting = list_new(context, source, run, policy)
        counts = _load_batches(loader, waiting, policy, progress)
        counts.failed += _record_refused(context, fetcher)
        run.counts.update(asdict(counts))
        with run.begin(context.engine) as connection:
            assigned = assign(connection, context.settings.today, SegmentTable.load())
            emit_segment_changes(connection, assigned.first_change)
        run.step(f"assigned {assigned.customers:,} customers by the current model")
    if fetcher.unavailable:
        raise fetcher.unavailable[0]
    return counts


def list_new(context: Context, source: Source, run: Run, policy: IngestPolicy) -> list[SourceFile]:
    """Record the listing of the source in the ledger, and return the versions to be loaded.

    Raises Misconfigured if the files in the ledger are those of another source.
    """
    listed: list[SourceObject] = []
    unlisted: tuple[str, ...] = ()
    try:
        for item in source.list():
            listed.append(item)  # noqa: PERF402  # objects listed before an error are kept
    except FoldersUnreadable as error:
        unlisted = error.prefixes
        log.warning("run %s: %s", run.run_id, error)
        run.step(f"{NOT_LISTED}{error}")
    recent = [] if source.is_atomic else _changed_within(listed, context, policy.settle)
    with run.begin(context.engine) as connection:
        SuppressionFilter.read(connection, context.settings)
        ledger.lock_listings(connection, source.name)  # a source that is being moved has its new name afterwards
        check_no_other_source(connection, source, listed, adds_source=policy.adds_source)
        settling = ledger.find_new(connection, source.name, recent) if recent else []
        has_moved = ledger.register_source(connection, source.name, location(source))
        ledger.discover(connection, source.name, exclude_settling(listed, settling), context.clock())
        if ledger.mark_missing(connection, source.name, listed, unlisted) or has_moved:
            update_freshness(connection, context)
        waiting = ledger.waiting(connection, source.name)
    run.step(f"listed {len(listed):,} files in {location(source)}, {len(waiting):,} to load")
    run.counts["settling"] = len(settling)
    if settling:
        names = ", ".join(item.key for item in settling[:NAMED_IN_A_STEP])
        more = ", …" if len(settling) > NAMED_IN_A_STEP else ""
        run.step(
            f"{len(settling):,} files changed less than {policy.settle.seconds} s ago, left to the next ingest: "
            f"{names}{more}"
        )
    return waiting


def batches(waiting: Sequence[SourceFile], policy: IngestPolicy) -> Iterator[list[SourceFile]]:
    """Yield consecutive files that fit one transaction."""
    batch: list[SourceFile] = []
    size = 0
    for file in waiting:
        if batch and (len(batch) == policy.files_per_batch or size + file.listed.size > policy.bytes_per_batch):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.listed.size
    if batch:
        yield batch


def exclude_settling(listed: Sequence[SourceObject], settling: Sequence[SourceObject]) -> list[SourceObject]:
    """Return the listed objects except those that are settling."""
    excluded = set(settling)
    return [item for item in listed if item not in excluded]


def _changed_within(listed: Sequence[SourceObject], context: Context, settle: timedelta) -> list[SourceObject]:
    # A time far in the future comes from a wrong clock; such a file would never be loaded.
    return [item for item in listed if abs(context.clock() - item.last_modified) < settle] if settle else []


def _load_batches(
    loader: BatchLoader, waiting: Sequence[SourceFile], policy: IngestPolicy, progress: IngestProgress | None
) -> Counts:
    counts, begun, run = Counts(), monotonic(), loader.run
    with ThreadPoolExecutor(policy.loaders, thread_name_prefix="load") as pool:
        loads = [pool.submit(loader.load, batch) for batch in batches(waiting, policy)]
        try:
            for load in as_completed(loads):
                counts.add(load.result())
                rate = round(counts.rows_read / (monotonic() - begun))
                run.counts.update(asdict(counts), files_total=len(waiting), rows_per_second=rate)
                if progress is not None:
                    progress(counts, len(waiting))
                run.check()
        finally:
            pool.shutdown(cancel_futures=True)
    return counts


def _record_refused(context: Context, fetcher: Fetcher) -> int:
    """Count a failed attempt for each file with denied access; raises SourceUnreachable if no file can be read."""
    fetcher.raise_if_all_are_refused(context.engine)
    if fetcher.refused:
        with fetcher.run.begin(context.engine) as connection:
            for file, error in fetcher.refused:
                ledger.count_attempt(connection, file, str(error), context.settings.max_attempts)
                fetcher.run.step(f"failed {file.address}: {error}")
            update_freshness(connection, context)
    return len(fetcher.refused)
