"""The sales of the demo, generated once."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from app.prepare.generator.generate import GeneratedSummary, generate
from tests.prepare.generator.rows import CUSTOMER, INVOICE, MONDAY, Row, contents


@pytest.fixture(scope="session")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sales") / "daily"


@pytest.fixture(scope="session")
def made(out: Path) -> GeneratedSummary:
    return generate(out, start=MONDAY, seed=42)


@pytest.fixture(scope="session")
def sales(made: GeneratedSummary, out: Path) -> list[Row]:
    return [row for text in contents(out) for row in list(csv.reader(io.StringIO(text.decode())))[1:]]


@pytest.fixture(scope="session")
def orders(sales: list[Row]) -> Counter[str]:
    """Invoices that are no cancellation, counted by customer."""
    kept = {(row[CUSTOMER], row[INVOICE]) for row in sales if row[CUSTOMER] and row[INVOICE].isdigit()}
    return Counter(customer for customer, _ in kept)
