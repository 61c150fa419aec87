"""Generated sales against a floor and a peer, measured in turn on the same rows.

The floor writes the same bytes from memory to as many files; the peer, csv.writer, writes the same rows from lists of
text. Neither has anything to think up, as `generate` does. Memory is the peak of a process of its own, for the days
and for twice as many.

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

from app.prepare.generator.generate import Generated, generate

START = date(2025, 6, 2)
BOUNDS = {
    "generate_to_csv_writer": 1.2,
    "generate_to_plain_write": 40.0,
    "memory_of_twice_the_days": 1.1,
    "rows_per_second_min": 300_000,
}


def ours(folder: Path, customers: int, days: int) -> Generated:
    """Return what `generate` wrote."""
    return generate(folder, customers=customers, days=days, start=START, seed=1)


def floor(folder: Path, texts: list[bytes]) -> None:
    """Write the texts, one a file."""
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
    """Return the seconds of ours, the floor and the peer, each into a folder of its own."""
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
    """Return the peak memory of this process, in KiB, once it has generated so much."""
    with tempfile.TemporaryDirectory() as folder:
        ours(Path(folder, "out"), customers, days)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def peaks(customers: int, days: int) -> list[int]:
    """Return the peak memory for the days and for twice as many, in KiB, each in a process of its own.

    To be called first: a process begins with the peak of the one that starts it.
    """
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.starmap(peak_of, [(customers, days), (customers, 2 * days)], chunksize=1)


def main() -> None:
    """Print a table and the ratios."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("customers", 100_000), ("days", 20), ("rounds", 5)):
        options.add_argument(f"--{name}", type=int, default=default)
    asked = options.parse_args()
    once, twice = peaks(asked.customers, asked.days)
    with tempfile.TemporaryDirectory() as first:
        made = ours(Path(first, "out"), asked.customers, asked.days)
        texts = [path.read_bytes() for path in sorted(Path(first).rglob("*.csv"))]
    rounds = []
    for _ in range(asked.rounds):
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(seconds_of_round(Path(folder), texts, asked.customers))
    ratios = {
        "generate_to_csv_writer": round(median(mine / csv_writer for mine, _, csv_writer in rounds), 2),
        "generate_to_plain_write": round(median(mine / plain for mine, plain, _ in rounds), 1),
        "memory_of_twice_the_days": round(twice / once, 3),
        "rows_per_second_min": round(made.rows / median(mine for mine, _, _ in rounds)),
    }
    print(f"{made.rows:,} rows, {made.size / 1e6:.0f} MB, {asked.days} days; median of {asked.rounds} rounds")
    for name, column in (("generate", 0), ("plain write", 1), ("csv.writer", 2)):
        seconds = median(one[column] for one in rounds)
        print(f"  {name:<12}{seconds:8.3f} s {made.rows / seconds:12,.0f} rows/s")
    print(f"  peak memory {once / 1024:.0f} MiB, twice the days {twice / 1024:.0f} MiB")
    print(json.dumps({"ratios": ratios, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
