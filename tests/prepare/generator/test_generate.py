"""Generated sales: the form of the files, what they depend on, and what is rejected."""

import csv
import gc
import io
import tracemalloc
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.prepare.daily_files import DaySummary
from app.prepare.generator.customers import Habits
from app.prepare.generator.generate import GeneratedSummary, generate
from app.prepare.generator.simulation import Simulation
from tests.prepare.generator.rows import (
    COUNTRY,
    CUSTOMER,
    DAY,
    HEADER,
    INVOICE,
    MONDAY,
    PRICE,
    QUANTITY,
    Row,
    contents,
    files,
    relative_rows,
)


def test_there_is_one_file_for_each_day(made: GeneratedSummary, out: Path) -> None:
    days = [f"{MONDAY + timedelta(days=number)}" for number in range(120)]
    assert [path.relative_to(out).as_posix() for path in files(out)] == [
        f"{day}/{day}_transactions.csv" for day in days
    ]


def test_the_folder_holds_nothing_else(made: GeneratedSummary, out: Path) -> None:
    assert sum(path.is_file() for path in out.rglob("*")) == 120


def test_every_file_opens_with_the_header(made: GeneratedSummary, out: Path) -> None:
    assert {text.split(b"\n")[0].decode() for text in contents(out)} == {HEADER}


def test_every_row_is_dated_as_its_file(made: GeneratedSummary, out: Path) -> None:
    for path in files(out):
        assert {line[-10:] for line in path.read_text().splitlines()[1:]} <= {path.parent.name}


def test_cells_are_quoted_only_where_they_must_be(made: GeneratedSummary, out: Path) -> None:
    for text in contents(out):
        again = io.StringIO()
        csv.writer(again, lineterminator="\n").writerows(csv.reader(io.StringIO(text.decode())))
        assert again.getvalue().encode() == text


def test_customer_ids_are_written_as_decimals(sales: list[Row]) -> None:
    assert all(row[CUSTOMER].removesuffix(".0").isdigit() for row in sales if row[CUSTOMER])
    assert all(row[CUSTOMER].endswith(".0") for row in sales if row[CUSTOMER])


def test_prices_are_written_as_python_writes_floats(sales: list[Row]) -> None:
    assert all(repr(float(row[PRICE])) == row[PRICE] for row in sales)


def test_an_invoice_has_one_customer_country_and_day(sales: list[Row]) -> None:
    heads_of = defaultdict(set)
    for row in sales:
        heads_of[row[INVOICE]].add((row[CUSTOMER], row[COUNTRY], row[DAY]))
    assert {len(found) for found in heads_of.values()} == {1}


def test_the_demo_is_of_the_size_that_is_promised(made: GeneratedSummary) -> None:
    assert 100_000 < made.rows < 150_000


def test_the_summary_counts_the_rows(made: GeneratedSummary, sales: list[Row]) -> None:
    assert made.rows == len(sales)


def test_the_summary_counts_the_bytes(made: GeneratedSummary, out: Path) -> None:
    assert made.size == sum(len(text) for text in contents(out))


def test_the_summary_counts_the_customers_who_bought(made: GeneratedSummary, orders: Counter[str]) -> None:
    assert made.customers == len(orders)


def test_the_summary_names_the_first_and_last_day(made: GeneratedSummary) -> None:
    assert (made.days, made.first, made.last) == (120, MONDAY, date(2025, 9, 29))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        generate(tmp_path / name, customers=300, days=9, start=MONDAY, seed=7)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_other_bytes(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / f"{seed}", customers=300, days=1, start=MONDAY, seed=seed)
    assert contents(tmp_path / "1") != contents(tmp_path / "2")


def test_fewer_days_are_the_beginning_of_more(tmp_path: Path) -> None:
    for days in (8, 16):
        generate(tmp_path / f"{days}", customers=300, days=days, start=MONDAY, seed=7)
    assert contents(tmp_path / "8") == contents(tmp_path / "16")[:8]


def test_blocks_of_a_busy_day_lose_no_return() -> None:
    simulation = Simulation(4000, 42, Habits(), block_orders=8)
    days = [(number, MONDAY + timedelta(days=number)) for number in range(30)]
    text = b"".join(text for number, day in days for _, text in simulation.day(number, day, day)).decode()
    rows = list(csv.reader(io.StringIO(text)))
    assert sum(row[INVOICE].startswith("C") for row in rows) / len(rows) == pytest.approx(0.019, rel=0.35)


def test_no_file_has_more_rows_that_its_loader_rejects_than_others(tmp_path: Path) -> None:
    generate(tmp_path, customers=150, days=60, start=MONDAY, seed=7)
    for text in contents(tmp_path):
        rows = list(csv.reader(io.StringIO(text.decode())))[1:]
        invalid = sum(int(row[QUANTITY]) <= 0 or float(row[PRICE]) < 0 for row in rows)
        assert invalid <= len(rows) / 2, rows[0][DAY]


def test_a_fixed_calendar_gives_the_same_rows_from_any_start(tmp_path: Path) -> None:
    starts = [MONDAY, date(2024, 2, 27), date(2025, 12, 28)]
    for start in starts:
        generate(tmp_path / f"{start}", customers=300, days=9, start=start, seed=7, calendar_start=MONDAY)
    relative = [relative_rows(tmp_path / f"{start}", start) for start in starts]
    assert relative[0] == relative[1] == relative[2]


def test_one_customer_makes_files_too(tmp_path: Path) -> None:
    assert generate(tmp_path, customers=1, days=3, start=MONDAY, seed=1).days == 3


def test_progress_is_called_with_every_day_in_order(tmp_path: Path) -> None:
    called: list[DaySummary] = []
    generate(tmp_path, customers=100, days=3, start=MONDAY, seed=1, progress=called.append)
    assert [one.day for one in called] == [MONDAY, date(2025, 6, 3), date(2025, 6, 4)]


def test_progress_is_called_when_the_file_is_complete(tmp_path: Path) -> None:
    def called(one: DaySummary) -> None:
        assert one.path.stat().st_size == one.size

    generate(tmp_path, customers=100, days=2, start=MONDAY, seed=1, progress=called)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "customers is 0: give 1 or more"),
        ({"days": 0}, "days is 0: give 1 or more"),
        ({"seed": -1}, "seed is -1: give 0 or more"),
        ({"start": date(9999, 12, 30)}, "after the year 9999: choose an earlier start"),
        ({"calendar_start": date(9999, 12, 30)}, "after the year 9999: choose an earlier start"),
    ],
)
def test_arguments_out_of_range_are_rejected(tmp_path: Path, wrong: dict[str, int], message: str) -> None:
    asked = {"customers": 10, "days": 3, "start": MONDAY, "seed": 1} | wrong
    with pytest.raises(Misconfigured, match=message):
        generate(tmp_path / "out", **asked)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_anything_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(Misconfigured, match="not empty: choose an empty folder"):
        generate(tmp_path, customers=10, days=1, start=MONDAY, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_place_of_the_folder_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(Misconfigured, match="cannot be written"):
        generate(tmp_path / "out", customers=10, days=1, start=MONDAY, seed=1)


def test_days_are_replaced_when_asked_for(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate(tmp_path / "twice", customers=100, days=2, start=MONDAY, seed=seed, replace=True)
    generate(tmp_path / "once", customers=100, days=2, start=MONDAY, seed=2)
    assert contents(tmp_path / "twice") == contents(tmp_path / "once")


def peak(out: Path, customers: int, days: int) -> int:
    """The most bytes in use while sales are generated; a generation before it takes what is allocated once."""
    generate(out.with_suffix(".warm"), customers=customers, days=1, start=MONDAY, seed=1)
    gc.collect()
    tracemalloc.start()
    generate(out, customers=customers, days=days, start=MONDAY, seed=1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_twice_the_days_take_no_more_memory(tmp_path: Path) -> None:
    assert peak(tmp_path / "two", 4000, 60) < 1.15 * peak(tmp_path / "one", 4000, 30)


def test_a_customer_takes_at_most_130_bytes(tmp_path: Path) -> None:
    grown = peak(tmp_path / "many", 400_000, 2) - peak(tmp_path / "few", 200_000, 2)
    assert grown < 130 * 200_000
