"""Registry of exported objects: register before writing, withdraw and delete after an erasure."""

import logging
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from app.errors import ExportWithdrawn, RegularsError
from app.exports.formats import FormatName
from app.exports.tables import ObjectState, export_object
from app.exports.targets import open_target
from app.segments.publish import CurrentRun
from app.settings import Settings

log = logging.getLogger(__name__)
o = export_object.c
MAY_CONTAIN_CUSTOMERS: Final[tuple[ObjectState, ...]] = ("writing", "written", "withdrawn")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Object of an export.

    Attributes:
        export_id: id of the export's run.
        target: URL of the store, or path of the folder.
        key: key of the object below the target.
        version_id: version of the object in a store with versions.
    """

    export_id: UUID
    target: str
    key: str
    version_id: str | None = None

    @property
    def name(self) -> str:
        """Address: s3://bucket/key, or a path."""
        return f"{self.target.rstrip('/')}/{self.key}"


@dataclass(frozen=True, slots=True)
class ObjectSizes:
    """Size and hash of a complete object.

    Attributes:
        customers: number of customers.
        bytes: size in bytes.
        sha256: SHA-256 in hex.
    """

    customers: int
    bytes: int
    sha256: str


def register(
    connection: Connection, begun: StoredObject, run: CurrentRun, format_name: FormatName, filters: dict[str, Any]
) -> None:
    """Register an object before it is written, with its training run and filters."""
    values = {"training_run_id": run.run_id, "as_of": run.as_of, "format": format_name, "filters": filters}
    address = {"export_id": begun.export_id, "target": begun.target, "key": begun.key}
    connection.execute(insert(export_object).values(**address, **values))


def lock_unfinished(connection: Connection, export_id: UUID) -> None:
    """Lock the row of an object in progress until the commit; raises ExportWithdrawn if it was withdrawn."""
    state = select(o.state).where(o.export_id == export_id).with_for_update()
    if connection.execute(state).scalar_one() != "writing":
        raise ExportWithdrawn("the export was withdrawn because a customer was erased; the worker writes it again")


def record_completed(connection: Connection, export_id: UUID, sizes: ObjectSizes, version_id: str | None) -> None:
    """Record that an object is complete and visible."""
    values = {"state": "written", "written_at": func.now(), "version_id": version_id}
    content = {"customers": sizes.customers, "bytes": sizes.bytes, "sha256": sizes.sha256}
    connection.execute(update(export_object).where(o.export_id == export_id).values(**values, **content))


def clear_unfinished(connection: Connection, settings: Settings) -> None:
    """Delete incomplete objects of ended exports; the caller holds the lease of the job.

    Errors of a store are logged, and the next export tries again.
    """
    cleared = []
    for begun in _lock(connection, "writing"):
        try:
            _remove(begun, settings)
        except RegularsError as error:
            log.warning("unfinished export %s not deleted: %s", begun.name, error)
        else:
            cleared.append(begun)
    _mark(connection, cleared, {"state": "failed"})


def withdraw(connection: Connection) -> list[StoredObject]:
    """Mark all objects that may contain an erased customer as withdrawn, and return them.

    An export in progress fails with ExportWithdrawn and is retried. The caller holds the exclusive erasure lock, so
    that no export starts before the commit.
    """
    withdrawn = _lock(connection, *MAY_CONTAIN_CUSTOMERS)
    _mark(connection, withdrawn, {"state": "withdrawn"})
    return withdrawn


def withdrawn(connection: Connection) -> list[StoredObject]:
    """Lock and return the withdrawn objects that are not deleted yet."""
    return _lock(connection, "withdrawn")


def delete(connection: Connection, withdrawn: StoredObject, settings: Settings) -> None:
    """Delete a withdrawn object; raises StoreUnavailable, StoreUnusable or Misconfigured."""
    _remove(withdrawn, settings)
    _mark(connection, [withdrawn], {"state": "deleted", "deleted_at": func.now()})


def _lock(connection: Connection, *states: ObjectState) -> list[StoredObject]:
    found = select(o.export_id, o.target, o.key, o.version_id).where(o.state.in_(states))
    rows = connection.execute(found.order_by(o.created_at).with_for_update())
    return [StoredObject(**row) for row in rows.mappings()]


def _mark(connection: Connection, objects: list[StoredObject], values: dict[str, Any]) -> None:
    ids = [each.export_id for each in objects]
    connection.execute(update(export_object).where(o.export_id.in_(ids)).values(values))


def _remove(removed: StoredObject, settings: Settings) -> None:
    open_target(removed.target, settings).remove(removed.key, removed.version_id)
