"""Metrics in the text format of Prometheus."""

import asyncio
from collections.abc import Iterator
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from app.api.core.dependencies import Reader
from app.api.core.route_table import METRICS_PATH
from app.api.core.scopes import requires_scope
from app.api.core.segment_lookup import SegmentLookup
from app.api.middleware.request_metrics import RequestCounts
from app.db.engine import READ_CONNECTIONS, WRITE_CONNECTIONS
from app.errors import RegularsError
from app.monitoring.database_metrics import DATABASE_METRICS, PREFIX, DatabaseCollector, current_time
from app.monitoring.exposition import CONTENT_TYPE, exposition, make_registry
from app.monitoring.pools import PoolCollector

router: Final = APIRouter(include_in_schema=False)


class LookupCollector(Collector):
    """Collector of the batches of single lookups."""

    def __init__(self, lookup: SegmentLookup) -> None:
        self._lookup = lookup

    def collect(self) -> Iterator[Metric]:
        """Yield the numbers of batches and lookups, and of lookups that wait for the next batch."""
        batches = CounterMetricFamily(f"{PREFIX}lookup_batches", "Queries of single lookups.", labels=("scheme",))
        keys = CounterMetricFamily(
            f"{PREFIX}lookups", "Single lookups, several of which share a query.", labels=("scheme",)
        )
        waiting = GaugeMetricFamily(f"{PREFIX}lookups_waiting", "Lookups in the next query.", labels=("scheme",))
        for scheme, loader in self._lookup.loaders.items():
            batches.add_metric((scheme,), loader.batches)
            keys.add_metric((scheme,), loader.keys)
            waiting.add_metric((scheme,), loader.waiting)
        yield from (batches, keys, waiting)


class ServiceMetrics:
    """Metrics of one API process."""

    def __init__(
        self,
        requests: RequestCounts,
        database: DatabaseCollector,
        reader: Reader,
        writer: Engine,
        lookup: SegmentLookup,
    ) -> None:
        self._reader, self._database, self._lock = reader, database, asyncio.Lock()
        pools = PoolCollector(
            {"reads": reader.engine.sync_engine, "writes": writer},
            {"reads": READ_CONNECTIONS, "writes": WRITE_CONNECTIONS},
        )
        self._registry = make_registry([requests, self._database, pools, LookupCollector(lookup)])

    async def text(self) -> bytes:
        """Return all metrics; those of the database are read again if they are too old."""
        async with self._lock:
            if self._database.is_stale:
                await self._read()
        return await run_in_threadpool(exposition, self._registry)

    async def _read(self) -> None:
        try:
            rows = await self._reader.rows(DATABASE_METRICS, {"now": current_time(self._reader.settings)})
        except (RegularsError, SQLAlchemyError):
            self._database.update(None)
        else:
            self._database.update(rows)


@router.get(METRICS_PATH)
@requires_scope("metrics:read")
async def get_metrics(request: Request) -> Response:
    """Get the metrics of this process and of the database."""
    metrics: ServiceMetrics = request.app.state.metrics
    return Response(await metrics.text(), media_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
