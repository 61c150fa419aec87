"""Lookup of the current segment of single customers, the hot path of the API.

Requests that arrive during a query are batched into the next query. Each scheme has a dedicated connection and calls
the driver directly, because checking a connection out of the pool takes as long as the query.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Annotated, Any, Final, Generic, TypeVar

import psycopg
from fastapi import Depends, Request
from psycopg.rows import namedtuple_row
from sqlalchemy import Compiled, Select, bindparam, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.api.core.dependencies import SCHEMES, SchemeName, translate_read_errors
from app.api.core.freshness import freshness_fields
from app.api.core.problems import NO_MODEL, Problem
from app.api.core.snapshots import CURRENT, Snapshot, segment_join
from app.segments.tables import segment_summary
from app.settings import Settings

MAX_BATCH_SIZE: Final = 500
"""Keys of one query."""
K = TypeVar("K")
V = TypeVar("V")


def segment_query(states: Snapshot, scheme: SchemeName) -> Select[Any]:
    """Build the SELECT of the segments of the customers `ids`; it always returns a first row with the freshness."""
    rows, s = states.rows, segment_summary.c
    known = rows.join(segment_summary, segment_join(states, scheme))
    is_requested = rows.c.customer_id == bindparam("ids").any_()
    columns = (rows.c.customer_id, rows.c.as_of, rows.c.cluster, s.segment, s.slug, s.tier)
    return select(states.head, *columns).select_from(states.head.outerjoin(known, is_requested))


@cache
def _compiled(scheme: SchemeName) -> Compiled:
    """Return the SQL of `segment_query`, compiled once in a process."""
    return segment_query(CURRENT, scheme).compile(dialect=PGDialectAsync_psycopg())  # type: ignore[no-untyped-call]


def segment_fields(row: Any, scheme: SchemeName, freshness: Mapping[str, Any]) -> dict[str, Any]:
    """Build the fields of a response from a row of `segment_query`."""
    return {
        "customer_id": row.customer_id,
        "scheme": scheme,
        "segment": row.segment,
        "slug": row.slug,
        "tier": row.tier,
        "cluster": row.cluster,
        **freshness,
        "as_of": row.as_of,
    }


class DataLoader(Generic[K, V]):
    """Batching of concurrent lookups: keys requested while a batch is loaded are in the next batch.

    `load` gets distinct keys and returns a value for each of them, or raises an exception for all.

    Attributes:
        batches, keys: numbers of batches, and of keys in them, since the start.
    """

    def __init__(
        self, load: Callable[[list[K]], Awaitable[Mapping[K, V]]], largest_batch: int = MAX_BATCH_SIZE
    ) -> None:
        self._load, self._largest_batch = load, largest_batch
        self.batches = self.keys = 0
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Number of keys in the next batch."""
        return len(self._waiting)

    async def get(self, key: K) -> V:
        """Return the value of a key; raises the errors of `load`."""
        value: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, value))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await value

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[: self._largest_batch], self._waiting[self._largest_batch :]
                await self._load_batch(batch)
        finally:
            self._worker = None

    async def _load_batch(self, batch: list[tuple[K, asyncio.Future[V]]]) -> None:
        self.batches += 1
        self.keys += len(batch)
        try:
            found = await self._load(list({key for key, _ in batch}))
        except Exception as error:  # noqa: BLE001  # raised in each request that waits
            for _, value in batch:
                if not value.done():
                    value.set_exception(error)
        else:
            for key, value in batch:
                if not value.done():  # its request may have been cancelled
                    value.set_result(found[key])


class DedicatedConnection:
    """One connection, reserved for one prepared SELECT; one query at a time.

    A connection lost between two queries is reopened without an error.
    """

    def __init__(self, engine: AsyncEngine, compiled: Compiled) -> None:
        self._engine = engine
        self._compiled = compiled
        self._connection: AsyncConnection | None = None
        self._cursor: psycopg.AsyncCursor[Any] | None = None

    async def fetch(self, values: dict[str, Any]) -> Sequence[Any]:
        """Return all rows as named tuples; raises DatabaseUnavailable."""
        with translate_read_errors():
            if self._cursor is None:
                return await self._execute(values)
            try:
                return await self._execute(values)
            except psycopg.Error:
                return await self._execute(values)

    async def close(self) -> None:
        """Close the connection; the next query opens another."""
        connection, self._connection = self._connection, None
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            await cursor.connection.close()
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def _execute(self, values: dict[str, Any]) -> Sequence[Any]:
        cursor = self._cursor or await self._open()
        try:
            await cursor.execute(self._compiled.string, self._compiled.construct_params(values), prepare=True)
            return await cursor.fetchall()
        except BaseException:
            await self.close()
            raise

    async def _open(self) -> "psycopg.AsyncCursor[Any]":
        self._connection = await self._engine.connect()
        driver = (await self._connection.get_raw_connection()).driver_connection
        assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101  # the engine's URL names this driver
        self._cursor = driver.cursor(row_factory=namedtuple_row, binary=True)
        return self._cursor


class SegmentLookup:
    """Current segments of single customers.

    Attributes:
        loaders: batching of the lookups of each scheme.
    """

    def __init__(self, engine: AsyncEngine, settings: Settings, largest_batch: int = MAX_BATCH_SIZE) -> None:
        self._settings = settings
        self._connections = {scheme: DedicatedConnection(engine, _compiled(scheme)) for scheme in SCHEMES}
        self.loaders = {scheme: DataLoader(partial(self._load, scheme), largest_batch) for scheme in SCHEMES}

    async def find(self, scheme: SchemeName, customer_id: str) -> Mapping[str, Any] | None:
        """Return the fields of a CustomerSegment, None for an unknown customer.

        Raises:
            Problem: no training run is published yet.
            DatabaseUnavailable: the database does not answer.
        """
        return await self.loaders[scheme].get(customer_id)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            await connection.close()

    async def _load(self, scheme: SchemeName, ids: list[str]) -> Mapping[str, Mapping[str, Any] | None]:
        rows = await self._connections[scheme].fetch({"ids": ids})
        if rows[0].answer_run_id is None:
            raise Problem(NO_MODEL, rows[0].warning)
        freshness = freshness_fields(rows[0], self._settings)
        found = {row.customer_id: segment_fields(row, scheme, freshness) for row in rows}
        return {customer_id: found.get(customer_id) for customer_id in ids}


async def segment_lookup(request: Request) -> SegmentLookup:
    """Return the lookup of the app."""
    lookup: SegmentLookup = request.app.state.segment_lookup
    return lookup


SegmentLookupDependency = Annotated[SegmentLookup, Depends(segment_lookup)]
