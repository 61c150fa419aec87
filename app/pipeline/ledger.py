"""The ledger: which versions of which objects were seen, and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, select, text, update

from app.db.sql import named
from app.pipeline.tables import source_file
from app.pipeline.version_resolution import ACTIVE, ASIDE, Version, Versions
from app.silver.clean import Cleaned
from app.source.protocol import SourceObject

WAITING = ("discovered",)
t = source_file.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger: an object version and its id."""

    file_id: int
    listed: SourceObject


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose rows are in."""

    file_id: int
    sha256: str
    supersedes: int | None
    cleaned: Cleaned


def discover(connection: Connection, listed: Iterable[SourceObject], discovered_at: datetime) -> int:
    """Remember every version of a bucket's listing that is not the one last seen under its key; return their number.

    There is no watermark: what is listed counts.
    """
    objects = list(listed)
    if not objects:
        return 0
    bucket, columns = objects[0].bucket, ("key", "etag", "size", "last_modified", "version_id")
    # Who lists at the same time waits, and then finds these versions known.
    connection.execute(named(__package__, "lock"), {"names": [f"listing {bucket}"]})
    seen = {tuple(row) for row in connection.execute(named(__package__, "last_seen"), {"bucket": bucket})}
    new = [version for version in map(attrgetter(*columns), objects) if version not in seen]
    if new:
        values = {f"{column}s": list(each) for column, each in zip(columns, zip(*new, strict=True), strict=True)}
        entered = {"bucket": bucket, **values, "discovered_at": discovered_at}
        connection.execute(named(__package__, "discover"), entered)
        connection.execute(named(__package__, "supersede_stale_discoveries"))
    return len(new)


def mark_missing(connection: Connection, bucket: str, prefix: str, listed: Iterable[SourceObject]) -> int:
    """Mark files whose object is no longer listed below the prefix, or is again; return how many changed."""
    # An empty listing discovers nothing and has not waited yet: of two at once the later one took the mark away again.
    connection.execute(named(__package__, "lock"), {"names": [f"listing {bucket}"]})
    values = {"bucket": bucket, "prefix": prefix, "keys": [item.key for item in listed]}
    return connection.execute(named(__package__, "mark_missing"), values).rowcount


def waiting(connection: Connection, bucket: str) -> list[Entry]:
    """Versions that are to be loaded, one for a key, in the order of their keys and so of business dates."""
    query = select(source_file).where(t.bucket == bucket, t.state.in_(WAITING)).order_by(t.key)
    return [_entry(row) for row in connection.execute(query)]


def promoted_duplicates(connection: Connection, bucket: str) -> list[Entry]:
    """Those of them that were duplicates until their twin was superseded."""
    inherits = (t.bucket == bucket, t.state.in_(WAITING), t.sha256.is_not(None))
    return [_entry(row) for row in connection.execute(select(source_file).where(*inherits).order_by(t.key))]


def lock(connection: Connection, batch: Sequence[tuple[Entry, str]]) -> set[int]:
    """Lock the keys and contents (SHA-256) of a batch until the transaction ends; the ids that still wait then.

    The contents that these keys may give up are locked too: nobody finds a twin in what is just being superseded.
    """
    names = [f"{entry.listed.bucket}/{entry.listed.key}" for entry, _ in batch]
    connection.execute(named(__package__, "lock"), {"names": names})
    given_up = select(t.sha256).where(_same_key(batch), t.state.in_([*ACTIVE, "duplicate"]))
    contents = [*(sha256 for _, sha256 in batch), *connection.execute(given_up).scalars()]
    connection.execute(named(__package__, "lock"), {"names": contents})
    waiting = select(t.id).where(t.id.in_([entry.file_id for entry, _ in batch]), t.state.in_(WAITING))
    return set(connection.execute(waiting).scalars())


def read_versions(connection: Connection, batch: Sequence[tuple[Entry, str]]) -> Versions:
    """Every version of the batch's keys, and every active file with the bytes of one of them."""
    same_bytes = t.sha256.in_([sha256 for _, sha256 in batch]) & t.state.in_(ACTIVE)
    columns = select(t.id, t.bucket, t.key, t.state, t.sha256, t.rows_read)
    rows = connection.execute(columns.where(_same_key(batch) | same_bytes))
    return Versions(Version(row.id, f"{row.bucket}/{row.key}", row.state, row.sha256, row.rows_read) for row in rows)


def supersede(connection: Connection, file_id: int) -> None:
    """A version gives up its place; what was a duplicate of it waits to be loaded after all."""
    retire(connection, [file_id])
    heirs = update(source_file).where(t.duplicate_of_id == file_id, t.state == "duplicate")
    connection.execute(heirs.values(state="discovered", duplicate_of_id=None))


def retire(connection: Connection, file_ids: Sequence[int]) -> None:
    """Versions that a newer one of their key has made history."""
    connection.execute(update(source_file).where(t.id.in_(file_ids)).values(state="superseded"))


def record_loaded(connection: Connection, files: Sequence[LoadedFile], run_id: UUID, loaded_at: datetime) -> None:
    """Record files whose rows are in."""
    values = {
        "file_ids": [file.file_id for file in files],
        "sha256s": [file.sha256 for file in files],
        "supersedes_ids": [file.supersedes for file in files],
        "loaded": [file.cleaned.loaded for file in files],
        "quarantined": [file.cleaned.quarantined for file in files],
    }
    connection.execute(named(__package__, "record_loaded"), {**values, "run_id": run_id, "loaded_at": loaded_at})


def record_gone(connection: Connection, entry: Entry, error: str) -> None:
    """Record a version that was overwritten or deleted before it was read; the next listing shows what is there."""
    changed = {"state": "superseded", "error": error}
    connection.execute(update(source_file).where(t.id == entry.file_id, t.state.in_(WAITING)).values(changed))


def record_duplicate(connection: Connection, file_id: int, sha256: str, duplicate_of: int) -> None:
    """Record a file that says what another says already."""
    changed = {"state": "duplicate", "sha256": sha256, "duplicate_of_id": duplicate_of, "error": None}
    connection.execute(update(source_file).where(t.id == file_id).values(changed))


def adopt_listing(connection: Connection, entry: Entry, file_id: int) -> None:
    """The entry has the bytes of an earlier row of its key: that row takes over its listing, the entry goes."""
    gone = delete(source_file).where(t.id == entry.file_id).returning(t.discovered_at)
    listed, discovered_at = entry.listed, connection.execute(gone).scalar_one()
    seen = {"etag": listed.etag, "last_modified": listed.last_modified, "version_id": listed.version_id}
    merged = update(source_file).where(t.id == file_id)
    connection.execute(merged.values({**seen, "discovered_at": discovered_at}))


def record_rejected(connection: Connection, entry: Entry, sha256: str, error: str, run_id: UUID) -> None:
    """Record a file that is refused whole, and with it the earlier ones of its key; what serves goes on serving."""
    key = [(entry, sha256)]
    known_as = select(t.id).where(_same_key(key), t.sha256 == sha256, t.id != entry.file_id)
    file_id = connection.execute(known_as).scalar_one_or_none()
    if file_id is not None:
        adopt_listing(connection, entry, file_id)
    earlier = update(source_file).where(_same_key(key), t.state.in_(ASIDE - {"duplicate"}))
    connection.execute(earlier.values(state="superseded"))
    changed = {"state": "rejected", "sha256": sha256, "error": error, "run_id": run_id}
    connection.execute(update(source_file).where(t.id == (file_id or entry.file_id)).values(changed))


def count_attempt(connection: Connection, entry: Entry, error: str, max_attempts: int) -> None:
    """Record an attempt that failed for no fault of the file's contract; the last one leaves it `failed`."""
    attempts = text("attempts + 1")
    state = text(f"case when attempts + 1 >= {int(max_attempts)} then 'failed' else state end")
    connection.execute(
        update(source_file).where(t.id == entry.file_id).values(attempts=attempts, error=error, state=state)
    )


def serving(connection: Connection, file_ids: Select[tuple[int]]) -> list[tuple[Entry, str]]:
    """Those of the files whose rows serve, in the order of their ids, and the SHA-256 of each."""
    loaded = select(source_file).where(t.id.in_(file_ids), t.state.in_(ACTIVE), t.sha256.is_not(None))
    return [(_entry(row), row.sha256) for row in connection.execute(loaded.order_by(t.id))]


def is_serving(connection: Connection, file_id: int) -> bool:
    """Whether a file's rows serve."""
    return connection.execute(select(t.id).where(t.id == file_id, t.state.in_(ACTIVE))).first() is not None


def state_of(connection: Connection, file_id: int) -> str | None:
    """The state of a file; None where there is none of that id."""
    return connection.execute(select(t.state).where(t.id == file_id)).scalar_one_or_none()


def move_to_silver(connection: Connection, file_id: int, rows: int) -> None:
    """So many rows of a file have left the quarantine for silver."""
    moved = {"rows_loaded": t.rows_loaded + rows, "rows_quarantined": t.rows_quarantined - rows}
    connection.execute(update(source_file).where(t.id == file_id).values(moved))


def requeue(connection: Connection, file_id: int) -> bool:
    """Let a file that was refused or given up wait to be read again; false where it was neither."""
    waits = {"state": "discovered", "attempts": 0, "sha256": None, "error": None}
    refused = update(source_file).where(t.id == file_id, t.state.in_(("rejected", "failed")))
    return connection.execute(refused.values(waits)).rowcount > 0


def _same_key(batch: Sequence[tuple[Entry, str]]) -> ColumnElement[bool]:
    buckets = {entry.listed.bucket for entry, _ in batch}
    return t.bucket.in_(buckets) & t.key.in_([entry.listed.key for entry, _ in batch])


def _entry(row: Row[Any]) -> Entry:
    listed = SourceObject(row.bucket, row.key, row.etag, row.size, row.last_modified, row.version_id)
    return Entry(row.id, listed)
