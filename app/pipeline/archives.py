"""Archives in the ledger: their members are files of their own, listed again only when the archive has changed.

An opened archive is `empty`: it has no rows. Its members have keys below its own, `2026/sales.zip/2026-01-05.csv`, and
their state, content and corrections do not depend on those of the archive or of each other.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import Connection, select, update

from app.contract.model import SourceContract
from app.db.arrays import is_any
from app.db.sql import named
from app.errors import BrokenFile
from app.pipeline import ledger
from app.pipeline.ledger import SourceFile, t
from app.pipeline.tables import ACTIVE, source, source_file
from app.source.archive import is_archive, list_members
from app.source.protocol import SourceObject


@dataclass(frozen=True, slots=True)
class OpenedArchive:
    """An archive, and the id of its active row in the ledger."""

    file: SourceFile
    file_id: int


def split_archives(files: Iterable[SourceFile]) -> tuple[list[SourceFile], list[SourceFile]]:
    """Return archives, and other files."""
    found: tuple[list[SourceFile], list[SourceFile]] = ([], [])
    for file in files:
        found[not is_opened(file)].append(file)
    return found


def is_opened(file: SourceFile) -> bool:
    """Return whether a file is an archive, which is opened, not loaded."""
    return file.object.archive is None and is_archive(file.object.key)


def record_members(
    connection: Connection, opened: OpenedArchive, content: IO[bytes], source_contract: SourceContract, now: datetime
) -> None:
    """Record the members of an archive in the ledger; raises BrokenFile, with the remedy, for one that is rejected."""
    source_name, key = opened.file.source, opened.file.object.key
    members = list_members(content, key, source_contract.dialect.member_suffixes, source_contract.max_bytes)
    listed = [_below(key, member) for member in members.files]
    keys = [member.key for member in listed]
    _check_no_object(connection, source_name, key, keys)
    ledger.discover(connection, source_name, listed, now)
    owned = (t.source == source_name, t.key.in_(keys), t.state != "superseded")
    connection.execute(update(source_file).where(*owned).values(archive_id=opened.file_id))
    read = {
        "received_at": now,
        "reading_sha256": reading_of_archives(source_contract),
        "not_read": dict(members.skipped),
    }
    connection.execute(update(source_file).where(t.id == opened.file_id).values(read))


def reading_of_archives(source_contract: SourceContract) -> str:
    """Return the SHA-256 of all keys that determine which members of an archive are files."""
    return hashlib.sha256(" ".join(sorted(source_contract.dialect.member_suffixes)).encode()).hexdigest()


def requeue_unread(connection: Connection, source_name: str, listed: Iterable[SourceObject], reading: str) -> None:
    """Queue the listed archives whose members were not listed with these suffixes, or have to be listed again."""
    keys = [item.key for item in listed if is_archive(item.key)]
    if keys:
        others = (t.source == source_name, is_any(t.key, keys), t.not_read.is_not(None), t.state.in_(ACTIVE))
        unread = update(source_file).where(*others, t.reading_sha256.is_distinct_from(reading))
        connection.execute(unread.values(state="discovered", sha256=None, attempts=0))


def keys_with_members(connection: Connection, source_name: str, listed: Sequence[SourceObject]) -> list[str]:
    """Return the keys of listed objects, and of the members of the listed archives as last opened."""
    keys = [item.key for item in listed]
    archives = [key for key in keys if is_archive(key)]
    if not archives:
        return keys
    values = {"source": source_name, "archives": archives}
    return [*keys, *connection.execute(named(__package__, "member_keys"), values).scalars()]


def record_not_read(
    connection: Connection, source_name: str, suffixes: Sequence[str], skipped: Counter[str], keys: Sequence[str]
) -> None:
    """Record the number of objects, and of members of listed archives, that are not read because of their suffix."""
    archives = [key for key in keys if is_archive(key)]
    of_archives = (t.source == source_name, is_any(t.key, archives), t.not_read.is_not(None), t.state.in_(ACTIVE))
    counted = Counter(skipped)
    if archives:
        for members in connection.execute(select(t.not_read).where(*of_archives)).scalars():
            counted.update(members)
    values = {"suffixes": list(suffixes), "not_read": dict(counted)}
    connection.execute(update(source).where(source.c.name == source_name).values(values))


def _check_no_object(connection: Connection, source_name: str, archive: str, keys: Sequence[str]) -> None:
    is_listed = t.state.not_in(("superseded", "source_missing"))
    objects = select(t.key).where(t.source == source_name, t.key.in_(keys), t.archive_id.is_(None), is_listed)
    found = connection.execute(objects.order_by(t.key).limit(1)).scalar_one_or_none()
    if found is not None:
        raise BrokenFile(f"the source has an object {found} beside the member of the archive; rename {archive}")


def _below(archive: str, member: SourceObject) -> SourceObject:
    return SourceObject(f"{archive}/{member.key}", member.etag, member.size, member.last_modified)
