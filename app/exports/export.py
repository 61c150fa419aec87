"""Export: the customers of the published run, written to the place of the settings as one object."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Connection, Uuid, bindparam, select
from sqlalchemy.exc import DBAPIError

from app.db.engine import translated
from app.errors import NoCustomers, RegularsError
from app.exports import registry
from app.exports.formats import FORMATS
from app.exports.pages import ASKED, Pages
from app.exports.query import Extract
from app.exports.registry import Object, Sizes
from app.exports.request import ExportRequest
from app.exports.targets import Sink, open_target
from app.jobs.context import Context
from app.jobs.runs import Run
from app.segments.tables import current_run, customer_segment
from app.suppression.lock import lock_shared

log = logging.getLogger(__name__)


def export(context: Context, run: Run, wanted: ExportRequest) -> Object:
    """Write the customers who are wanted, as they are at one moment; nobody sees the object before it is whole.

    Raises Misconfigured where the settings name no place, NoCustomers before anything is published.
    """
    target, engine = open_target(context.settings.export_target, context.settings), context.engine
    with translated():
        with run.begin(engine) as connection:
            registry.clear_unfinished(connection, context.settings)
        with engine.connect() as connection:
            served = connection.execute(select(current_run.c.run_id, current_run.c.as_of)).one_or_none()
        if served is None:
            raise NoCustomers("no segmentation is published yet: there is nothing to export; train first")
        kind = FORMATS[wanted.format]
        key = f"{served.run_id}/{kind.file_name(f'{served.as_of}_{run.run_id}')}"
        begun = Object(run.run_id, target.url, key)
        with run.begin(engine) as connection:
            lock_shared(connection)
            filters = wanted.as_dict()
            del filters["format"]
            registry.note(
                connection, begun, run_id=served.run_id, as_of=served.as_of, format_name=kind.name, filters=filters
            )
        run.step(f"writing {begun.name}")
        sizes = _write(context, run, wanted, served.run_id, begun)
    run.step(f"wrote {sizes.customers:,} customers in {sizes.bytes:,} bytes, SHA-256 {sizes.sha256}")
    return begun


def _write(context: Context, run: Run, wanted: ExportRequest, run_id: UUID, begun: Object) -> Sizes:
    sink: Sink | None = None
    try:
        sink = open_target(begun.target, context.settings).begin(begun.key, FORMATS[wanted.format].media_type)
        sizes = _fill(context, run, wanted, run_id, sink)
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            registry.lock(connection, begun.export_id)
            registry.record_completed(connection, begun.export_id, sizes, sink.finish())
    except BaseException:
        give_up(context, run, sink)
        raise
    return sizes


def _fill(context: Context, run: Run, wanted: ExportRequest, run_id: UUID, sink: Sink) -> Sizes:
    digest, number, size = sha256(), 0, 0
    with context.engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        for customers, content in contents_of(connection, wanted, run_id, context.settings.currency):
            run.check()
            sink.write(content)
            digest.update(content)
            number, size = number + customers, size + len(content)
            run.counts.update({"customers": number, "bytes": size})
    return Sizes(number, size, digest.hexdigest())


def contents_of(
    connection: Connection, wanted: ExportRequest, run_id: UUID, currency: str
) -> Iterator[tuple[int, bytes]]:
    """The file of the customers of a run, page by page: how many come in, and the bytes that can leave."""
    kind, values = FORMATS[wanted.format], {"run_id": run_id}
    extract = Extract(customer_segment, bindparam("run_id", type_=Uuid), wanted, kind.notation, currency)
    known = {row.slug: row.words for row in connection.execute(extract.words(), values)}
    pages, encoder = Pages.of(extract, known, connection.dialect, values), kind.encoder(True)
    yield 0, encoder.begin()
    after = ""
    while ids := _ask(connection, *pages.ends.about(after=after))[0][0]:
        parts = _ask(connection, *pages.within(after, ids))
        yield sum(customers for _, customers in parts), encoder.add(b"".join(lines for lines, _ in parts if lines))
        after = ids[-1]
    yield 0, encoder.end()


def _ask(connection: Connection, sql: bytes, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    driver: psycopg.Connection[tuple[Any, ...]] = connection.connection.driver_connection  # type: ignore[assignment]
    return driver.execute(sql, values, **ASKED).fetchall()


def give_up(context: Context, run: Run, sink: Sink | None) -> None:
    """Leave nothing of an export that failed; what cannot be cleared now is cleared by the next."""
    try:
        if sink is not None:
            sink.abort()
        with run.begin(context.engine) as connection:
            registry.clear_unfinished(connection, context.settings)
    except (RegularsError, DBAPIError) as error:  # of which the one that is on its way says more
        log.warning("an export that failed is not cleared yet: %s", error)
