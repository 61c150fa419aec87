"""Benchmark of data contracts: cost of their options, row rules and date formats in a first load.

The same sales are written in several ways and loaded under the contract that reads them: as the default contract reads
them; with a time in every line, in three formats; with 40 row rules; and with every option at once (net returns,
invoices that count once, three currencies with rates, ids that are only in the first line of an order, three formats of
dates). Each load is relative to the default's, every option to the floor of benchmarks/ingest.py, in the same round.
`contract init` and `contract check` of the same files are timed too.

    python -m benchmarks.contract [--rounds 3] [--customers 7100] [--days 307]
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from app.contract.open import open_contract
from app.db.embedded import embedded_postgres
from benchmarks.ingest import floor, fresh, generated, ours

BOUNDS = {
    "every_option_to_floor": 4.0,
    "own_rules_to_default": 1.3,
    "day_first_to_default": 1.3,
    "twelve_hours_to_default": 1.3,
    "three_formats_to_default": 1.3,
    "check_seconds": 5.0,
    "init_seconds": 5.0,
}
DAY_FIRST, TWELVE_HOURS, YEAR_FIRST = "%d/%m/%Y %H:%M", "%b %d %Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S"
OWN_RULES = 40
CURRENCIES = ("GBP", "GBP", "GBP", "EUR", "USD")
Row = dict[str, str]
Rewrite = Callable[[int, list[Row]], Iterable[Row]]


def declare(folder: Path, *, formats: list[str] | None = None, own_rules: int = 0, **rules: Any) -> Path:
    """Write the default contract with changes; return its path."""
    document = yaml.safe_load(open_contract("online-retail").text)
    [sales] = document["schema"]
    columns = {column["name"]: column for column in sales["properties"]}
    if formats is not None:
        columns["invoice_date"]["logicalTypeOptions"] = {"format": formats}
    sales["quality"] = [
        {
            "name": f"own_rule_{number}",
            "type": "custom",
            "engine": "regulars",
            "implementation": f"stock_code <> 'GIFT{number}' and quantity < {100_000 + number}",
        }
        for number in range(own_rules)
    ]
    if "currency" in rules:
        sales["properties"].append({"name": "currency", "physicalName": "Currency", "logicalType": "string"})
        del columns["quantity"]["logicalTypeOptions"]
    if fill_down := rules.pop("fillDown", None):
        document["servers"][0]["customProperties"].append({"property": "fillDown", "value": fill_down})
    named = {each["property"]: each for each in document["customProperties"]}
    named |= {name: {"property": name, "value": value} for name, value in rules.items()}
    document["customProperties"] = [*named.values()]
    path = folder / "contract.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return path


def rewrite(source: Path, target: Path, change: Rewrite) -> Path:
    """Write the files of `source` with changed rows to `target`."""
    for number, file in enumerate(sorted(source.rglob("*.csv"))):
        with file.open(newline="") as opened:
            rows = [*change(number, [*csv.DictReader(opened)])]
        if not rows:  # a day without sales
            continue
        written = target / file.relative_to(source)
        written.parent.mkdir(parents=True, exist_ok=True)
        with written.open("w", newline="") as opened:
            writer = csv.DictWriter(opened, [*rows[0]], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return target


def with_times(*formats: str) -> Rewrite:
    """Return a rewrite with a time in every line; the files take the formats in turn."""

    def change(number: int, rows: list[Row]) -> Iterator[Row]:
        for place, row in enumerate(rows):
            moment = date.fromisoformat(row["InvoiceDate"])
            clock = time.struct_time((*moment.timetuple()[:3], place % 24, place % 60, place % 60, 0, 1, 0))
            yield row | {"InvoiceDate": time.strftime(formats[number % len(formats)], clock)}

    return change


def every_option() -> Rewrite:
    """Return a rewrite with currencies, returns, ids in first lines only, repeated invoices and three formats."""
    times = with_times(DAY_FIRST, TWELVE_HOURS, YEAR_FIRST)
    repeated: list[Row] = []

    def change(number: int, rows: list[Row]) -> Iterator[Row]:
        again = [*repeated]
        repeated[:] = rows[-len(rows) // 20 :]
        before = None
        for place, row in enumerate(sorted([*rows, *again], key=lambda row: row["Invoice"])):
            is_first, before = row["Invoice"] != before, row["Invoice"]
            changed = row | {"Currency": CURRENCIES[int("".join(filter(str.isdigit, before))) % len(CURRENCIES)]}
            if not is_first:
                changed |= {"Customer ID": "", "Country": ""}
            if place % 50 == 0:
                changed |= {"Quantity": "-1"}
            yield from times(number, [changed])

    return change


def write_rates(path: Path, first: date, days: int) -> None:
    """Write a rate of each currency for each day."""
    lines = ["date,code,rate"]
    for day in (first + timedelta(days=number) for number in range(days)):
        lines += [f"{day},EUR,0.86", f"{day},USD,0.79"]
    path.write_text("\n".join(lines) + "\n")


def variants(work: Path, source: Path, days: int) -> dict[str, tuple[Path, Path]]:
    """Return the folder and contract of each variant."""
    for name in ("default", "day_first", "twelve_hours", "three_formats", "own_rules", "every_option"):
        (work / name).mkdir()
    write_rates(work / "every_option" / "rates.csv", date(2023, 1, 1), days)
    three = [DAY_FIRST, TWELVE_HOURS, YEAR_FIRST]
    formats = {"day_first": [DAY_FIRST], "twelve_hours": [TWELVE_HOURS], "three_formats": three}
    found = {"default": (source, declare(work / "default"))}
    for name, declared in formats.items():
        folder = rewrite(source, work / name / "files", with_times(*declared))
        found[name] = (folder, declare(work / name, formats=declared))
    found["own_rules"] = (source, declare(work / "own_rules", own_rules=OWN_RULES))
    everything = declare(
        work / "every_option",
        formats=three,
        returns="net",
        overlap="once",
        currency={"code": "GBP", "rates": "rates.csv"},
        fillDown={"columns": ["Customer ID", "Country"], "by": "Invoice"},
    )
    found["every_option"] = (rewrite(source, work / "every_option" / "files", every_option()), everything)
    return found


def timed_command(*arguments: str) -> float:
    """Return the seconds of a `regulars` command."""
    started = time.perf_counter()
    ended = subprocess.run([sys.executable, "-m", "app.cli", *arguments], capture_output=True, text=True, check=False)
    assert ended.returncode in {0, 1}, ended.stderr
    return time.perf_counter() - started


def main() -> None:
    """Measure and print; the last line is JSON with ratios and bounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=7_100)
    parser.add_argument("--days", type=int, default=307)
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as folder:
        work = Path(folder)
        source = generated(work / "first", customers=arguments.customers, days=arguments.days)
        megabytes = sum(file.stat().st_size for file in source.rglob("*.csv")) / 1e6
        declared = variants(work, source, arguments.days)
        with embedded_postgres(work / "data") as url:
            for number in range(arguments.rounds):
                for name, (files, contract) in declared.items():
                    database = fresh(url, name)
                    taken, _, rows = ours(database, files, str(contract))
                    seconds.setdefault(name, []).append(taken)
                    print(f"round {number + 1}: {name:<14} {rows:>9,} rows {taken:6.2f} s")
                seconds.setdefault("floor", []).append(floor(fresh(url, "floor"), sorted(source.rglob("*.csv"))))
                print(f"round {number + 1}: floor {seconds['floor'][-1]:.2f} s")
        default = str(declared["default"][1])
        check = timed_command("contract", "check", "--contract", default, str(source))
        init = timed_command("contract", "init", str(source))
        print(f"{megabytes:.0f} MB: contract check {check:.1f} s, contract init {init:.1f} s")
    measured = {"check_seconds": round(check, 1), "init_seconds": round(init, 1)}
    for name, taken_by in seconds.items():
        peer = "floor" if name == "every_option" else "default"
        pairs = zip(taken_by, seconds[peer], strict=True)
        if name not in {"default", "floor"}:
            measured[f"{name}_to_{peer}"] = round(statistics.median(ours / of for ours, of in pairs), 2)
    print(json.dumps({"ratios": measured, "bounds": BOUNDS}))


if __name__ == "__main__":
    main()
