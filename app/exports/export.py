"""Export of the current run's customers to the configured target, as one object."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import BigInteger, Connection, Date, Uuid, bindparam, select
from sqlalchemy.exc import DBAPIError

from app.db.engine import translate_db_errors
from app.errors import NoCustomers, RegularsError
from app.exports import registry
from app.exports.formats import FORMATS
from app.exports.pages import EXECUTE_OPTIONS, BoundStatement, CompiledPages
from app.exports.query import DEFAULT_PAGES, ExportStatements, PageSizes
from app.exports.registry import ObjectSizes, StoredObject
from app.exports.request import ExportRequest
from app.exports.s3_target import DEFAULT_PART_BYTES
from app.exports.targets import Sink, open_target
from app.jobs.context import Context
from app.jobs.runs import Run
from app.segments.forecasts import days_and_reason
from app.segments.publish import current_run_id, read_current_run
from app.segments.registry_tables import model
from app.segments.revisions import revision_of_run
from app.segments.scheme_columns import BY_SPEND
from app.segments.states import CURRENT_RUN, states_at
from app.suppression.lock import lock_shared

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExportSizes:
    """Sizes of an export.

    Attributes:
        pages: sizes of the pages read from the database.
        part_bytes: size of a part of an S3 upload.
    """

    pages: PageSizes = DEFAULT_PAGES
    part_bytes: int = DEFAULT_PART_BYTES


DEFAULT_SIZES: Final = ExportSizes()


def export(context: Context, run: Run, request: ExportRequest, sizes: ExportSizes = DEFAULT_SIZES) -> StoredObject:
    """Write the requested customers, in one snapshot, to an object that is invisible until it is complete.

    Raises Misconfigured if no target is set, NoCustomers before the first publication.
    """
    settings, engine = context.settings, context.engine
    target = open_target(settings.export_target, settings)
    with translate_db_errors():
        with run.begin(engine) as connection:
            registry.clear_unfinished(connection, settings)
        with engine.connect() as connection:
            current = read_current_run(connection)
        if current is None:
            raise NoCustomers("nothing to export: no training run is published yet; train first (regulars train)")
        kind = FORMATS[request.format]
        key = f"{current.run_id}/{kind.file_name(f'{current.as_of}_{run.run_id}')}"
        stored = StoredObject(run.run_id, target.url, key)
        filters = request.as_dict()
        del filters["format"]
        with run.begin(engine) as connection:
            lock_shared(connection)
            registry.register(connection, stored, current, kind.name, filters)
        run.step(f"writing {stored.name}")
        written = _write(context, run, request, current.run_id, stored, sizes)
    run.step(f"wrote {written.customers:,} customers in {written.bytes:,} bytes, SHA-256 {written.sha256}")
    return stored


def _write(
    context: Context, run: Run, request: ExportRequest, run_id: UUID, stored: StoredObject, sizes: ExportSizes
) -> ObjectSizes:
    sink: Sink | None = None
    try:
        target = open_target(stored.target, context.settings, sizes.part_bytes)
        sink = target.begin(stored.key, FORMATS[request.format].media_type)
        written = _fill(context, run, request, run_id, sink, sizes.pages)
        with run.begin(context.engine) as connection:
            lock_shared(connection)
            registry.lock_unfinished(connection, stored.export_id)
            registry.record_completed(connection, stored.export_id, written, sink.finish())
    except BaseException:
        delete_failed(context, run, sink)
        raise
    return written


def _fill(
    context: Context, run: Run, request: ExportRequest, run_id: UUID, sink: Sink, sizes: PageSizes
) -> ObjectSizes:
    digest, number, size = sha256(), 0, 0
    with context.engine.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        for customers, content in contents_of(connection, request, run_id, context.settings.currency, sizes):
            run.check()
            sink.write(content)
            digest.update(content)
            number, size = number + customers, size + len(content)
            run.counts.update({"customers": number, "bytes": size})
    return ObjectSizes(number, size, digest.hexdigest())


def contents_of(
    connection: Connection, request: ExportRequest, run_id: UUID, currency: str | None, sizes: PageSizes
) -> Iterator[tuple[int, bytes]]:
    """Yield (number of customers, bytes) of each page of the file."""
    state = revision_of_run(connection, run_id)
    if state is None:
        raise NoCustomers(f"nothing to export: run {run_id} is not stored; export again")
    kind, values = FORMATS[request.format], {"run_id": run_id, "revision": state.revision, "day": state.scored_as_of}
    if request.needs_forecasts and current_run_id(connection) != run_id:
        raise NoCustomers(f"nothing to export: run {run_id} is superseded, and has no forecasts; export again")
    if request.scheme == BY_SPEND and (reason := _why_no_bands(connection, run_id)) is not None:
        raise NoCustomers(f"nothing to export: without a forecast no customer has a value band: {reason}")
    run = bindparam("run_id", type_=Uuid)
    revision = bindparam("revision", type_=BigInteger)
    states = request.states_of(states_at(revision, bindparam("day", type_=Date), run == CURRENT_RUN), revision)
    statements = ExportStatements(states, run, request, kind.notation, currency, sizes)
    cells = {row.slug: row.cells for row in connection.execute(statements.segment_cells(), values)}
    pages = CompiledPages.compile(statements, cells, connection.dialect, values)
    encoder = kind.encoder(True, request.scheme)
    yield 0, encoder.begin()
    after = ""
    while ids := _fetch(connection, pages.ids_after(after))[0][0]:
        parts = _fetch(connection, pages.rows_of(after, ids))
        yield sum(customers for _, customers in parts), encoder.add(b"".join(rows for rows, _ in parts if rows))
        after = ids[-1]
    yield 0, encoder.end()


def _why_no_bands(connection: Connection, run_id: UUID) -> str | None:
    stored = connection.execute(select(model.c.forecast).where(model.c.run_id == run_id)).scalar_one()
    return days_and_reason(stored)[1]


def _fetch(connection: Connection, statement: BoundStatement) -> list[tuple[Any, ...]]:
    driver: psycopg.Connection[tuple[Any, ...]] = connection.connection.driver_connection  # type: ignore[assignment]
    sql, values = statement
    return driver.execute(sql, values, **EXECUTE_OPTIONS).fetchall()


def delete_failed(context: Context, run: Run, sink: Sink | None) -> None:
    """Delete a failed export; if that fails too, the next export deletes it."""
    try:
        if sink is not None:
            sink.abort()
        with run.begin(context.engine) as connection:
            registry.clear_unfinished(connection, context.settings)
    except (RegularsError, DBAPIError) as error:  # the original error has the details
        log.warning("failed export not deleted yet: %s", error)
