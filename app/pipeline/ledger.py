"""The ledger: which versions of which objects were seen, and what became of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, select, text, update

from app.db.sql import named
from app.pipeline.tables import source_file
from app.silver.clean import Cleaned
from app.source.objects import SourceObject

ACTIVE = ("loaded", "empty", "source_missing")
WAITING = ("discovered",)
t = source_file.c


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger: an object version and its id."""

    file_id: int
    listed: SourceObject


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of an object version whose bytes are known.

    serve: the file that is to be active, the version itself or the earlier one that has come back; known_as: the
    earlier row of this key with the same bytes; supersedes: the active file that gives up its place; duplicate_of:
    the active file under another key that says the same.
    """

    serve: int | None = None
    known_as: int | None = None
    supersedes: int | None = None
    duplicate_of: int | None = None


def discover(connection: Connection, listed: Iterable[SourceObject], discovered_at: datetime) -> int:
    """Remember every version not seen before and return how many there are."""
    objects = list(listed)
    columns = ("bucket", "key", "version_id", "etag", "size", "last_modified")
    values: dict[str, Any] = {f"{name}s": [getattr(item, name) for item in objects] for name in columns}
    found = connection.execute(named("pipeline", "discover"), {**values, "discovered_at": discovered_at}).rowcount
    connection.execute(named("pipeline", "overtake"))
    return found


def waiting(connection: Connection, bucket: str) -> list[Entry]:
    """Versions that are to be loaded, one for a key, in the order of their keys and so of business dates."""
    query = select(source_file).where(t.bucket == bucket, t.state.in_(WAITING)).order_by(t.key)
    return [_entry(row) for row in connection.execute(query)]


def lock(connection: Connection, entry: Entry) -> bool:
    """Lock the key until the transaction ends; False where another worker has settled the version meanwhile."""
    connection.execute(named("pipeline", "lock_key"), {"bucket": entry.listed.bucket, "key": entry.listed.key})
    state = connection.execute(select(t.state).where(t.id == entry.file_id)).scalar_one_or_none()
    return state in WAITING


def judge(connection: Connection, entry: Entry, sha256: str) -> Verdict:
    """What these bytes under this key are: new, a correction, an old version come back, or known already."""
    same_key = select(t.id, t.state, t.sha256).where(t.bucket == entry.listed.bucket, t.key == entry.listed.key)
    versions = list(connection.execute(same_key.where(t.id != entry.file_id)))
    active = next((row.id for row in versions if row.state in ACTIVE), None)
    same = next((row for row in versions if row.sha256 == sha256), None)
    if same is not None and same.state == "superseded":
        return Verdict(serve=same.id, known_as=same.id, supersedes=active)
    if same is not None:
        return Verdict(known_as=same.id)
    twin = select(t.id).where(t.sha256 == sha256, t.state.in_(("loaded", "source_missing")), t.id != entry.file_id)
    duplicate_of = connection.execute(twin.order_by(t.id).limit(1)).scalar_one_or_none()
    if duplicate_of is not None:
        return Verdict(duplicate_of=duplicate_of, supersedes=active)
    return Verdict(serve=entry.file_id, supersedes=active)


def supersede(connection: Connection, file_id: int) -> None:
    """A version gives up its place; what was a duplicate of it waits to be loaded after all."""
    connection.execute(update(source_file).where(t.id == file_id).values(state="superseded"))
    heirs = update(source_file).where(t.duplicate_of_id == file_id, t.state == "duplicate")
    connection.execute(heirs.values(state="discovered", duplicate_of_id=None))


def settle_loaded(
    connection: Connection,
    file_id: int,
    cleaned: Cleaned,
    *,
    sha256: str,
    supersedes: int | None,
    run_id: UUID,
    loaded_at: datetime,
) -> None:
    """Record a file whose rows are in: loaded, or empty where it had none."""
    connection.execute(
        update(source_file)
        .where(t.id == file_id)
        .values(
            state="loaded" if cleaned.rows else "empty",
            sha256=sha256,
            supersedes_id=supersedes,
            rows_read=cleaned.rows,
            rows_loaded=cleaned.loaded,
            rows_quarantined=cleaned.quarantined,
            error=None,
            run_id=run_id,
            loaded_at=loaded_at,
        )
    )


def settle_gone(connection: Connection, entry: Entry, error: str) -> None:
    """Record a version that was overwritten or deleted before it was read; the next listing shows what is there."""
    changed = {"state": "superseded", "error": error}
    connection.execute(update(source_file).where(t.id == entry.file_id, t.state.in_(WAITING)).values(changed))


def settle_duplicate(connection: Connection, entry: Entry, sha256: str, duplicate_of: int) -> None:
    """Record a file that says what another says already."""
    changed = {"state": "duplicate", "sha256": sha256, "duplicate_of_id": duplicate_of}
    connection.execute(update(source_file).where(t.id == entry.file_id).values(changed))


def merge_into(connection: Connection, entry: Entry, file_id: int) -> None:
    """The entry has the bytes of an earlier row of its key: that row takes over its listing, the entry goes."""
    connection.execute(delete(source_file).where(t.id == entry.file_id))
    listed = entry.listed
    seen = {"etag": listed.etag, "last_modified": listed.last_modified, "version_id": listed.version_id}
    connection.execute(update(source_file).where(t.id == file_id).values(seen))


def settle_rejected(connection: Connection, entry: Entry, sha256: str, error: str, run_id: UUID) -> None:
    """Record a file that is refused whole."""
    changed = {"state": "rejected", "sha256": sha256, "error": error, "run_id": run_id}
    connection.execute(update(source_file).where(t.id == entry.file_id).values(changed))


def count_attempt(connection: Connection, entry: Entry, error: str, max_attempts: int) -> None:
    """Record an attempt that failed for no fault of the file's contract; the last one leaves it `failed`."""
    attempts = text("attempts + 1")
    state = text(f"case when attempts + 1 >= {int(max_attempts)} then 'failed' else state end")
    connection.execute(
        update(source_file).where(t.id == entry.file_id).values(attempts=attempts, error=error, state=state)
    )


def _entry(row: Row[Any]) -> Entry:
    listed = SourceObject(row.bucket, row.key, row.etag, row.size, row.last_modified, row.version_id)
    return Entry(row.id, listed)
