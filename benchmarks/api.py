"""Benchmark of the API: single lookups, batches of 1,000 ids, and lookups during a training run.

Load: wrk on loopback, 16 keep-alive connections, random customers. Every request has an API key from the database with
a rate limit. The server is one process started by `regulars serve`.

Ratios, medians over rounds:

- Lookups are compared with `benchmarks/bare.py`, a FastAPI app with one route that returns the same body from memory.
  Both servers are measured alternately.
- Batches use one connection.
- A training run is `regulars train` in a separate process on the same database. Lookups during the run are compared
  with lookups in a window of the same length before it.

Other load on the machine changes the 99th percentiles.

    python benchmarks/api.py [--customers 200000] [--rounds 7] [--seconds 4] [--trainings 3]
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import Request, urlopen

import numpy as np
import psycopg

from app.access import api_keys
from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate

HERE = Path(__file__).parent
CONNECTIONS = 16
AS_OF = date(2026, 3, 1)
COPY = """copy gold.customer_rfm
    (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country, updated_at) from stdin"""
BOUNDS = {
    "lookup_to_bare_min": 0.55,
    "lookup_p99_to_bare": 3.0,
    "batch_of_1000_ms": 25.0,
    "lookup_p99_while_training_to_quiet": 2.0,
}


@dataclass(frozen=True)
class Measured:
    """Results of wrk: requests per second, latencies in milliseconds, failed requests."""

    rate: float
    p50: float
    p99: float
    errors: int


@dataclass(frozen=True)
class Site:
    """A database with customers.

    Attributes:
        customers: number of customers.
        key: API key with the scope customers:read.
        environment: environment variables of server and training processes.
    """

    customers: int
    key: str
    environment: dict[str, str]

    def load(self, port: int, *, seed: int, seconds: float, connections: int = CONNECTIONS, ids: int = 1) -> Measured:
        """Send requests for a number of seconds and return the results; every response must be 200."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}", "-H", f"Authorization: Bearer {self.key}"]
        script = ["-s", str(HERE / "random_ids.lua"), f"http://127.0.0.1:{port}"]
        drawn = ["--", str(self.customers), str(seed), str(ids)]
        output = subprocess.run([*command, *script, *drawn], check=True, capture_output=True, text=True).stdout
        found = Measured(**json.loads(output.splitlines()[-1]))
        assert found.errors == 0, f"{found.errors} requests failed"
        return found

    def train(self) -> "subprocess.Popen[bytes]":
        """Start a training run."""
        command = [sys.executable, "-m", "app.cli", "train"]
        return subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def stock(url: str, customers: int) -> str:
    """Migrate a database, add random customers to gold, and return an API key without an effective limit."""
    draw = np.random.default_rng(0)
    recency, frequency = draw.integers(0, 180, customers), 1 + draw.poisson(2, customers)
    columns = zip(recency.tolist(), frequency.tolist(), draw.lognormal(6, 0.8, customers).round(2), strict=True)
    engine = make_engine(url)
    migrate(engine)
    with psycopg.connect(url, autocommit=True) as connection:
        with connection.cursor().copy(COPY) as copy:
            for number, (days, orders, spent) in enumerate(columns):
                dates = (AS_OF - timedelta(days=200), AS_OF - timedelta(days=days))
                copy.write_row((f"{number:06d}", *dates, orders, spent, "United Kingdom", datetime.now(UTC)))
        connection.execute("vacuum analyze")
    key = api_keys.create(engine, "benchmark", ["customers:read"], 10**9).key
    engine.dispose()
    return key


@contextmanager
def served(command: list[str], site: Site, port: int) -> Iterator[str]:
    """Run a server in a separate process; yield its response for the first customer."""
    address = f"http://127.0.0.1:{port}/v1/customers/000000/segment"
    process = subprocess.Popen([sys.executable, *command], env=site.environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                with urlopen(Request(address, headers={"Authorization": f"Bearer {site.key}"})) as answer:
                    yield answer.read().decode()
                    return
            except URLError:
                assert process.poll() is None, f"{command} ended"
                time.sleep(0.1)
        raise TimeoutError(f"{command} does not answer")
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def against_bare(site: Site, ours: int, bare: int, rounds: int, seconds: float) -> dict[str, float]:
    """Measure lookups and the bare route; return ratios of requests per second and of 99th percentiles."""
    pairs = []
    for seed in range(rounds):
        pairs.append(tuple(site.load(port, seed=seed, seconds=seconds) for port in (bare, ours)))
        floor, mine = pairs[-1]
        shown = (
            f"{name} {each.rate:6,.0f}/s p99 {each.p99:5.1f} ms" for name, each in (("bare", floor), ("ours", mine))
        )
        print(f"round {seed + 1}: {'  '.join(shown)}  ratio {mine.rate / floor.rate:.2f}")
    return {
        "lookup_to_bare_min": round(median(mine.rate / floor.rate for floor, mine in pairs), 3),
        "lookup_p99_to_bare": round(median(mine.p99 for _, mine in pairs) / median(floor.p99 for floor, _ in pairs), 2),
    }


def batches(site: Site, port: int, rounds: int, seconds: float) -> dict[str, float]:
    """Measure the median latency of batches of 1,000 ids, in milliseconds."""
    found = [site.load(port, seed=seed, seconds=seconds, connections=1, ids=1_000) for seed in range(rounds)]
    print(f"batch of 1,000: medians {', '.join(f'{each.p50:.1f}' for each in found)} ms, p99 {found[-1].p99:.1f} ms")
    return {"batch_of_1000_ms": round(median(each.p50 for each in found), 1)}


def while_training(site: Site, port: int, trainings: int, seconds: float) -> dict[str, float]:
    """Measure the ratio of the 99th percentile during a training run to the one before it."""
    ratios = []
    for seed in range(trainings):
        quiet = site.load(port, seed=seed, seconds=seconds)
        training = site.train()
        time.sleep(1)  # until the process has imported its libraries and begins to train
        busy = site.load(port, seed=seed + 100, seconds=seconds)
        ran_on = training.poll() is None
        assert training.wait() == 0, "the training failed"
        ratios.append(busy.p99 / quiet.p99)
        shown = (
            f"{name} {each.rate:6,.0f}/s p99 {each.p99:5.1f} ms"
            for name, each in (("quiet", quiet), ("training", busy))
        )
        print(f"training {seed + 1}: {'  '.join(shown)}  ratio {ratios[-1]:.2f}{'' if ran_on else '  (ended before)'}")
    return {"lookup_p99_while_training_to_quiet": round(median(ratios), 2)}


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 200_000), ("rounds", 7), ("seconds", 4), ("trainings", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed: apt-get install wrk, or brew install wrk")
    ours, bare = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder, ExitStack() as running:
        url = running.enter_context(embedded_postgres(Path(folder, "data")))
        key = stock(url, options.customers)
        given = {"REGULARS_DATABASE_URL": url, "REGULARS_AS_OF": AS_OF.isoformat(), "PYTHONPATH": str(HERE.parent)}
        site = Site(options.customers, key, {**os.environ, **given})
        started = time.perf_counter()
        assert site.train().wait() == 0, "the first training failed"
        took = time.perf_counter() - started
        print(f"{options.customers:,} customers; a training takes {took:.0f} s; load average {os.getloadavg()[0]:.1f}")
        command = ["-m", "app.cli", "serve", "--port", str(ours)]
        answer = running.enter_context(served(command, site, ours))
        running.enter_context(served([str(HERE / "bare.py"), str(bare), answer], site, bare))
        ratios = {
            **against_bare(site, ours, bare, options.rounds, options.seconds),
            **batches(site, ours, min(3, options.rounds), options.seconds),
            **(while_training(site, ours, options.trainings, max(5, took - 2)) if options.trainings else {}),
        }
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
