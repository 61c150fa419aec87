"""Ledger: every version of every source object, and its state."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, or_, select, text, update

from app.db.sql import named
from app.pipeline.tables import ACTIVE, PENDING, source, source_file
from app.pipeline.version_resolution import Version, Versions
from app.silver.clean import CleanCounts
from app.silver.selection import RejectedState
from app.source.protocol import SourceObject

t = source_file.c
address = func.coalesce(source.c.location, "") + t.key
"""SQL expression of a file's address, in a query that joins `files`."""
files = source_file.outerjoin(source, source.c.name == t.source)
archive = source_file.alias("archive")
VERSION_COLUMNS: Final = ("key", "etag", "size", "last_modified", "version_id")
VERSION: Final = attrgetter(*VERSION_COLUMNS)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One ledger row: a version of a source object.

    Attributes:
        file_id: id of the row.
        source: logical name of its source.
        object: the object version in the listing.
        address: full address of the object, for messages: s3://bucket/prefix/key, or a path.
    """

    file_id: int
    source: str
    object: SourceObject
    address: str

    @property
    def name(self) -> str:
        """Source and key: the identity of the file across its versions and addresses."""
        return f"{self.source}/{self.object.key}"


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file whose rows are loaded; `supersedes` is the id of the file that it replaces."""

    file_id: int
    sha256: str
    supersedes: int | None
    cleaned: CleanCounts


@dataclass(frozen=True, slots=True)
class RejectedFile:
    """A file that was rejected for its content: its SHA-256, and the message."""

    file: SourceFile
    sha256: str
    error: str


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """Values recorded with loaded files: run, time (UTC), and the contract by which they were validated."""

    run_id: UUID
    loaded_at: datetime
    contract_sha256: str


def register_source(connection: Connection, name: str, location: str, configured: Sequence[str]) -> bool:
    """Record the location of a source and the names of all configured ones; return whether pipeline.source changed."""
    connection.execute(named(__package__, "lock"), {"names": ["sources"]})
    values = {"name": name, "location": location, "configured": [name, *configured]}
    return bool(connection.execute(named(__package__, "register_source"), values).scalar_one())


def discover(connection: Connection, source_name: str, listed: Iterable[SourceObject], discovered_at: datetime) -> int:
    """Record listed versions that differ from the last recorded version of their key; return their number."""
    objects = list(listed)
    if not objects:
        return 0
    lock_listings(connection, source_name)
    new = [VERSION(item) for item in find_new(connection, source_name, objects)]
    if new:
        values = {
            f"{column}s": list(each) for column, each in zip(VERSION_COLUMNS, zip(*new, strict=True), strict=True)
        }
        entered = {"source": source_name, **values, "discovered_at": discovered_at}
        connection.execute(named(__package__, "discover"), entered)
        connection.execute(named(__package__, "supersede_stale_discoveries"))
    return len(new)


def find_new(connection: Connection, source_name: str, listed: Iterable[SourceObject]) -> list[SourceObject]:
    """Return listed versions that differ from the last recorded version of their key."""
    objects = list(listed)
    values = {"source": source_name, "keys": [item.key for item in objects]}
    last_seen = connection.execute(named(__package__, "last_seen"), values).mappings()
    seen = {tuple(row[column] for column in VERSION_COLUMNS) for row in last_seen}
    return [item for item in objects if VERSION(item) not in seen]


def mark_missing(connection: Connection, source_name: str, keys: Sequence[str], unlisted: Sequence[str] = ()) -> int:
    """Mark files whose key is no longer listed, and unmark those listed again; return the number of changes.

    Args:
        unlisted: prefixes of keys that could not be listed; their files are not changed.
    """
    lock_listings(connection, source_name)
    values = {"source": source_name, "keys": list(keys), "unlisted": list(unlisted)}
    return connection.execute(named(__package__, "mark_missing"), values).rowcount


def pending(connection: Connection, source_name: str) -> list[SourceFile]:
    """Return versions to be loaded, at most one for each key, in the order of their keys."""
    chosen = (t.source == source_name, t.state.in_(PENDING))
    return [_source_file(row) for row in connection.execute(_rows().where(*chosen).order_by(t.key))]


def lock(
    connection: Connection, batch: Sequence[tuple[SourceFile, str]], without_rows: Collection[str] = ()
) -> set[int]:
    """Lock the keys and contents (SHA-256) of a batch until the transaction ends; return the ids still to be loaded.

    Earlier contents of these keys are locked too, so that no file becomes a duplicate of a superseded file.

    Args:
        without_rows: contents without a row, of days without sales. They are never duplicates, and their locks would
            make the batches of an ingest wait for each other.
    """
    connection.execute(named(__package__, "lock"), {"names": [file.name for file, _ in batch]})
    with_rows = {*ACTIVE, "duplicate"} - {"empty"}
    earlier = connection.execute(select(t.sha256).where(_same_key(batch), t.state.in_(with_rows))).scalars()
    contents = {*(sha256 for _, sha256 in batch), *earlier}.difference(without_rows)
    connection.execute(named(__package__, "lock"), {"names": sorted(contents)})
    pending_ids = select(t.id).where(t.id.in_([file.file_id for file, _ in batch]), t.state.in_(PENDING))
    return set(connection.execute(pending_ids).scalars())


def read_versions(connection: Connection, source_name: str, batch: Sequence[tuple[SourceFile, str]]) -> Versions:
    """Read the ledger rows that share a key or a content with a batch."""
    values = {
        "source": source_name,
        "keys": [file.object.key for file, _ in batch],
        "sha256s": [sha256 for _, sha256 in batch],
    }
    rows = connection.execute(named(__package__, "read_versions"), values).mappings()
    return Versions(Version(**row) for row in rows)


def mark_superseded(connection: Connection, file_ids: Sequence[int]) -> None:
    """Mark versions superseded."""
    connection.execute(update(source_file).where(t.id.in_(file_ids)).values(state="superseded"))


def reading_of(connection: Connection, file_id: int) -> tuple[str | None, bool]:
    """Return the reading_sha256 of a file, None if loaded before contracts existed, and whether it has no rows."""
    row = connection.execute(select(t.reading_sha256, t.rows_read).where(t.id == file_id)).one()
    return row.reading_sha256, row.rows_read == 0


def record_received(connection: Connection, file_id: int, reading: str, received_at: datetime) -> None:
    """Record the time at which the rows of a file were read into bronze, and the fingerprint of their reading."""
    received = {"received_at": received_at, "reading_sha256": reading, "other_sheets": None, "columns": None}
    connection.execute(update(source_file).where(t.id == file_id).values(received))


def record_loaded(connection: Connection, files: Sequence[LoadedFile], loading: LoadRecord) -> None:
    """Record files whose rows are loaded."""
    values = {
        "file_ids": [file.file_id for file in files],
        "sha256s": [file.sha256 for file in files],
        "supersedes_ids": [file.supersedes for file in files],
        "loaded": [file.cleaned.loaded for file in files],
        "quarantined": [file.cleaned.quarantined for file in files],
        "skipped": [file.cleaned.skipped for file in files],
    }
    connection.execute(named(__package__, "record_loaded"), {**values, **asdict(loading)})


def record_changed(connection: Connection, file: SourceFile, error: str) -> None:
    """Record a version that was overwritten or deleted before it was read; the next listing finds its successor."""
    changed = {"state": "superseded", "error": error}
    connection.execute(update(source_file).where(t.id == file.file_id, t.state.in_(PENDING)).values(changed))
    # The members of an archive are listed again if one of them could not be read.
    its_archive = select(t.archive_id).where(t.id == file.file_id).scalar_subquery()
    connection.execute(update(source_file).where(t.id == its_archive).values(reading_sha256=None))


def record_duplicate(connection: Connection, file_id: int, sha256: str, duplicate_of: int) -> None:
    """Record a file with the same content as an active one."""
    changed = {"state": "duplicate", "sha256": sha256, "duplicate_of_id": duplicate_of, "error": None}
    connection.execute(update(source_file).where(t.id == file_id).values(changed))


def adopt_listing(connection: Connection, file: SourceFile, file_id: int) -> None:
    """Copy the listing of a row to an earlier row of its key with the same content, and delete the later row."""
    deleted = delete(source_file).where(t.id == file.file_id).returning(t.discovered_at, t.archive_id)
    listed, (discovered_at, archive_id) = file.object, connection.execute(deleted).one()
    seen = {"etag": listed.etag, "last_modified": listed.last_modified, "version_id": listed.version_id}
    merged = update(source_file).where(t.id == file_id)
    connection.execute(merged.values({**seen, "discovered_at": discovered_at, "archive_id": archive_id}))


def record_rejected(connection: Connection, rejected: RejectedFile, run_id: UUID, contract_sha256: str) -> None:
    """Record a rejected file; earlier rejected or failed versions of its key are superseded, an active one stays."""
    file, sha256 = rejected.file, rejected.sha256
    key = [(file, sha256)]
    same_content = select(t.id).where(_same_key(key), t.sha256 == sha256, t.id != file.file_id)
    file_id = connection.execute(same_content).scalar_one_or_none()
    if file_id is not None:
        adopt_listing(connection, file, file_id)
    earlier = update(source_file).where(_same_key(key), t.state.in_(("rejected", "failed")))
    connection.execute(earlier.values(state="superseded"))
    changed = {"state": "rejected", "sha256": sha256, "error": rejected.error, "run_id": run_id}
    row = update(source_file).where(t.id == (file_id or file.file_id))
    connection.execute(row.values({**changed, "contract_sha256": contract_sha256}))


def count_attempt(connection: Connection, file: SourceFile, error: str, max_attempts: int) -> None:
    """Count a failed attempt to load a file; at `max_attempts` its state becomes `failed`."""
    attempts = text("attempts + 1")
    state = text(f"case when attempts + 1 >= {int(max_attempts)} then 'failed' else state end")
    failed = update(source_file).where(t.id == file.file_id, t.state.in_(PENDING))
    connection.execute(failed.values(attempts=attempts, error=error, state=state))


def active_files(connection: Connection, file_ids: Select[tuple[int]]) -> list[tuple[SourceFile, str]]:
    """Return the active files among `file_ids`, in the order of their ids, each with its SHA-256."""
    return source_files(connection, t.id.in_(file_ids), t.state.in_(ACTIVE))


def source_files(connection: Connection, *conditions: ColumnElement[bool]) -> list[tuple[SourceFile, str]]:
    """Return the files with a known content that meet the conditions, by their ids, each with its SHA-256."""
    rows = connection.execute(_rows().where(*conditions, t.sha256.is_not(None)).order_by(t.id)).all()
    return [(_source_file(row), row.sha256) for row in rows]


def smallest_loaded(connection: Connection, source_name: str) -> SourceFile | None:
    """Return the smallest loaded file of a source whose object is still listed; None if there is none."""
    loaded = _rows().where(t.source == source_name, t.state == "loaded").order_by(t.size, t.id).limit(1)
    row = connection.execute(loaded).one_or_none()
    return None if row is None else _source_file(row)


def former_sources(connection: Connection, configured: Collection[str]) -> dict[str, int]:
    """Return the number of active files of each source except the configured ones."""
    is_active = t.state.in_(("loaded", "source_missing"))
    former = select(t.source, func.count().label("files")).where(t.source.not_in(configured), is_active)
    rows = connection.execute(former.group_by(t.source).order_by(t.source.collate("C")))
    return {row.source: row.files for row in rows}


def is_active(connection: Connection, file_id: int) -> bool:
    """Return whether a file is active."""
    return connection.execute(select(t.id).where(t.id == file_id, t.state.in_(ACTIVE))).first() is not None


def unknown_ids(connection: Connection, file_ids: Collection[int]) -> list[int]:
    """Return those of the ids that no file has."""
    return sorted({*file_ids} - {*connection.execute(select(t.id).where(t.id.in_(file_ids))).scalars()})


def requeue(connection: Connection, file_ids: Collection[int], states: Collection[RejectedState] = ()) -> list[int]:
    """Queue rejected or failed files for the next ingest, by their ids or states; return the ids of those queued."""
    discovered = {"state": "discovered", "attempts": 0, "sha256": None, "error": None}
    chosen = or_(t.id.in_(file_ids), t.state.in_(states))
    refused = update(source_file).where(chosen, t.state.in_(get_args(RejectedState)))
    return sorted(connection.execute(refused.values(discovered).returning(t.id)).scalars())


def lock_listings(connection: Connection, *sources: str) -> None:
    """Lock the listings of these sources until the transaction ends."""
    connection.execute(named(__package__, "lock"), {"names": [f"listing {name}" for name in sources]})


def _same_key(batch: Sequence[tuple[SourceFile, str]]) -> ColumnElement[bool]:
    sources = {file.source for file, _ in batch}
    return t.source.in_(sources) & t.key.in_([file.object.key for file, _ in batch])


def _rows() -> Select[Any]:
    its_archive = (archive.c[name].label(f"archive_{name}") for name in VERSION_COLUMNS)
    joined = files.outerjoin(archive, archive.c.id == t.archive_id)
    return select(source_file, address.label("address"), *its_archive).select_from(joined)


def _source_file(row: Row[Any]) -> SourceFile:
    of_archive = [getattr(row, f"archive_{name}") for name in VERSION_COLUMNS]
    within = SourceObject(*of_archive) if row.archive_id is not None else None
    listed = SourceObject(row.key, row.etag, row.size, row.last_modified, row.version_id, within)
    return SourceFile(row.id, row.source, listed, row.address)
