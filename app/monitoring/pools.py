"""Metrics of the pools of database connections."""

from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool

from app.monitoring.database_metrics import PREFIX

STATES: Final = ("in_use", "idle")


class PoolCollector(Collector):
    """Collector of the open connections of engines, and their limits, by the names of the pools."""

    def __init__(self, engines: Mapping[str, Engine], limits: Mapping[str, int]) -> None:
        self._engines, self._limits = engines, limits

    def collect(self) -> Iterator[Metric]:
        """Yield the open connections by state, and the limit of each pool."""
        connections = GaugeMetricFamily(
            f"{PREFIX}database_connections", "Open connections of a pool by state.", labels=("pool", "state")
        )
        limit = GaugeMetricFamily(
            f"{PREFIX}database_connections_limit", "Connections of a pool at most.", labels=("pool",)
        )
        for name, engine in self._engines.items():
            if isinstance(pool := engine.pool, QueuePool):
                for state, count in zip(STATES, (pool.checkedout(), pool.checkedin()), strict=True):
                    connections.add_metric((name, state), count)
                limit.add_metric((name,), self._limits[name])
        yield from (connections, limit)
