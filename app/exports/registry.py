"""The objects that exports wrote: noted before their first byte leaves, found and deleted when they must go."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.errors import ExportWithdrawn, RegularsError
from app.exports.tables import export_object
from app.exports.targets import open_target
from app.settings import Settings

log = logging.getLogger(__name__)
o = export_object.c
EXISTING = ("writing", "written")


@dataclass(frozen=True, slots=True)
class Object:
    """An object in a store; target and key say where."""

    export_id: UUID
    target: str
    key: str
    version_id: str | None = None

    @property
    def name(self) -> str:
        """What a person would call it: s3://bucket/key, or a path."""
        return f"{self.target.rstrip('/')}/{self.key}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a whole object holds; sha256 in hex."""

    customers: int
    bytes: int
    sha256: str


def note(
    connection: Connection, begun: Object, *, run_id: UUID, as_of: date, format_name: str, filters: dict[str, Any]
) -> None:
    """Say that an object is going to be written, of the customers of this training that pass the filters."""
    values = {"training_run_id": run_id, "as_of": as_of, "format": format_name, "filters": filters}
    place = {"export_id": begun.export_id, "target": begun.target, "key": begun.key}
    connection.execute(insert(export_object).values(**place, **values))


def lock(connection: Connection, export_id: UUID) -> None:
    """Keep an object that is being written from being withdrawn until the commit; raises Withdrawn where it was."""
    ours = select(o.state).where(o.export_id == export_id).with_for_update()
    if connection.execute(ours).scalar_one() != "writing":
        raise ExportWithdrawn("a customer was erased while the export was written; it is written anew")


def record_completed(connection: Connection, export_id: UUID, sizes: Sizes, version_id: str | None) -> None:
    """Say that an object is whole."""
    values = {"state": "written", "written_at": func.now(), "version_id": version_id}
    whole = {"customers": sizes.customers, "bytes": sizes.bytes, "sha256": sizes.sha256}
    connection.execute(update(export_object).where(o.export_id == export_id).values(**values, **whole))


def clear_unfinished(connection: Connection, settings: Settings) -> None:
    """Delete what is left of objects that nobody writes any more. The lease of the job is ours.

    One whose store refuses waits for the next time: it must not keep others from being written.
    """
    cleared = []
    for begun in _take(connection, ("writing",)):
        try:
            _remove(begun, settings)
        except RegularsError as error:
            log.warning("%s, which was never finished, cannot be cleared: %s", begun.name, error)
        else:
            cleared.append(begun)
    _mark(connection, cleared, {"state": "failed"})


def withdraw(connection: Connection) -> list[Object]:
    """Mark every object that exports wrote or are writing as one that must go, and return them: a customer who is
    erased may be in each. An export that is under way ends with Withdrawn and is written anew.

    The caller keeps exports from beginning until the commit.
    """
    held = _take(connection, (*EXISTING, "withdrawn"))  # one that another erasure withdrew may hold this one too
    _mark(connection, held, {"state": "withdrawn"})
    return held


def withdrawn(connection: Connection) -> list[Object]:
    """Those of them that are not deleted yet."""
    return _take(connection, ("withdrawn",))


def delete(connection: Connection, withdrawn: Object, settings: Settings) -> None:
    """Delete one of them; raises StoreUnavailable, SourceUnreachable or Misconfigured."""
    _remove(withdrawn, settings)
    _mark(connection, [withdrawn], {"state": "deleted", "deleted_at": func.now()})


def _take(connection: Connection, states: tuple[str, ...]) -> list[Object]:
    existing = select(o.export_id, o.target, o.key, o.version_id).where(o.state.in_(states))
    return [Object(*row) for row in connection.execute(existing.order_by(o.created_at).with_for_update())]


def _mark(connection: Connection, objects: list[Object], values: dict[str, Any]) -> None:
    ids = [each.export_id for each in objects]
    connection.execute(update(export_object).where(o.export_id.in_(ids)).values(values))


def _remove(removed: Object, settings: Settings) -> None:
    open_target(removed.target, settings).remove(removed.key, removed.version_id)
