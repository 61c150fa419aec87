"""Objects below the prefix of a source, and members of its archives, that are not read for their suffix."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from app.pipeline.tables import source
from app.source.selection import describe_skipped


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
    found = select(c.name, c.suffixes, c.not_read).where(c.is_configured, c.not_read != {}).order_by(c.name)
    return [NotRead(row.name, row.suffixes, row.not_read) for row in connection.execute(found)]


def describe_not_read(found: Sequence[NotRead]) -> str:
    """Return the numbers by suffix, and the suffixes that are read, as one line."""
    return "; ".join(describe_objects(each.objects, each.suffixes, each.source if found[1:] else "") for each in found)


def describe_objects(objects: Mapping[str, int], suffixes: Iterable[str], source_name: str = "") -> str:
    """Return `3 objects are not read: 2 .pdf, 1 .xls (suffixes read: .csv, .csv.gz)`; with the source, if named."""
    number, of = sum(objects.values()), f" of {source_name}" if source_name else ""
    counted = f"1 object{of} is" if number == 1 else f"{number:,} objects{of} are"
    return f"{counted} not read: {describe_skipped(objects.items())} (suffixes read: {', '.join(suffixes)})"
