"""Benchmark of engines: processor seconds for a million rows, of one machine and of Spark executors, in one run.

Both engines load the same generated files into a new database of the same server. Processor seconds are those of all
processes: this one, PostgreSQL, and with Spark the JVMs, the Python workers and their private PostgreSQL. The start of
Spark is measured apart, because it does not depend on the rows.

    JAVA_HOME=… python benchmarks/engine.py [--days 120] [--master 'local-cluster[2,1,1024]']
"""

import argparse
import json
import multiprocessing
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Final

import psutil

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.engines.spark.processor import SparkProcessor
from app.jobs.context import Context
from app.jobs.runs import running
from app.lake.lake import open_lake
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.processing import Processor
from app.settings import Settings
from app.source.open import open_sources
from benchmarks.ingest import fresh, generated

BOUNDS: Final = {"spark_to_local": 1.5, "central_postgresql_spark_to_local": 0.2}
PRIVATE: Final = "regulars-check-"
"""Part of the directory of a private PostgreSQL."""
CUSTOMERS: Final = 60_000


@dataclass(frozen=True)
class Used:
    """Seconds of a load: elapsed, and of the processor by part of the program."""

    elapsed: float = 0
    driver: float = 0
    spark: float = 0
    private: float = 0
    central: float = 0

    @property
    def processor(self) -> float:
        """Sum of the processor seconds."""
        return self.driver + self.spark + self.private + self.central

    def __sub__(self, other: "Used") -> "Used":
        return Used(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))


def used(data: Path) -> Used:
    """Return the seconds until now; data: directory of the central PostgreSQL."""
    of = {"driver": 0.0, "spark": 0.0, "private": 0.0, "central": 0.0}
    for part, process in _processes(data):
        times = process.cpu_times()
        of[part] += times.user + times.system + times.children_user + times.children_system
    return Used(elapsed=perf_counter(), **of)


def _processes(data: Path) -> Iterator[tuple[str, psutil.Process]]:
    this = psutil.Process()
    yield "driver", this
    descendants = set(this.children(recursive=True))
    for process in psutil.process_iter():
        try:
            cwd = process.cwd()
            if process.name() == "postgres" and cwd.startswith(str(data)):
                yield "central", process
            elif process.name() == "postgres" and PRIVATE in cwd:
                yield "private", process
            elif process in descendants:
                yield "spark", process
        except psutil.Error:  # it has ended
            continue


def load(url: str, folder: Path, data: Path, master: str | None) -> tuple[Used, Used, int]:
    """Load a folder in a separate process; return the seconds of the engine's start and of the load, and the rows."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_load, (url, folder, data, master))


def _load(url: str, folder: Path, data: Path, master: str | None) -> tuple[Used, Used, int]:
    settings = Settings(source=str(folder), as_of=date(2026, 1, 1), lake=str(folder.parent / "lake"))
    context, before = Context(make_engine(url), settings), used(data)
    if master is None:
        return before - before, *_ingest(context, data, None)
    with SparkProcessor(master, open_lake(settings)) as processor:
        processor.check_installations()
        started = used(data)
        return started - before, *_ingest(context, data, processor)


def _ingest(context: Context, data: Path, processor: Processor | None) -> tuple[Used, int]:
    policy = replace(IngestPolicy(), least_wave_bytes=0)
    before = used(data)
    with running(context.engine, "ingest") as run:
        counts = ingest(context, open_sources(context.settings), run, policy=policy, processor=processor)
    return used(data) - before, counts.rows_read


def report(name: str, seconds: Used, rows: int) -> None:
    """Print the seconds for a million rows."""
    million = rows / 1_000_000
    parts = ", ".join(
        f"{part} {getattr(seconds, part) / million:.1f}" for part in ("driver", "spark", "private", "central")
    )
    speed = f"{rows / seconds.elapsed:,.0f} rows/s"
    print(f"{name}: {seconds.processor / million:.1f} s of processor a million rows ({parts}), {speed}", flush=True)


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--master", default="local-cluster[2,1,1024]")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        work = Path(folder)
        source, data = generated(work / "sales", customers=CUSTOMERS, days=arguments.days), work / "data"
        with embedded_postgres(data) as url:
            _, local, rows = load(fresh(url, "local"), source, data, None)
            report("local", local, rows)
            start, spark, rows = load(fresh(url, "spark"), source, data, arguments.master)
            report("spark", spark, rows)
            print(f"start of Spark: {start.elapsed:.1f} s, {start.processor:.1f} s of processor")
    ratios = {
        "spark_to_local": round(spark.processor / local.processor, 2),
        "central_postgresql_spark_to_local": round(spark.central / local.central, 2),
    }
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
