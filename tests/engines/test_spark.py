"""A real Spark cluster on this machine: the rows are those of one machine, whatever is killed or runs twice."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import Engine, text

from app.engines.spark import processor as module
from app.engines.spark.java import has_pyspark
from app.engines.spark.processor import SparkProcessor
from app.engines.spark.worker import Installation
from app.errors import Misconfigured, Stopped
from app.lake.folder_lake import FolderLake
from app.lake.lake import Lake
from app.pipeline.ledger import SourceFile
from app.pipeline.load_batch import Counts
from app.pipeline.processing import Outcome, ProcessingJob
from tests.engines.conftest import POLICY, Twins
from tests.engines.spark_cluster import HOSTS, Cluster, standalone_cluster
from tests.loading import BAD, load, query, sale, until, until_somebody_waits

Put = Callable[..., Path]
pytestmark = [
    pytest.mark.skipif(not has_pyspark(), reason="pyspark is not installed: pip install -e '.[spark]'"),
    pytest.mark.skipif(which("java") is None, reason="there is no Java: install a JDK 17"),
]
PROPERTIES = {
    "spark.driver.host": "127.0.0.1",
    "spark.speculation": "true",
    "spark.speculation.interval": "100ms",
    "spark.speculation.task.duration.threshold": "100ms",
}


@pytest.fixture(scope="module")
def servers() -> Iterator[Cluster]:
    with standalone_cluster() as cluster, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        yield cluster


@pytest.fixture(scope="module")
def spark(servers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkProcessor]:
    lake = FolderLake(tmp_path_factory.mktemp("lake"))
    with SparkProcessor(servers.master, lake, properties=PROPERTIES) as processor:
        processor.check_installations()
        yield processor


@pytest.fixture
def lake(spark: SparkProcessor) -> Path:
    """The lake of the module's cluster."""
    assert isinstance(spark.lake, FolderLake)
    return spark.lake.root


@pytest.fixture
def cluster(twins: Twins, spark: SparkProcessor) -> Twins:
    twins.processor = spark
    return twins


@contextmanager
def held(cluster: Twins, put: Put, servers: Cluster) -> Iterator[tuple[Future[Counts], list[Engine]]]:
    """A load whose tasks wait in the private databases, until their locks are released."""
    put(sale("500001", "A"), sale("500002", "B"), BAD)
    with ThreadPoolExecutor(1) as thread, servers.held_databases() as databases:
        loading = thread.submit(load, cluster.remote, policy=POLICY, processor=cluster.processor)
        yield loading, databases
    load(cluster.local, policy=POLICY)


def waits(databases: Sequence[Engine]) -> int:
    """Number of databases in which a task waits."""
    waiting = "select from pg_stat_activity where wait_event_type = 'Lock'"
    return sum(query(each, waiting) != [] for each in databases)


def test_executors_give_the_same_rows(cluster: Twins, put: Put) -> None:
    for day in range(1, 5):
        put(sale(f"50000{day}", f"{day}"), sale(f"50001{day}", f"{day}"), BAD, day=f"2026-02-0{day}")
    cluster.load()
    assert cluster.are_equal()


def test_a_speculative_twin_adds_no_row(cluster: Twins, put: Put, servers: Cluster) -> None:
    with held(cluster, put, servers) as (loading, databases):
        # Both attempts wait, or the twin ends in a new database while the first attempt waits.
        until(lambda: waits(databases) == len(HOSTS) or loading.done())
    assert loading.result().loaded == 1
    assert cluster.are_equal()


def test_a_killed_executor_loses_and_adds_no_row(cluster: Twins, put: Put, servers: Cluster) -> None:
    with held(cluster, put, servers) as (loading, databases):
        until(lambda: waits(databases) > 0)
        assert servers.kill_executors() > 0
    assert loading.result().loaded == 1
    assert cluster.are_equal()


@dataclass
class Stopping:
    """The cluster, for a run that is requested to stop while its tasks run."""

    spark: SparkProcessor
    lake: Lake

    def process(self, files: Sequence[SourceFile], job: ProcessingJob, check: Callable[[], None]) -> list[Outcome]:
        def stop() -> None:
            check()
            raise Stopped("stop")

        return self.spark.process(files, job, stop)


def test_a_stopped_run_ends_its_tasks(cluster: Twins, put: Put, servers: Cluster, spark: SparkProcessor) -> None:
    cluster.processor = Stopping(spark, spark.lake)
    with held(cluster, put, servers) as (loading, _), pytest.raises(Stopped):
        loading.result()
    cluster.processor = spark
    cluster.load()
    assert cluster.are_equal()


def test_a_killed_driver_loads_nothing_and_the_next_run_everything(cluster: Twins, put: Put, lake: Path) -> None:
    put(sale("500001", "A"), BAD)
    put(sale("500002", "B"), day="2026-02-02")
    settings, engine = cluster.remote.settings, cluster.remote.engine
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    module_name = "tests.engines.driver_process"
    arguments = [url, str(settings.source), settings.contract, str(lake)]
    with engine.connect() as connection, connection.begin():
        connection.execute(text("lock table silver.sales_row in exclusive mode"))
        with subprocess.Popen([sys.executable, "-m", module_name, *arguments]) as driver:
            until_somebody_waits(engine)
            driver.kill()
    assert query(engine, "select state from pipeline.source_file") == [("discovered",)] * 2
    cluster.load()
    assert cluster.are_equal()


def test_other_versions_are_refused(spark: SparkProcessor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "installation", lambda: Installation("3.99", "0.0.1", "sources"))
    with pytest.raises(Misconfigured, match=r"an executor has Python 3.* and this process Python 3\.99 with Regulars"):
        spark.check_installations()
