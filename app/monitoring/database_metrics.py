"""Metrics of the database: their declarations, the statement that reads all of them, and a collector with a cache."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final, get_args

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import DateTime, String, TextClause, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from app.db.sql import named
from app.jobs.lease import LEADER
from app.jobs.tables import JobName, RunState
from app.pipeline.tables import ACTIVE, FileState
from app.settings import Settings
from app.webhooks.tables import EndpointState

PREFIX: Final = "regulars_"
METRICS_SECONDS: Final = 5.0
"""Default time after which the metrics are read again."""
MOST_DELIVERIES: Final = 10_000
"""Largest number of pending deliveries that is counted."""
JOBS: Final[tuple[str, ...]] = get_args(JobName)
DATABASE_METRICS: Final[TextClause] = named(__package__, "metrics").bindparams(
    bindparam("active", [*ACTIVE], type_=ARRAY(String)),
    bindparam("jobs", [*JOBS], type_=ARRAY(String)),
    bindparam("leader", LEADER),
    bindparam("most_deliveries", MOST_DELIVERIES),
    bindparam("now", type_=DateTime(timezone=True)),
)
"""Columns metric, label, second_label, value; :now is the current time."""


@dataclass(frozen=True, slots=True)
class DatabaseGauge:
    """Declaration of one metric.

    Attributes:
        help: description.
        labels: names of its labels.
        values: possible values of each label; combinations without a row are 0. Empty: shown only with a row.
    """

    help: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()


GAUGES: Final[Mapping[str, DatabaseGauge]] = {
    "files": DatabaseGauge("Files of the ledger by state.", ("state",), (get_args(FileState),)),
    "rows": DatabaseGauge("Rows of active files by outcome.", ("outcome",), (("loaded", "quarantined", "skipped"),)),
    "backlog_files": DatabaseGauge("Files waiting to be loaded."),
    "runs_last_day": DatabaseGauge(
        "Runs scheduled in the last 24 hours, by job and state.", ("job", "state"), (JOBS, get_args(RunState))
    ),
    "job_success_age_seconds": DatabaseGauge("Seconds since the last success of a job.", ("job",)),
    "job_failing": DatabaseGauge("Whether the newest ended run of a job failed or crashed.", ("job",), (JOBS,)),
    "leader_epoch": DatabaseGauge("Epoch of the leader's lease; it increases with every new leader."),
    "leader_lease_seconds": DatabaseGauge("Seconds until the leader's lease ends; 0 without a leader."),
    "leader_info": DatabaseGauge("Holder of the leader's lease, as host:process:number.", ("holder",)),
    "data_age_seconds": DatabaseGauge("Seconds since the end of the day of the latest sale; below 0 during it."),
    "quality_warning": DatabaseGauge("Whether responses have a quality warning."),
    "quality_gate_closed": DatabaseGauge("Whether training runs are not published because of the data's quality."),
    "quality_score": DatabaseGauge(
        "Percentage of values without a defect, of six per row, of the newest processing date."
    ),
    "segments_age_seconds": DatabaseGauge("Seconds since the end of the day of the published run; below 0 during it."),
    "model_age_seconds": DatabaseGauge("Seconds since the published model was trained."),
    "model_customers": DatabaseGauge("Customers of the published model."),
    "webhook_deliveries_pending": DatabaseGauge(f"Pending webhook deliveries, counted up to {MOST_DELIVERIES}."),
    "webhook_overdue_seconds": DatabaseGauge("Seconds since the oldest due delivery of an active endpoint was due."),
    "webhook_endpoints": DatabaseGauge("Webhook endpoints by state.", ("state",), (get_args(EndpointState),)),
}
Read = Callable[[], Sequence[Any]]


def current_time(settings: Settings) -> datetime:
    """Return the current time; with REGULARS_AS_OF, that time of the day which counts as today."""
    now = datetime.now(UTC)
    return datetime.combine(settings.as_of, now.timetz()) if settings.as_of else now


def database_families(rows: Iterable[Any]) -> Iterator[Metric]:
    """Yield the metrics of rows of `DATABASE_METRICS`, in the order of `GAUGES`."""
    found: dict[str, dict[tuple[str, ...], float]] = {
        name: dict.fromkeys(product(*gauge.values), 0.0) if gauge.values else {} for name, gauge in GAUGES.items()
    }
    for row in rows:
        if row.value is not None:
            labels = tuple(each for each in (row.label, row.second_label) if each is not None)
            found[row.metric][labels] = float(row.value)
    for name, gauge in GAUGES.items():
        family = GaugeMetricFamily(PREFIX + name, gauge.help, labels=gauge.labels)
        for labels, value in found[name].items():
            family.add_metric(labels, value)
        yield family


class DatabaseCollector(Collector):
    """Collector of the metrics of the database, from rows that are read again after a few seconds.

    After a failed read it has `regulars_database_up` only, with the value 0.
    """

    def __init__(self, lifetime_seconds: float = METRICS_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._lifetime, self._clock = lifetime_seconds, clock
        self._rows: Sequence[Any] | None = None
        self._fresh_until = float("-inf")

    @property
    def is_stale(self) -> bool:
        """Whether the rows have to be read again."""
        return self._clock() >= self._fresh_until

    def update(self, rows: Sequence[Any] | None) -> None:
        """Replace the rows; None after a failed read."""
        self._rows, self._fresh_until = rows, self._clock() + self._lifetime

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics of the rows."""
        is_up = self._rows is not None
        yield GaugeMetricFamily(f"{PREFIX}database_up", "Whether the metrics of the database were read.", value=is_up)
        if self._rows is not None:
            yield from database_families(self._rows)
