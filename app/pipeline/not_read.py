"""Objects of a source, members of its archives and sheets that are not read; archives without sales files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, exists, select

from app.pipeline.tables import ACTIVE, source, source_file
from app.source.selection import describe_skipped

MAX_KEYS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class NotRead:
    """Objects of one source that its last listing left out; hidden ones are not counted.

    Attributes:
        source: logical name.
        suffixes: suffixes that the contract reads.
        objects: number of other objects by suffix, empty for objects without one.
    """

    source: str
    suffixes: Sequence[str]
    objects: Mapping[str, int]


def read_not_read(connection: Connection) -> list[NotRead]:
    """Return the objects that are not read of each configured source that has some."""
    c = source.c
    found = (
        select(c.name, c.suffixes, c.not_read).where(c.is_configured, c.not_read != {}).order_by(c.name.collate("C"))
    )
    return [NotRead(row.name, row.suffixes, row.not_read) for row in connection.execute(found)]


def read_empty_archives(connection: Connection) -> list[str]:
    """Return the keys of the archives that have no sales file."""
    archive, member = source_file.alias("archive"), source_file.alias("member")
    has_member = exists().where(member.c.archive_id == archive.c.id, member.c.state != "superseded")
    is_configured = archive.c.source.in_(select(source.c.name).where(source.c.is_configured))
    opened = (is_configured, archive.c.not_read.is_not(None), archive.c.state.in_(ACTIVE))
    return [*connection.execute(select(archive.c.key).where(*opened, ~has_member).order_by(archive.c.key)).scalars()]


def describe_empty_archives(keys: Sequence[str]) -> str:
    """Return `2 archives have no file that is read: a.zip, b.zip`."""
    shown = ", ".join(keys[:MAX_KEYS_SHOWN]) + (", …" if len(keys) > MAX_KEYS_SHOWN else "")
    return f"{'1 archive has' if len(keys) == 1 else f'{len(keys):,} archives have'} no file that is read: {shown}"


def describe_not_read(found: Sequence[NotRead]) -> str:
    """Return the numbers by suffix, and the suffixes that are read, as one line."""
    return "; ".join(describe_objects(each.objects, each.suffixes, each.source if found[1:] else "") for each in found)


def describe_objects(objects: Mapping[str, int], suffixes: Iterable[str], source_name: str = "") -> str:
    """Return `3 objects are not read: 2 .pdf, 1 .xls (suffixes read: .csv, .csv.gz)`; with the source, if named."""
    number, of = sum(objects.values()), f" of {source_name}" if source_name else ""
    counted = f"1 object{of} is" if number == 1 else f"{number:,} objects{of} are"
    return f"{counted} not read: {describe_skipped(objects.items())} (suffixes read: {', '.join(suffixes)})"
