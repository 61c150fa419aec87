"""Benchmark of exports over HTTP: speed relative to COPY, and memory of the server.

Floor: `COPY (SELECT … ORDER BY customer_id) TO STDOUT` read by psycopg from the same PostgreSQL, with the same rows,
order and join with the names of segments. Measured: `GET /v1/exports/customers` of one process of `regulars serve`,
over loopback, to the last byte. Both are measured alternately; ratios are medians over rounds, of customers per second.

Memory is the growth of the server's resident set during the NDJSON rounds since its first lookup, sampled every 10 ms.
COPY without the order is printed too.

    python benchmarks/export.py [--customers 1000000] [--rounds 5]
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

import psutil
import psycopg

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate

HERE = Path(__file__).parent
AS_OF = "2026-03-01"
KEY = "a-key-for-benchmarks"
BOUNDS = {"ndjson_to_copy_min": 0.5, "memory_growth_mb": 50.0}
CUSTOMERS = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at)
    select
        lpad(n::text, 8, '0'), date '2025-06-01', date '2026-03-01' - (n * 7919 %% 180)::int, 1 + n * 104729 %% 9,
        round((exp(4 + n * 15485863 %% 1000 / 250.0))::numeric, 2),
        (array['United Kingdom', 'France', 'EIRE', 'Germany', 'Côte d''Ivoire', null])[1 + n %% 6], now()
    from generate_series(1, %s::bigint) as n
"""
COPY = """
    copy (
        select
            c.customer_id, c.country, c.first_invoice_date, c.last_invoice_date, c.as_of - c.last_invoice_date,
            c.frequency, c.monetary, 'GBP', 'kmeans', s.segment, s.tier, c.cluster, c.kmeans_since, c.as_of
        from segments.customer_segment as c
        inner join segments.segment_summary as s
            on s.run_id = (select run_id from segments.current_run) and s.scheme = 'kmeans' and s.slug = c.kmeans
        {order}
    ) to stdout"""


def copy(connection: "psycopg.Connection[object]", order: str) -> float:
    """Return the seconds of COPY to the last row."""
    started = time.perf_counter()
    with connection.cursor().copy(COPY.format(order=order).encode()) as rows:
        for _ in rows:
            pass
    return time.perf_counter() - started


def stream(port: int, format_name: str, path: str = "/v1/exports/customers?format=") -> tuple[float, int, int]:
    """Return seconds, bytes and lines of an export to the last byte."""
    connection = HTTPConnection("127.0.0.1", port, timeout=600)
    started, size, lines = time.perf_counter(), 0, 0
    connection.request("GET", path + format_name, headers={"Authorization": f"Bearer {KEY}"})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    while content := answer.read(1024**2):
        size, lines = size + len(content), lines + content.count(b"\n")
    return time.perf_counter() - started, size, lines


class Memory:
    """Growth of the resident set of a process, in megabytes."""

    def __init__(self, pid: int) -> None:
        self._process, self._ended = psutil.Process(pid), threading.Event()
        self._before = self._peak = self._process.memory_info().rss

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Sample the memory in a thread within the context."""
        self._ended.clear()
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    @property
    def growth(self) -> float:
        """Difference between the highest and the first value."""
        return (self._peak - self._before) / 1024**2

    def _sample(self) -> None:
        while not self._ended.wait(0.01):
            self._peak = max(self._peak, self._process.memory_info().rss)


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Start a server; yield its port and process id after its first lookup."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                stream(port, "00000001/segment", "/v1/customers/")
            except ConnectionRefusedError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.1)
            else:
                break
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def measure(url: str, port: int, pid: int, customers: int, rounds: int) -> dict[str, float]:
    """Measure all formats, print them, and return the values that have bounds."""
    ratios, memory = [], Memory(pid)
    with psycopg.connect(url, autocommit=True) as connection:
        copy(connection, "")  # fills the caches of PostgreSQL
        for number in range(1, rounds + 1):
            floor = copy(connection, "order by c.customer_id")
            with memory.watched():
                seconds, size, lines = stream(port, "ndjson")
            assert lines == customers, f"{lines:,} lines"
            ratios.append(floor / seconds)
            line = f"COPY {floor:.2f} s ({copy(connection, ''):.2f} s without the order)  NDJSON {seconds:.2f} s"
            print(f"round {number}: {line}, {size / 1e6:.0f} MB  ratio {ratios[-1]:.2f}  grown {memory.growth:.0f} MB")
        for format_name in ("csv", "parquet"):
            other = Memory(pid)
            with other.watched():
                seconds, size, _ = stream(port, format_name)
            floor = copy(connection, "order by c.customer_id")
            line = f"{seconds:.2f} s, {size / 1e6:.0f} MB  ratio {floor / seconds:.2f}  grown {other.growth:.0f} MB"
            print(f"{format_name}: {line}")
    return {"ndjson_to_copy_min": round(median(ratios), 2), "memory_growth_mb": round(memory.growth, 1)}


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, ExitStack() as running:
        url = running.enter_context(embedded_postgres(Path(folder, "data")))
        engine = make_engine(url)
        migrate(engine)
        engine.dispose()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CUSTOMERS, [options.customers])
            connection.execute("analyze")
            given = {"REGULARS_DATABASE_URL": url, "REGULARS_AS_OF": AS_OF, "REGULARS_API_KEY": KEY}
            environment = {**os.environ, **given, "PYTHONPATH": str(HERE.parent)}
            subprocess.run([sys.executable, "-m", "app.cli", "train"], env=environment, check=True)
            connection.execute("vacuum analyze")
        print(f"{options.customers:,} customers; load average {os.getloadavg()[0]:.1f}")
        port, pid = running.enter_context(serving(environment))
        ratios = measure(url, port, pid, options.customers, options.rounds)
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
