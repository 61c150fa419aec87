"""Dry runs of a few rows under a contract."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.jobs.context import Context
from app.pipeline.dry_run.dry_run import dry_run
from app.pipeline.dry_run.report import DryRun
from app.pipeline.dry_run.source import PathsSource
from app.settings import Settings
from app.source.open import read_source_contract
from tests.contracts import document

HEADER = "Invoice,Date,Customer ID,Quantity,Price,StockCode,Description,Currency"
DAILY = [{"property": "frequency", "value": 1, "unit": "d"}]
Check = Callable[..., DryRun]


def row(
    invoice: str = "1",
    day: str = "2026-02-01",
    customer: str = "13085",
    quantity: str = "2",
    price: str = "5.00",
    stock_code: str = "85048",
    description: str = "LANTERN",
    currency: str = "",
) -> str:
    """A row of generic-sales that counts, but for what the case changes."""
    return ",".join((invoice, day, customer, quantity, price, stock_code, description, currency))


def generic(tmp_path: Path, **changes: Any) -> str:
    """Write generic-sales with changes, and return its path."""
    (tmp_path / "shop.yaml").write_bytes(document("generic-sales", **changes))
    return str(tmp_path / "shop.yaml")


def checker(engine: Engine, folder: Path) -> Check:
    """Write files, rows by their keys, and return the report of their dry run."""

    def check(files: dict[str, list[str]], contract: str = "generic-sales", **settings: object) -> DryRun:
        for key, rows in files.items():
            (folder / key).parent.mkdir(exist_ok=True, parents=True)
            (folder / key).write_text("\n".join([HEADER, *rows, ""]))
        declared = Settings(contract=contract, as_of=date(2026, 3, 1), **settings)  # type: ignore[arg-type]
        source_contract = read_source_contract(declared)
        return dry_run(Context(engine, declared), [(PathsSource([folder], source_contract), source_contract)])

    return check
