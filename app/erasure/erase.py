"""Erase: a customer goes from every table in one transaction; his sales stay without him, so that all counts do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine, Table, delete, insert, select, text
from sqlalchemy.exc import ProgrammingError

from app.db.engine import translated
from app.db.sql import named
from app.erasure import redact_quarantine
from app.erasure.certificate import read_certificate
from app.erasure.purge import enqueue_purge
from app.errors import Misconfigured
from app.exports.registry import withdraw
from app.gold.tables import customer_invoice, customer_rfm
from app.segments.changes import record_erasure
from app.segments.publish import summarise
from app.segments.tables import customer_change, customer_segment, customer_segment_history, model
from app.settings import Settings
from app.suppression.filter import check_key
from app.suppression.identifiers import Identifiers, normalised
from app.suppression.key import Key
from app.suppression.lock import lock_exclusive
from app.suppression.tables import erasure
from app.webhooks.tables import webhook_event

BY_RUN: Final = (customer_segment, customer_segment_history)
BY_CUSTOMER: Final = (customer_rfm, customer_invoice, webhook_event)
MAY_NOT: Final = "42501"  # SQLSTATE: insufficient privilege
PATIENCE: Final = text("set local lock_timeout = '30s'")
e = erasure.c
Removed = dict[str, int]


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != MAY_NOT:
            raise
        raise Misconfigured("the role of the API may not erase; grant it what docs/operations.md lists") from error


@_allowed()
@translated()
def erase(engine: Engine, settings: Settings, customer_id: str, requested_by: str) -> dict[str, Any] | None:
    """Erase a customer and give the certificate; that of the first time where he was erased before.

    None where nothing is known of such a customer. Whatever loads files is waited for. Raises Misconfigured where no
    key is set, or another than the one under which customers were erased before, and DatabaseUnavailable where files
    are being loaded for more than half a minute.
    """
    key, wanted = Key.wanted(settings), normalised(customer_id)
    if wanted is None:
        return None
    with engine.begin() as connection:
        prepare(connection, settings)
        erasure_id = _known(connection, key.hash(wanted))
        if erasure_id is None:
            written = Identifiers.of(wanted)
            if not _is_customer(connection, written):
                return None
            erasure_id = uuid4()
            certify(connection, key, erasure_id, key.hash(wanted), requested_by, remove(connection, written))
    with engine.connect() as connection:
        return read_certificate(connection, key, erasure_id)


def prepare(connection: Connection, settings: Settings) -> None:
    """Wait until nobody loads or assigns, and keep others from it until the commit; raises Misconfigured."""
    connection.execute(PATIENCE)
    lock_exclusive(connection)
    check_key(settings, connection.execute(select(e.key_fingerprint).distinct()).scalars())
    connection.execute(named("app.gold", "lock_gold"))


def remove(connection: Connection, written: Identifiers) -> Removed:
    """Remove a customer from every table; the rows deleted, emptied or rewritten, by table."""
    removed = {str(table): _delete(connection, table, written) for table in BY_CUSTOMER}
    removed[str(customer_change)] = record_erasure(connection, written.customer_id)
    removed |= _delete_states(connection, written)
    removed["bronze.retail_transactions"] = _empty_bronze(connection, written)
    removed["silver.retail_transactions"] = _empty_silver(connection, written)
    removed["silver.quarantine"] = redact_quarantine.empty_quarantined(connection, written)
    messages = {"customer_id": written.customer_id, "alone": written.alone}
    removed["messages"] = connection.execute(named(__package__, "clear_messages"), messages).scalar_one()
    return removed


def certify(
    connection: Connection, key: Key, erasure_id: UUID, customer_hash: str, requested_by: str, removed: Removed
) -> None:
    """Keep the hash of who was removed, and what was; withdraw the exports that may hold him."""
    exports = [each.export_id for each in withdraw(connection)]
    of = {"customer_hash": customer_hash, "key_fingerprint": key.fingerprint, "requested_by": requested_by}
    values = {"erasure_id": erasure_id, **of, "removed": removed, "exports": exports}
    connection.execute(insert(erasure).values(values))
    enqueue_purge(connection)


def _known(connection: Connection, customer_hash: str) -> UUID | None:
    found: UUID | None = connection.execute(
        select(e.erasure_id).where(e.customer_hash == customer_hash)
    ).scalar_one_or_none()
    return found


def _is_customer(connection: Connection, written: Identifiers) -> bool:
    values = {"customer_id": written.customer_id, "with_zeros": written.with_zeros}
    return bool(connection.execute(named(__package__, "is_known"), values).scalar_one())


def _delete(connection: Connection, table: Table, written: Identifiers) -> int:
    return connection.execute(delete(table).where(table.c.customer_id == written.customer_id)).rowcount


def _delete_states(connection: Connection, written: Identifiers) -> Removed:
    """The states of every run, whose sums are then those of the customers who are left."""
    removed, runs = {}, set()
    for table in BY_RUN:
        c = table.c  # by run, because the key begins with it and there is no other index
        his = delete(table).where(c.run_id.in_(select(model.c.run_id)), c.customer_id == written.customer_id)
        gone = connection.execute(his.returning(c.run_id)).scalars().all()
        removed[str(table)] = len(gone)
        runs |= set(gone)
    for run_id in sorted(runs):
        summarise(connection, run_id)
    return removed


def _empty_bronze(connection: Connection, written: Identifiers) -> int:
    values = {
        "customer_id": written.customer_id,
        "with_zeros": written.with_zeros,
        "quoted": written.quoted,
        "alone": written.alone,
    }
    files = connection.execute(named(__package__, "clear_bronze"), values).all()
    _count(connection, "bronze", {file.file_id: file.sales for file in files})
    return sum(file.rows for file in files)


def _empty_silver(connection: Connection, written: Identifiers) -> int:
    files = connection.execute(named(__package__, "clear_silver"), {"customer_id": written.customer_id}).all()
    _count(connection, "silver", {file.file_id: file.rows for file in files})
    return sum(file.rows for file in files)


def _count(connection: Connection, layer: str, rows: dict[int, int]) -> None:
    values = {"layer": layer, "file_ids": list(rows), "rows": list(rows.values())}
    connection.execute(named(__package__, "count_cleared"), values)
