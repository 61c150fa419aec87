"""Processor of a Spark cluster: one task for about 8 MB of files, each file whole or not at all."""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any, Final, Self
from uuid import uuid4

from app.engines.spark.java import check_master, check_pyspark, java_version
from app.engines.spark.worker import Installation, installation, process_groups, read_installations, start_database
from app.errors import EngineUnavailable, Misconfigured
from app.lake.lake import Lake
from app.pipeline.batches import batches
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import Outcome, ProcessingJob

OTHER_PYTHON: Final = "PYTHON_VERSION_MISMATCH"
NOT_INSTALLED: Final = "No module named 'app"
CHECK_SECONDS: Final = 1.0
"""Interval at which a run is checked while its tasks run."""
REMEDY: Final = (
    "install the same release of regulars[embedded] for the same Python on every machine of the cluster, and set "
    "PYSPARK_PYTHON to that Python"
)


@dataclass(frozen=True, slots=True)
class SparkSizes:
    """Sizes of tasks, and time limits.

    Attributes:
        bytes_per_task: bytes of files above which a task gets no further one.
        first_task_seconds: time in which a cluster has to run its first tasks.
    """

    bytes_per_task: int = 8 * 1024**2
    first_task_seconds: float = 180


class SparkProcessor:
    """Processor that starts a Spark application with its first wave; context manager that ends it."""

    def __init__(
        self, master: str, lake: Lake, sizes: SparkSizes | None = None, properties: Mapping[str, str] | None = None
    ) -> None:
        """Remember master and lake; properties: of Spark, in addition to those of its spark-defaults.conf."""
        self._master, self._sizes = master, sizes or SparkSizes()
        self._properties = properties or {}
        self.lake = lake
        self._lock = Lock()
        self._context: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._context is not None:
            self._context.stop()
            self._context = None

    def process(
        self, files: Sequence[SourceFile], job: ProcessingJob, check: Callable[[], None] = lambda: None
    ) -> list[Outcome]:
        """Return the outcome of each file, in their order; see Processor."""
        context = self._started(check)
        groups = list(batches(files, len(files), self._sizes.bytes_per_task))
        tasks = context.parallelize(groups, len(groups)).mapPartitions(process_groups(job))
        outcomes: list[Outcome] = self._collected(tasks, check)
        return outcomes

    def check_installations(self, check: Callable[[], None] = lambda: None) -> None:
        """Start the application if it is not running, and compare the versions of its executors with this process.

        Raises Misconfigured with the remedy if they differ, EngineUnavailable if the cluster does not respond.
        """
        self._check_installations(self._started(check), check)

    def _started(self, check: Callable[[], None]) -> Any:
        with self._lock:
            if self._context is None:
                check_pyspark()
                java_version()
                check_master(self._master)
                context = _start(self._master, self._properties)
                try:
                    self._check_installations(context, check)
                    self._collected(_in_each_slot(context, start_database), check)
                except BaseException:
                    context.stop()
                    raise
                self._context = context
            return self._context

    def _check_installations(self, context: Any, check: Callable[[], None]) -> None:
        seen = _in_each_slot(context, read_installations)
        others: set[Installation] = {*self._collected(seen, check, self._sizes.first_task_seconds)} - {installation()}
        if others:
            theirs = " and ".join(map(str, sorted(others)))
            raise Misconfigured(f"an executor has {theirs}, and this process {installation()}; {REMEDY}")

    def _collected(self, tasks: Any, check: Callable[[], None], seconds: float | None = None) -> list[Any]:
        """Run tasks and return their results; `check` ends them by an error.

        Raises EngineUnavailable if a task fails several times, or if no task has ended after some seconds.
        """
        context, tag, begun = tasks.context, f"regulars-{uuid4().hex}", monotonic()

        def collect() -> list[Any]:
            context.addJobTag(tag)
            return list(tasks.collect())

        with ThreadPoolExecutor(1, thread_name_prefix="spark") as thread:
            collecting = thread.submit(collect)
            try:
                while not wait([collecting], CHECK_SECONDS).done:
                    check()
                    self._check_time(monotonic() - begun, seconds)
            except BaseException:
                context.cancelJobsWithTag(tag)
                raise
            try:
                return collecting.result()
            except Exception as error:
                raise _translated(error, self._master) from error

    def _check_time(self, passed: float, limit: float | None) -> None:
        if limit is not None and passed > limit:
            raise EngineUnavailable(
                f"no executor of {self._master} ran a task within {limit:.0f} s; the cluster needs free cores and "
                "memory for one"
            )


def _start(master: str, properties: Mapping[str, str]) -> Any:
    from pyspark import SparkConf, SparkContext  # noqa: PLC0415  # an optional dependency

    own = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", **properties}
    conf = SparkConf().setMaster(master).setAppName("regulars").setAll(list(own.items()))
    try:
        context = SparkContext(conf=conf)
    except Exception as error:
        raise EngineUnavailable(f"no application could be started on {master}: {_first_line(error)}") from error
    context.setLogLevel("ERROR")
    logging.getLogger("py4j").setLevel(logging.WARNING)  # a line for each thread that ends
    if master.startswith("local"):  # executors of this machine run in this environment
        context.pythonExec = sys.executable
    return context


def _in_each_slot(context: Any, task: Callable[[Iterator[int]], Iterator[Any]]) -> Any:
    """Return the tasks that run a function once for each core that the executors have."""
    slots = max(context.defaultParallelism, 1)
    return context.parallelize(range(slots), slots).mapPartitions(task)


def _translated(error: Exception, master: str) -> Exception:
    text = str(error)
    if OTHER_PYTHON in text:
        return Misconfigured(f"an executor of {master} has another Python than this process {installation()}; {REMEDY}")
    if NOT_INSTALLED in text:
        return Misconfigured(f"an executor of {master} has no Regulars, and this process {installation()}; {REMEDY}")
    return EngineUnavailable(f"a task failed on {master} several times: {_cause(text)}; the next ingest tries again")


def _cause(text: str) -> str:
    """Return the line of an error that says most: the last one of a Python traceback, or the first one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = [line for line in lines if line.startswith(("app.errors.", "sqlalchemy.", "psycopg.", "OSError"))]
    return (own or lines or ["no reason is given"])[0]


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
