"""Benchmark of training runs with many customers: publications, rescore, storage, and lookups meanwhile.

Customers are written to gold directly. Each step is the command `regulars` in a process of its own: seconds include its
start; processor time is that of the process and of PostgreSQL; memory is the peak of the process. Before each step but
the first a day passes, on which 1 % of the customers buy. Storage of a publication is given for each percent of the
customers whose segment changed, because only changes are written. Lookups are those of `regulars serve`, by wrk with
four keep-alive connections; their 99th percentile during a forced publication is relative to a window before it.

The floor of the first training is plain SQL that copies the written rows to tables with the same columns and indexes.

    python -m benchmarks.publish [--customers 200000] [--large 2000000] [--no-lookups]

The bounds are those of 1,000,000 customers. `--large` repeats training and rescore with more customers, on a database
of its own: time relative to the smaller one, divided by the ratio of the customers, is at most 1.2.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import sleep
from typing import Final

from benchmarks.api import free_port, served
from benchmarks.stocked import FIRST, Shop, Step, days, processor_seconds, stocked

CONNECTIONS: Final = 4
FLOOR: Final = """
    create unlogged table copied_segment (like segments.customer_segment including all);
    create unlogged table copied_change (like segments.customer_change including all);
    insert into copied_segment select * from segments.customer_segment;
    insert into copied_change overriding system value select * from segments.customer_change;
    drop table copied_segment, copied_change
"""
BOUNDS: Final = {
    "first_seconds": 25.0,
    "first_processor_seconds": 25.0,
    "rescore_seconds": 15.0,
    "peak_memory_mb": 1_000,
    "forced_stored_mb_per_percent": 20.0,
    "latest_stored_mb_per_percent": 20.0,
    "lookup_p99_to_quiet": 2.0,
    "large_to_linear": 1.2,
    "large_processor_to_linear": 1.2,
    "large_peak_memory_mb": 2_000,
}


def floor_seconds(shop: Shop) -> float:
    """Return the processor seconds of copying the written rows."""
    start = processor_seconds(shop.data)
    shop.execute(FLOOR)
    return processor_seconds(shop.data) - start


def lookups(shop: Shop, next_days: Iterator[date], rounds: int, seconds: float) -> dict[str, float]:
    """Measure the 99th percentile of lookups during publications, relative to quiet windows before them."""
    port, ratios = free_port(), []
    given = {**shop.site.environment, "REGULARS_AS_OF": FIRST.isoformat()}
    site = replace(shop.site, environment=given)
    with served(["-m", "app.cli", "serve", "--port", str(port)], site, port):
        for seed in range(rounds):
            day = next(next_days)
            shop.execute("vacuum analyze")
            quiet = site.load(port, seed=seed, seconds=seconds, connections=CONNECTIONS)
            training = shop.start("train", "--force", day=day)
            sleep(1)  # until the process has imported its libraries
            windows = []
            while training.poll() is None:
                windows.append(site.load(port, seed=100 + seed, seconds=seconds, connections=CONNECTIONS))
            assert training.wait() == 0, "the training failed"
            busy = median(each.p99 for each in windows)
            ratios.append(busy / quiet.p99)
            print(
                f"  lookups: p99 quiet {quiet.p99:.1f} ms, during a publication {busy:.1f} ms ({len(windows)} windows)"
            )
    return {"lookup_p99_to_quiet": round(median(ratios), 2)}


def small(customers: int, *, with_lookups: bool) -> tuple[Step, dict[str, float]]:
    """Measure all steps; return the first training and the ratios."""
    with stocked(customers) as shop:
        first = shop.step("first training", "train", day=FIRST)
        floor, next_days = floor_seconds(shop), days(shop)
        steps = {
            "stable": shop.step("second, stable", "train", day=next(next_days)),
            "forced": shop.step("published, stable", "train", "--force", day=next(next_days)),
            "latest": shop.step("published, latest", "train", day=next(next_days), policy="latest"),
            "rescore": shop.step("rescore", "rescore", day=next(next_days)),
        }
        print(f"  floor of the first training {floor:.1f} s of processor time")
        found = lookups(shop, next_days, 3, 4) if with_lookups else {}
    ratios = {
        "first_seconds": round(first.seconds, 1),
        "first_processor_seconds": round(first.processor, 1),
        "first_to_floor": round(first.processor / floor, 2),
    }
    for name in ("forced", "latest"):
        percent = 100 * steps[name].changes / customers
        ratios[f"{name}_stored_mb_per_percent"] = round(steps[name].stored / max(percent, 1), 1)
    for name, step in steps.items():
        ratios |= {f"{name}_seconds": round(step.seconds, 1), f"{name}_stored_mb": round(step.stored, 1)}
    peak = max(step.memory for step in (first, *steps.values()))
    return first, {**ratios, "peak_memory_mb": round(peak), **found}


def large(customers: int, first: Step, fewer: int) -> dict[str, float]:
    """Measure the first training and a rescore of many customers."""
    with stocked(customers) as shop:
        trained = shop.step("first training", "train", day=FIRST)
        rescored = shop.step("rescore", "rescore", day=FIRST + timedelta(days=1))
    return {
        "large_to_linear": round(trained.seconds / first.seconds / (customers / fewer), 2),
        "large_processor_to_linear": round(trained.processor / first.processor / (customers / fewer), 2),
        "large_peak_memory_mb": round(max(trained.memory, rescored.memory)),
    }


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--large", type=int, help="number of customers of the second database")
    parser.add_argument("--no-lookups", action="store_true", help="leave out the lookups, which need wrk")
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    first, ratios = small(options.customers, with_lookups=not options.no_lookups)
    if options.large:
        ratios |= large(options.large, first, options.customers)
    print(json.dumps({"ratios": ratios, "bounds": {name: bound for name, bound in BOUNDS.items() if name in ratios}}))


if __name__ == "__main__":
    main()
