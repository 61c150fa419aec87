"""The examples of the pages of shop systems load, with the numbers that the pages state."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.contract.open import BUILT_IN
from app.jobs.context import Context
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun
from app.pipeline.dry_run.source import PathsSource
from app.settings import Settings
from app.source.open import read_source_contract
from tests.deployment.examples import SHOP_PAGES, Expected, expected_numbers, write_examples
from tests.deployment.files import ROOT, named, text


def loaded(engine: Engine, folder: Path, contract: str) -> DryRun:
    name = contract if contract in BUILT_IN else str(folder.parent / contract)
    settings = Settings(contract=name, as_of=date(2026, 4, 8))
    source_contract = read_source_contract(settings)
    return dry_run(Context(engine, settings), [(PathsSource([folder], source_contract), source_contract)])


def shown(found: DryRun) -> dict[str, str]:
    """The numbers of a report, as the pages show them."""
    rows, skipped = sum(file.rows for file in found.files), sum(file.skipped for file in found.files)
    quarantined = sum(file.quarantined for file in found.files)
    reasons = [each.expectation for each in found.failures if each.severity == "error"]
    warnings = [each.expectation for each in found.failures if each.severity == "warning"]
    return {
        "rows": f"{rows}, of which {skipped} skipped" if skipped else str(rows),
        "quarantined": f"{quarantined}: {code(reasons)}" if reasons else str(quarantined),
        "money without a customer": f"{found.money.without_customer:.2f}",
        "money that counts": f"{found.money.counting:.2f}",
        "returns": f"{found.money.returned:.2f}",
        "customers": str(found.customers.number),
        "warnings": code([*warnings, *(each.name for each in found.warnings)]) or "none",
    }


def code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize("expected", expected_numbers(), ids=str)
def test_an_example_gives_the_numbers_of_its_page(expected: Expected, engine: Engine, tmp_path: Path) -> None:
    write_examples(expected.page, tmp_path)
    found = shown(loaded(engine, tmp_path / expected.folder, expected.contract))
    assert {name: found[name] for name in expected.numbers} == expected.numbers


def test_sales_long_after_the_date_in_the_name_are_quarantined(engine: Engine, tmp_path: Path) -> None:
    write_examples(ROOT / "docs/shops/shopify.md", tmp_path)
    (tmp_path / "orders/orders_2026-03-31.csv").rename(tmp_path / "orders/orders_2026-03-01.csv")
    found = loaded(engine, tmp_path / "orders", "shopify-orders")
    assert [(each.expectation, each.rows) for each in found.failures if each.severity == "error"] == [
        ("plausible_date", 5)
    ]


def test_every_page_states_the_numbers_of_an_example() -> None:
    assert [page for page in SHOP_PAGES if page not in {expected.page for expected in expected_numbers()}] == []


@pytest.mark.parametrize("path", [ROOT / "docs/contracts.md", ROOT / "README.md"], ids=named)
def test_every_page_of_a_shop_system_is_linked(path: Path) -> None:
    assert [page.name for page in SHOP_PAGES if f"shops/{page.name})" not in text(path)] == []
