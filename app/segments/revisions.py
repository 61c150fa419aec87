"""Revisions: the readable states of all customers, one for each publication and each later day of its run."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, TextClause, func, insert, select, text, update

from app.db.sql import rendered
from app.segments.scheme_columns import SLOTS
from app.segments.tables import RevisionKind, current_run, revision

r = revision.c
NEWEST_FIRST: Final[Select[tuple[int, UUID, date, date]]] = select(
    r.revision, r.run_id, r.as_of, r.scored_as_of
).order_by(r.revision.desc())


@dataclass(frozen=True, slots=True)
class Revision:
    """A readable state of all customers.

    Attributes:
        revision: its number.
        run_id: training run whose model assigned the customers.
        as_of: day of its last assignment.
        scored_as_of: day for which all customers were scored last.
        day: day at whose end it is read; None for the newest state of the run.
    """

    revision: int
    run_id: UUID
    as_of: date
    scored_as_of: date
    day: date | None = None

    @property
    def last_day(self) -> date:
        """Day at whose end the state is valid."""
        return self.day or self.as_of

    def values(self, side: str) -> dict[str, Any]:
        """Return the parameters of the states of this revision in a statement, by the side they have in it."""
        return {f"{side}_revision": self.revision, f"{side}_scored_as_of": self.scored_as_of}


def revision_of_day(connection: Connection, day: date) -> Revision | None:
    """Return the revision at the end of a day, None before the first stored one."""
    found = _first(connection, NEWEST_FIRST.where(r.as_of <= day))
    return found and replace(found, day=day)


def revision_of_run(connection: Connection, run_id: UUID) -> Revision | None:
    """Return the newest revision of a run, None if it was never published or was removed."""
    return _first(connection, NEWEST_FIRST.where(r.run_id == run_id))


def newest_revision(connection: Connection) -> Revision | None:
    """Return the newest revision, None before the first publication."""
    return _first(connection, NEWEST_FIRST)


def revision_before(connection: Connection, given: Revision) -> Revision:
    """Return the newest revision of an earlier day for which all customers were scored.

    Without one, the newest revision before the publication of the run; the same revision if that is the first.
    """
    earlier = NEWEST_FIRST.where(r.revision < given.revision)
    if found := _first(connection, earlier.where(r.kind != "assigned", r.as_of < given.scored_as_of)):
        return replace(found, day=found.as_of)
    published = select(func.max(r.revision)).where(r.kind == "published", r.revision <= given.revision)
    return _first(connection, earlier.where(r.revision < published.scalar_subquery())) or given


def open_revision(connection: Connection, run_id: UUID, kind: RevisionKind, as_of: date, now: datetime) -> int:
    """Return the number of the revision that a transaction writes; it holds the lock of gold.

    A publication adds one. A rescore or an assignment adds one for another day than that of the newest revision, and
    otherwise changes the newest.
    """
    newest = newest_revision(connection)
    if kind != "published" and newest is not None and newest.as_of == as_of:
        if kind == "rescored":
            scored = {"kind": func.coalesce(func.nullif(r.kind, "assigned"), "rescored"), "scored_as_of": as_of}
            connection.execute(update(revision).where(r.revision == newest.revision).values(scored))
        return newest.revision
    is_scored = kind != "assigned" or newest is None
    values = {
        "run_id": run_id,
        "kind": kind,
        "as_of": as_of,
        "scored_as_of": as_of if is_scored or newest is None else newest.scored_as_of,
        "created_at": now,
    }
    number: int = connection.execute(insert(revision).values(values).returning(r.revision)).scalar_one()
    return number


def show_revision(connection: Connection, number: int) -> None:
    """Make a revision of the current run the one that readers see from the commit on."""
    newest = select(r.revision, r.scored_as_of).where(r.revision == number).subquery()
    values = {
        "revision": select(newest.c.revision).scalar_subquery(),
        "as_of": select(newest.c.scored_as_of).scalar_subquery(),
        "updated_at": func.clock_timestamp(),
    }
    connection.execute(update(current_run).values(values))


@cache
def states_statement(name: str, columns: str, *sides: str, of_page: str = "") -> TextClause:
    """Load the named statement with the states of revisions: one slot for each side, parameters by `Revision.values`.

    Args:
        name: name of the statement.
        columns: columns of the states beside customer_id and the features.
        sides: slots of the statement.
        of_page: condition on the customers.
    """
    slots = dict(SLOTS) | {
        side: rendered(__package__, "state", {"side": side, "columns": columns, "of page": of_page}) for side in sides
    }
    return text(rendered(__package__, name, slots))


def _first(connection: Connection, statement: Select[tuple[int, UUID, date, date]]) -> Revision | None:
    found = connection.execute(statement.limit(1)).mappings().one_or_none()
    return Revision(**found) if found else None
