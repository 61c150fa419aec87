"""Benchmark of custom segments: a rescore with ten of them relative to one with none, and previews of their conditions.

Customers are written to gold directly, as by benchmarks/publish.py. Seconds of a
preview are those of its statement.

    python -m benchmarks.custom_segments [--customers 200000]

The bounds are those of 1,000,000 customers.
"""

import argparse
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Final

from sqlalchemy import Engine

from app.api.segments.custom_preview import READ_ONLY
from app.contract.open import open_contract
from app.db.engine import make_engine
from app.segments.custom.columns import CustomerCondition, columns_for
from app.segments.custom.preview import preview_condition
from app.segments.custom.saving import GivenSegment, create_segment
from app.segments.model.segment_table.table import SegmentTable
from benchmarks.stocked import FIRST, days, stocked

CONDITIONS: Final = (
    "monetary > 1000",
    "recency between 60 and 180 and monetary > 500",
    "frequency >= 5",
    "country = 'United Kingdom' and recency < 30",
    "recency_score >= 4 and monetary_score >= 4",
    "rfm_score <= 6",
    "clv > 100",
    "p_buys < 0.2 and monetary > 800",
    "kmeans = 'champions' or rules like '%vip%'",
    "tenure < 60",
)
LONGEST: Final = 120.0
BOUNDS: Final = {"rescore_to_without": 2.5, "preview_seconds": 5.0, "longest_preview_seconds": 10.0}


def parsed(condition: str) -> CustomerCondition:
    """Parse a condition by the built-in contract."""
    return CustomerCondition.parse(condition, columns_for(open_contract("online-retail"), SegmentTable.load()))


def previews(engine: Engine) -> Iterator[float]:
    """Yield the seconds of the preview of each condition."""
    for written in CONDITIONS:
        condition = parsed(written)
        with engine.connect().execution_options(**READ_ONLY) as connection:
            start = perf_counter()
            found = preview_condition(connection, condition, None, LONGEST)
            seconds = perf_counter() - start
        assert found is not None, "no segmentation is published"
        print(f"  preview {seconds:5.1f} s, {found.customers:>9,} customers: {written}", flush=True)
        yield seconds


def measured(customers: int) -> dict[str, float]:
    """Measure rescores without and with custom segments, and previews; return the ratios."""
    with stocked(customers) as shop:
        next_days = days(shop)
        shop.step("first training", "train", day=FIRST)
        without = [shop.step("rescore, no segment", "rescore", day=next(next_days)) for _ in range(2)][-1]
        engine = make_engine(shop.url)
        for number, condition in enumerate(CONDITIONS):
            with engine.begin() as connection:
                create_segment(connection, GivenSegment(parsed(condition), f"Segment {number}"), "benchmark")
        first = shop.step("rescore, 10 new ones", "rescore", day=next(next_days))
        later = shop.step("rescore, 10 segments", "rescore", day=next(next_days))
        seconds = list(previews(engine))
        engine.dispose()
    return {
        "rescore_to_without": round(later.processor / without.processor, 2),
        "first_rescore_to_without": round(first.processor / without.processor, 2),
        "rescore_seconds": round(later.seconds, 1),
        "rescore_without_seconds": round(without.seconds, 1),
        "preview_seconds": round(median(seconds), 1),
        "longest_preview_seconds": round(max(seconds), 1),
    }


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000)
    options = parser.parse_args()
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load average {os.getloadavg()[0]:.1f}")
    ratios = measured(options.customers)
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
