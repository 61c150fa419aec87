"""List a source: record its objects in the ledger, and find the versions to be loaded."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection

from app.contract.model import SourceContract
from app.errors import FoldersUnreadable
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import archives, ledger, validations
from app.pipeline.freshness import update_freshness
from app.pipeline.ledger import SourceFile
from app.pipeline.other_sources import check_no_other_source
from app.pipeline.status import NOT_LISTED
from app.source.protocol import Source, SourceObject, location
from app.suppression.filter import SuppressionFilter

log = logging.getLogger("regulars.ingest")
NAMED_IN_A_STEP: Final = 5


@dataclass(frozen=True, slots=True)
class IngestPolicy:
    """Options of an ingest.

    Attributes:
        loaders: number of batches that are loaded concurrently.
        files_per_batch, bytes_per_batch: limits of one transaction.
        waves, files_per_wave, bytes_per_wave: the same for files that an engine processes.
        least_wave_bytes: bytes of new files of a source below which they are loaded without an engine, whose start
            takes longer.
        max_unavailable: downloads that may fail in succession before the store is checked with another object.
        settle: files of a folder that changed within this time are left to a later ingest, as they may be incomplete.
        adds_source: whether to load a source without files in the database although it has files of another source.
        is_dry_run: whether the database is temporary: no quality checks after the load, no log lines of rejected files.
    """

    loaders: int = 3
    files_per_batch: int = 32
    bytes_per_batch: int = 16 * 1024**2
    waves: int = 2
    files_per_wave: int = 512
    bytes_per_wave: int = 512 * 1024**2
    least_wave_bytes: int = 64 * 1024**2
    max_unavailable: int = 3
    settle: timedelta = timedelta(0)
    adds_source: bool = False
    is_dry_run: bool = False


DEFAULT_POLICY: Final = IngestPolicy()


@dataclass(frozen=True, slots=True)
class ListingContext:
    """Context of the listings of an ingest; configured: names of all sources of the contract."""

    context: Context
    run: Run
    policy: IngestPolicy
    configured: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedSource:
    """One listing of a source.

    Attributes:
        objects: the listed objects; unlisted: prefixes of keys that could not be listed.
        pending: versions to be loaded, and archives to be opened.
    """

    source: Source
    source_contract: SourceContract
    objects: list[SourceObject]
    unlisted: tuple[str, ...]
    pending: list[SourceFile]


def list_new(listing: ListingContext, source: Source, source_contract: SourceContract) -> ListedSource:
    """Record the listing of a source in the ledger, and return it with the versions to be loaded.

    Files that another contract rejected are to be loaded again. Raises Misconfigured if the files in the ledger
    belong to another source.
    """
    context, run, policy = listing.context, listing.run, listing.policy
    listed, unlisted = _list(source, run)
    recent = [] if source.is_atomic else _changed_within(listed, context, policy.settle)
    # Sources that a contract declares beside each other are meant to be in one database.
    adds_source = policy.adds_source or len(listing.configured) > 1
    with run.begin(context.engine) as connection:
        SuppressionFilter.read(connection, context.settings)
        ledger.lock_listings(connection, source.name)  # a source that is being moved has its new name afterwards
        check_no_other_source(connection, source, listed, source_contract.server, adds_source=adds_source)
        settling = ledger.find_new(connection, source.name, recent) if recent else []
        has_changed = ledger.register_source(connection, source.name, location(source), listing.configured)
        archives.requeue_unread(connection, source.name, listed, archives.reading_of_archives(source_contract))
        ledger.discover(connection, source.name, exclude_settling(listed, settling), context.clock())
        pending = _compare(
            connection, listing, ListedSource(source, source_contract, listed, unlisted, []), has_changed
        )
    run.step(f"listed {len(listed):,} files in {location(source)}, {len(pending):,} to load")
    _report_settling(listing, settling)
    return ListedSource(source, source_contract, listed, unlisted, pending)


def list_members(listing: ListingContext, listed: ListedSource) -> list[SourceFile]:
    """Compare the ledger with the members of archives that were opened; return the versions to be loaded."""
    with listing.run.begin(listing.context.engine) as connection:
        SuppressionFilter.read(connection, listing.context.settings)
        ledger.lock_listings(connection, listed.source.name)
        return _compare(connection, listing, listed, has_changed=False)


def _compare(
    connection: Connection, listing: ListingContext, listed: ListedSource, has_changed: bool
) -> list[SourceFile]:
    """Compare the keys in the ledger with the listed ones; return the versions to be loaded."""
    context, name, contract = listing.context, listed.source.name, listed.source_contract.contract
    keys = archives.keys_with_members(connection, name, listed.objects)
    has_changed |= ledger.mark_missing(connection, name, keys, listed.unlisted) > 0
    requeued = validations.requeue_rejected(connection, name, keys, contract.sha256)
    archives.record_not_read(
        connection, name, listed.source_contract.dialect.suffixes, Counter(listed.source.skipped), keys
    )
    if has_changed or requeued:
        update_freshness(connection, context)
    pending = ledger.pending(connection, name)
    if pending:
        validations.record_contract(connection, contract, context.clock())
    if requeued:
        listing.run.step(f"{requeued:,} files that another contract rejected are read again")
    return pending


def exclude_settling(listed: Sequence[SourceObject], settling: Sequence[SourceObject]) -> list[SourceObject]:
    """Return the listed objects except those that are settling."""
    excluded = set(settling)
    return [item for item in listed if item not in excluded]


def _list(source: Source, run: Run) -> tuple[list[SourceObject], tuple[str, ...]]:
    listed: list[SourceObject] = []
    try:
        for item in source.list():
            listed.append(item)  # noqa: PERF402  # objects listed before an error are kept
    except FoldersUnreadable as error:
        log.warning("run %s: %s", run.run_id, error)
        run.step(f"{NOT_LISTED}{error}")
        return listed, error.prefixes
    return listed, ()


def _changed_within(listed: Sequence[SourceObject], context: Context, settle: timedelta) -> list[SourceObject]:
    # A time far in the future comes from a wrong clock; such a file would never be loaded.
    return [item for item in listed if abs(context.clock() - item.last_modified) < settle] if settle else []


def _report_settling(listing: ListingContext, settling: Sequence[SourceObject]) -> None:
    run, seconds = listing.run, listing.policy.settle.seconds
    run.counts["settling"] = run.counts.get("settling", 0) + len(settling)
    if settling:
        names = ", ".join(item.key for item in settling[:NAMED_IN_A_STEP])
        more = ", …" if len(settling) > NAMED_IN_A_STEP else ""
        run.step(f"{len(settling):,} files changed less than {seconds} s ago, left to the next ingest: {names}{more}")
