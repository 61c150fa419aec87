"""Metrics of requests: number by route, method and status, and latency by route and method."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from time import perf_counter
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.core.routing import ROUTE, route_path
from app.api.middleware.auth import PUBLIC_PATHS, PUBLIC_PREFIXES
from app.api.middleware.response_headers import STATUS
from app.monitoring.database_metrics import PREFIX

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds of the histogram in seconds; beyond them is +Inf."""
BOUNDS: Final = tuple(map(floatToGoString, (*BUCKETS, float("inf"))))
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
HEALTH_PATHS: Final = frozenset({"/health/live", "/health/ready"})
UNMATCHED: Final = "unmatched"
"""Label of requests without a route: unknown paths, and requests that are refused before their route is known."""


class RequestCounts(Collector):
    """Numbers and latencies of requests. Only the event loop writes, so that it needs no lock.

    Labels are bounded: route templates instead of paths, known methods, and statuses of responses.
    """

    def __init__(self) -> None:
        # Of each (route, method, status) the numbers of requests by bucket, then the sum of their seconds: one look-up.
        self._series: dict[tuple[str, str, int], list[float]] = {}

    def record(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request; status 0: no response was begun."""
        key = (route, method, status)
        series = self._series.get(key) or self._series.setdefault(key, [0.0] * (len(BOUNDS) + 1))
        series[bisect_left(BUCKETS, seconds)] += 1
        series[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """Yield the number of requests, and the histogram of their latencies."""
        requests = CounterMetricFamily(
            f"{PREFIX}http_requests", "Requests by route, method and status.", labels=("route", "method", "status")
        )
        latency = HistogramMetricFamily(
            f"{PREFIX}http_request_seconds", "Time to answer a request.", labels=("route", "method")
        )
        sums: dict[tuple[str, str], float] = defaultdict(float)
        totals: dict[tuple[str, str], list[float]] = {}
        for (route, method, status), (*buckets, seconds) in list(self._series.items()):
            requests.add_metric((route, method, str(status)), sum(buckets))
            known = totals.get((route, method), [0.0] * len(BOUNDS))
            totals[route, method] = [before + count for before, count in zip(known, buckets, strict=True)]
            sums[route, method] += seconds
        for labels, counts in totals.items():
            cumulative = [(bound, count) for bound, count in zip(BOUNDS, accumulate(counts), strict=True)]
            latency.add_metric(labels, cumulative, sums[labels])
        yield from (requests, latency)


class RequestMetrics:
    """Counts and times every HTTP request."""

    def __init__(self, app: ASGIApp, counts: RequestCounts) -> None:
        self.app, self._record = app, counts.record

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and record it at its end."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = perf_counter()
        try:
            await self.app(scope, receive, send)
        finally:
            method, seconds = scope["method"], perf_counter() - begun
            route = scope.get(ROUTE) or public_route(route_path(scope))
            self._record(route, method if method in METHODS else OTHER, scope.get(STATUS, 0), seconds)


def public_route(path: str) -> str:
    """Return the template of a path that needs no key; UNMATCHED for any other."""
    if path in PUBLIC_PATHS or path in HEALTH_PATHS:
        return path
    prefix = next((each for each in PUBLIC_PREFIXES if path.startswith(each) and each != "/health/"), None)
    return f"{prefix}{{path}}" if prefix else UNMATCHED
