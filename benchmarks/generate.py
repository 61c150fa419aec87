"""Benchmark of the generator of synthetic sales: speed and memory.

All are measured alternately on the same rows:

- the floor writes the same bytes from memory to the same number of files;
- the peer, csv.writer, writes the same rows from lists of text.

Neither generates data. Memory is the peak of a separate process, for the given days and for twice as many.

    python benchmarks/generate.py [--customers 100000] [--days 20] [--rounds 5]
"""

import argparse
import csv
import json
import multiprocessing
import resource
import tempfile
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from app.prepare.generator.generate import GeneratedSummary, generate

START = date(2025, 6, 2)
BOUNDS = {
    "generate_to_csv_writer": 1.2,
    "generate_to_plain_write": 40.0,
    "memory_of_twice_the_days": 1.1,
    "rows_per_second_min": 300_000,
}


def ours(folder: Path, customers: int, days: int) -> GeneratedSummary:
    """Generate the sales and return their summary."""
    return generate(folder, customers=customers, days=days, start=START, seed=1)


def floor(folder: Path, texts: list[bytes]) -> None:
    """Write each text to a file."""
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.csv").write_bytes(text)


def peer(folder: Path, days: list[list[list[str]]]) -> None:
    """Write the rows of each day through csv.writer."""
    folder.mkdir()
    for number, rows in enumerate(days):
        with (folder / f"{number}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)


def seconds_of_round(folder: Path, texts: list[bytes], customers: int) -> tuple[float, float, float]:
    """Return the seconds of the generator, the floor and the peer; each writes to a separate folder."""
    rows = [list(csv.reader(text.decode().splitlines())) for text in texts]
    marks = [perf_counter()]
    ours(folder / "ours", customers, len(texts))
    marks.append(perf_counter())
    floor(folder / "floor", texts)
    marks.append(perf_counter())
    peer(folder / "peer", rows)
    marks.append(perf_counter())
    return marks[1] - marks[0], marks[2] - marks[1], marks[3] - marks[2]


def peak_of(customers: int, days: int) -> int:
    """Generate sales and return the peak memory of this process, in KiB."""
    with tempfile.TemporaryDirectory() as folder:
        ours(Path(folder, "out"), customers, days)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peaks(customers: int, days: int) -> list[int]:
    """Return the peak memory for the days and for twice as many, in KiB, each in a separate process.

    Call it first: a process inherits the peak of its parent.
    """
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.starmap(peak_of, [(customers, days), (customers, 2 * days)], chunksize=1)


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("days", 20), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    once, twice = peaks(options.customers, options.days)
    with tempfile.TemporaryDirectory() as first:
        made = ours(Path(first, "out"), options.customers, options.days)
        texts = [path.read_bytes() for path in sorted(Path(first).rglob("*.csv"))]
    rounds = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(seconds_of_round(Path(folder), texts, options.customers))
    ratios = {
        "generate_to_csv_writer": round(median(mine / csv_writer for mine, _, csv_writer in rounds), 2),
        "generate_to_plain_write": round(median(mine / plain for mine, plain, _ in rounds), 1),
        "memory_of_twice_the_days": round(twice / once, 3),
        "rows_per_second_min": round(made.rows / median(mine for mine, _, _ in rounds)),
    }
    print(f"{made.rows:,} rows, {made.size / 1e6:.0f} MB, {options.days} days; median of {options.rounds} rounds")
    for name, column in (("generate", 0), ("plain write", 1), ("csv.writer", 2)):
        seconds = median(one[column] for one in rounds)
        print(f"  {name:<12}{seconds:8.3f} s {made.rows / seconds:12,.0f} rows/s")
    print(f"  peak memory {once / 1024:.0f} MiB, twice the days {twice / 1024:.0f} MiB")
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
