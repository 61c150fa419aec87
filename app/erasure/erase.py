"""Erasure of a customer from every table in one transaction; their sales stay, without the customer id."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final, Self
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Connection, Engine, Table, TextClause, delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import ProgrammingError

from app.bronze import tables as bronze
from app.db.engine import translate_db_errors
from app.db.sql import named, rendered
from app.erasure.certificate import read_certificate
from app.erasure.purge import enqueue_purge
from app.erasure.redact_quarantine import redact_quarantine
from app.errors import Misconfigured
from app.exports.registry import withdraw
from app.gold.lock import lock_gold
from app.gold.sales_periods import refresh_uncounted, subtract_customer
from app.gold.tables import customer_identifier, customer_invoice, customer_rfm
from app.pipeline.validations import id_rules_in_use
from app.quality.tables import OUTCOME_WITH_CUSTOMER
from app.segments.changes import record_erasure
from app.segments.custom.distributions import write_missing_distributions
from app.segments.custom.members import delete_members
from app.segments.custom.tables import custom_member
from app.segments.forecasts import delete_forecast
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import current_run_id
from app.segments.revisions import newest_revision
from app.segments.scheme_columns import GROUPS
from app.segments.stale_summaries import mark_stale
from app.segments.summaries import groups_of, record_day, write_summaries
from app.segments.tables import customer_change, customer_forecast, customer_segment, customer_segment_history
from app.settings import Settings
from app.silver import tables as silver
from app.silver.expressions import typed_id
from app.suppression.filter import check_key, declared_notations
from app.suppression.identifiers import Identifiers, Notations
from app.suppression.key import Key
from app.suppression.lock import lock_exclusive
from app.suppression.tables import erasure
from app.webhooks.tables import webhook_event

BY_CUSTOMER: Final = (customer_rfm, customer_invoice, customer_identifier, webhook_event)
INSUFFICIENT_PRIVILEGE: Final = "42501"  # SQLSTATE
RowsByTable = dict[str, int]
e = erasure.c


@dataclass(frozen=True, slots=True)
class Erased:
    """An erased customer.

    Attributes:
        customer_hash: keyed hash of the id as the rules `id_rules` read it.
        spelling_hash: keyed hash of the common form of all spellings of the id; None if it is not known.
    """

    erasure_id: UUID
    customer_hash: str
    requested_by: str
    id_rules: str
    spelling_hash: str | None

    @classmethod
    def with_hashes(cls, key: Key, notations: Notations, customer_id: str, erasure_id: UUID, requested_by: str) -> Self:
        """Return the customer with a normalised id."""
        hashes = key.hash(customer_id), key.hash_common_form(customer_id)
        return cls(erasure_id, hashes[0], requested_by, notations.rules, hashes[1])


@dataclass(frozen=True, slots=True)
class ErasureTimings:
    """Time limits of an erasure.

    Attributes:
        lock_timeout_ms: longest wait for loads in progress.
    """

    lock_timeout_ms: int = 30_000


DEFAULT_TIMINGS: Final = ErasureTimings()


@contextmanager
def _explain_missing_privileges() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != INSUFFICIENT_PRIVILEGE:
            raise
        raise Misconfigured(
            "the database role of the API has no right to erase customers; grant the privileges listed in "
            "docs/operations.md"
        ) from error


@_explain_missing_privileges()
@translate_db_errors()
def erase(
    engine: Engine,
    settings: Settings,
    customer_id: str,
    requested_by: str,
    timings: ErasureTimings = DEFAULT_TIMINGS,
) -> dict[str, Any] | None:
    """Erase a customer and return the certificate; return the existing certificate of a customer erased before.

    Returns None for an unknown customer. Waits for loads in progress. Raises Misconfigured if no erasure key is set or
    earlier erasures used another, and DatabaseUnavailable if the loads take longer than
    `timings.lock_timeout_ms`.
    """
    key, notations = Key.required(settings), declared_notations(settings)
    normalised_id = notations.normalise(customer_id)
    if normalised_id is None:
        return None
    with engine.begin() as connection:
        prepare(connection, settings, timings)
        ids = same_customer(connection, notations, normalised_id)
        erasure_id = _earlier_erasure(connection, e.customer_hash == key.hash(normalised_id))
        known = [each for each in ids if _is_customer(connection, each)] if erasure_id is None or len(ids) > 1 else []
        if known:
            erasure_id = erasure_id or uuid4()
            removed = remove_customer(connection, known)
            certify(
                connection, key, Erased.with_hashes(key, notations, normalised_id, erasure_id, requested_by), removed
            )
        elif erasure_id is None:
            erasure_id = _erasure_of_spelling(connection, notations, key.hash_common_form(normalised_id))
        if erasure_id is None:
            return None
    with engine.connect() as connection:
        return read_certificate(connection, key, erasure_id)


def same_customer(connection: Connection, notations: Notations, customer_id: str) -> list[Identifiers]:
    """Return a normalised id, and the ids that are the same customer while files are loaded by other rules of ids.

    After a change of the contract's rules, until `apply` has validated all files again, these are the ids that the
    rules of any loaded file make of it, and the loaded ids that the rules of today read as it.
    """
    others = [Notations.from_rules(each) for each in sorted(id_rules_in_use(connection) - {notations.rules})]
    found = {customer_id: notations.identifiers(customer_id)}
    if not others:
        return [*found.values()]
    stored = connection.execute(_searching("stored_ids", notations), {"customer_id": customer_id}).scalars().all()
    for former in others:
        for each in {customer_id, *stored}:
            former_id = former.normalise(each)
            if former_id is not None and each in {customer_id, former_id}:
                found.setdefault(former_id, former.identifiers(former_id))
    return [*found.values()]


def prepare(connection: Connection, settings: Settings, timings: ErasureTimings = DEFAULT_TIMINGS) -> None:
    """Lock out loads, assignments and training runs until the commit; raises Misconfigured for a wrong key."""
    connection.execute(text(f"set local lock_timeout = {int(timings.lock_timeout_ms)}"))
    lock_exclusive(connection)
    check_key(settings, connection.execute(select(e.key_fingerprint).distinct()).scalars())
    lock_gold(connection)


def remove_customer(connection: Connection, ids: Iterable[Identifiers]) -> RowsByTable:
    """Remove a customer from every table; return the rows deleted, emptied or redacted, by table."""
    removed: Counter[str] = Counter()
    for identifiers in ids:
        removed.update(_remove(connection, identifiers))
    return dict(removed)


def _remove(connection: Connection, identifiers: Identifiers) -> RowsByTable:
    guest = connection.execute(named(__package__, "clear_identified"), {"customer_id": identifiers.customer_id}).one()
    subtract_customer(connection, identifiers.customer_id)
    removed = {str(table): _delete(connection, table, identifiers) for table in BY_CUSTOMER}
    removed[str(customer_change)] = record_erasure(connection, identifiers.customer_id)
    removed |= _delete_segment_rows(connection, identifiers)
    removed[str(bronze.sales_row)] = guest.bronze + _clear_bronze(connection, identifiers)
    removed[str(silver.sales_row)] = guest.silver + _clear_silver(connection, identifiers)
    removed[str(silver.quarantine)] = redact_quarantine(connection, identifiers)
    removed["messages"] = connection.execute(named(__package__, "clear_messages"), identifiers.values).scalar_one()
    return removed


def certify(connection: Connection, key: Key, erased: Erased, removed: RowsByTable) -> None:
    """Record the erasure under the customer's hash, withdraw exports that may hold the customer, enqueue the purge.

    An erasure of the same id, of which another contract read further rows, is recorded as the same one.
    """
    exports = [each.export_id for each in withdraw(connection)]
    values = {**asdict(erased), "key_fingerprint": key.fingerprint, "removed": removed, "exports": exports}
    added = insert(erasure).values(values)
    again = {"removed": added.excluded.removed, "exports": e.exports + added.excluded.exports, "completed_at": None}
    connection.execute(added.on_conflict_do_update(index_elements=[e.customer_hash], set_=again))
    enqueue_purge(connection)


def _erasure_of_spelling(connection: Connection, notations: Notations, spelling_hash: str) -> UUID | None:
    """Return an erasure under another spelling, unless the rules of all files keep the two spellings apart."""
    conditions = [e.spelling_hash == spelling_hash]
    if not id_rules_in_use(connection) - {notations.rules}:
        conditions.append(e.id_rules != notations.rules)
    return _earlier_erasure(connection, *conditions)


def _earlier_erasure(connection: Connection, *conditions: ColumnElement[bool]) -> UUID | None:
    found = select(e.erasure_id).where(*conditions).order_by(e.erased_at, e.erasure_id).limit(1)
    return connection.execute(found).scalar()


def _is_customer(connection: Connection, identifiers: Identifiers) -> bool:
    statement = _searching("is_known", identifiers.notations)
    return bool(connection.execute(statement, identifiers.values).scalar_one())


def _searching(name: str, notations: Notations) -> TextClause:
    """Return a statement that reads ids from texts as the contract does."""
    column = notations.column
    slots = {"customer id": typed_id(column, "r.customer_id"), "value": typed_id(column, "value")}
    return text(rendered(__package__, name, slots))


def _delete(connection: Connection, table: Table, identifiers: Identifiers) -> int:
    return connection.execute(delete(table).where(table.c.customer_id == identifiers.customer_id)).rowcount


def _delete_segment_rows(connection: Connection, identifiers: Identifiers) -> RowsByTable:
    """Delete the customer's states in every revision, and recompute the summaries of their segments.

    The current run's summaries are recomputed here, the summaries of superseded runs by the purge, so that the
    duration of an erasure does not depend on the number of stored runs.
    """
    members = delete_members(connection, identifiers.customer_id)
    mark_stale(connection, identifiers.customer_id)
    forecasts = delete_forecast(connection, identifiers.customer_id)
    history = _delete(connection, customer_segment_history, identifiers)
    c = customer_segment.c
    deleted = delete(customer_segment).where(c.customer_id == identifiers.customer_id)
    found = connection.execute(deleted.returning(*(c[name] for name in GROUPS))).all()
    current = current_run_id(connection)
    for row in found:
        assert current is not None  # noqa: S101  # customers have segments by the current run
        write_summaries(connection, current, SegmentTable.load(), **groups_of([row]))
        record_day(connection, current)
    if members and (state := newest_revision(connection)) is not None:
        write_missing_distributions(connection, state)
    segments = {
        str(customer_segment): len(found),
        str(customer_segment_history): history,
        str(custom_member): members,
    }
    return {**segments, str(customer_forecast): forecasts}


def _clear_bronze(connection: Connection, identifiers: Identifiers) -> int:
    files = connection.execute(_searching("clear_bronze", identifiers.notations), identifiers.values).all()
    _count(connection, "bronze", {file.file_id: file.sales for file in files})
    return sum(file.rows for file in files)


def _clear_silver(connection: Connection, identifiers: Identifiers) -> int:
    statement = text(rendered(__package__, "clear_silver", {"outcome": OUTCOME_WITH_CUSTOMER}))
    files = connection.execute(statement, {"customer_id": identifiers.customer_id}).all()
    _count(connection, "silver", {file.file_id: file.rows for file in files})
    refresh_uncounted(connection, [file.file_id for file in files])
    return sum(file.rows for file in files)


def _count(connection: Connection, layer: str, rows: dict[int, int]) -> None:
    values = {"layer": layer, "file_ids": list(rows), "rows": list(rows.values())}
    connection.execute(named(__package__, "count_cleared"), values)
