"""Contracts drafted from the public cases: files load under them, or a line says what a person has to decide."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.jobs.context import Context
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun, DryRunVerdict
from app.pipeline.dry_run.source import PathsSource
from app.prepare.draft.draft import draft_contract
from app.settings import Settings
from app.source.open import read_source_contract

CASES = Path(__file__).resolve().parents[3].parent / "shared" / "cases"
SALES = Decimal("29650.62")
"""Money of the sales that all cases share."""


@dataclass(frozen=True)
class Case:
    """A folder, and what its drafted contract gives; check: words of the line that a person has to decide."""

    folder: str
    customers: int
    money: Decimal = SALES
    verdict: DryRunVerdict = "good"
    check: str = ""


EXPECTED = [
    Case("01-guest-placeholder-ids/sales", 58, check="treated as placeholders"),
    Case("03-refunds/sales", 60, SALES + Decimal("12.75"), check="Quantity is negative"),
    Case("04-overlapping-exports/sales", 58, check="orders are in several files with the same rows"),
    Case("06-day-month-mixed/sales", 54, Decimal("21773.37"), "rejected", "is another format used there?"),
    Case("07-twelve-hour-clock/sales", 58),
    Case("11-thousands/sales", 60, Decimal("53907.42")),
    Case("12-sep-line/sales", 58),
    Case("15-webshop-order-export/sales", 58, check="write the time zone"),
    Case("16-other-shops-ids/sales-mixed", 58),
    Case("16-other-shops-ids/sales-orders", 58),
    Case("16-other-shops-ids/sales-skus", 58),
    # Without its leading zeros 00000000 is 0, a usual placeholder.
    Case("19-one-person-two-ids/sales", 58, verdict="warnings", check="with and without leading zeros"),
    Case("21-impossible-dates/sales", 58, verdict="warnings", check="3 days are far from the date in the name"),
    Case("26-hidden-twins/sales", 58),
    Case("28-two-encodings/sales", 42, Decimal("13847.88"), "rejected", "6 of 12 files have the encoding windows-1252"),
]

pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the public cases are not beside the checkout: ../shared/cases"
)


def drafted(folder: Path, tmp_path: Path) -> tuple[str, Path]:
    document = draft_contract([folder])
    path = tmp_path / "shop.yaml"
    path.write_text(document)
    return document, path


def run(engine: Engine, folder: Path, contract: Path) -> DryRun:
    settings = Settings(contract=str(contract), as_of=date(2026, 3, 13))
    source_contract = read_source_contract(settings)
    return dry_run(Context(engine, settings), [(PathsSource([folder], source_contract), source_contract)])


def test_every_folder_of_the_cases_is_expected() -> None:
    assert {str(folder.relative_to(CASES)) for folder in CASES.glob("*/sales*")} == {case.folder for case in EXPECTED}


@pytest.mark.parametrize("case", EXPECTED, ids=lambda case: case.folder)
def test_a_case_loads_or_names_what_is_to_be_decided(engine: Engine, tmp_path: Path, case: Case) -> None:
    document, path = drafted(CASES / case.folder, tmp_path)
    found = run(engine, CASES / case.folder, path)
    checks = [line for line in document.splitlines() if "# CHECK: " in line]
    net = found.money.counting - found.money.returned
    assert (found.verdict, found.customers.number) == (case.verdict, case.customers)
    assert net == case.money
    assert any(case.check in line for line in checks) if case.check else checks == []


def test_the_real_sales_load(engine: Engine, tmp_path: Path, real_sales: Path) -> None:
    document, path = drafted(real_sales, tmp_path)
    found = run(engine, real_sales / "daily_sales", path)
    assert (found.verdict, found.rejected) == ("good", 0)
    assert "begins with C" in document
