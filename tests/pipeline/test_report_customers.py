"""Customers of a report: those that its training saw."""

from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import Connection, select, text

from app.jobs.runs import Run
from app.pipeline.report import ReportPolicy, measure
from app.segments.registry_tables import model
from tests.conftest import NOW
from tests.segments.test_window import AS_OF, GOLD, INVOICES, RUN, WINDOW, published

FILE: Final = """
    insert into pipeline.source_file
        (id, source, key, etag, size, sha256, last_modified, state, discovered_at, received_at, loaded_at)
    overriding system value
    values (:id, 'sales', :key, cast(:id as text), 1, cast(:id as text), :at, :state, :at, :at, :at)
"""
SALE: Final = """
    insert into gold.customer_invoice (file_id, customer_id, invoice_no, invoice_date, amount)
    values (:id, 'late', 'late', :day, 9)
"""
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """Return a transaction with 40 customers in gold, some without a sale in the window."""
    connection.execute(text(INVOICES), {"as_of": AS_OF})
    connection.execute(text(GOLD))
    return connection


def add_file(connection: Connection, file_id: int, key: str, at: Any, state: str = "loaded") -> None:
    """Record a file."""
    connection.execute(text(FILE), {"id": file_id, "key": key, "at": at, "state": state})


def measured(connection: Connection) -> dict[str, Any]:
    """Return the report of the run."""
    trained = connection.execute(select(model).where(model.c.run_id == RUN)).one()
    return measure(connection, Run(uuid4(), "report"), trained, ReportPolicy(cut_offs=1))


def test_a_model_of_a_window_is_measured_on_the_features_of_its_window(shop: Connection) -> None:
    trained = len(published(shop, WINDOW))
    assert sum(each["customers"] for each in measured(shop)["clusters"]["clusters"]) == trained < 40


def test_a_model_of_a_window_has_no_forecast(shop: Connection) -> None:
    published(shop, WINDOW)
    assert "REGULARS_WINDOW_DAYS" in measured(shop)["forecast"]["reason"]


def test_a_file_that_was_loaded_after_the_training_is_left_out(shop: Connection) -> None:
    trained = len(published(shop, None))
    add_file(shop, 2, "late.csv", LATER)
    shop.execute(text(SALE), {"id": 2, "day": AS_OF})
    assert measured(shop)["customers"] == trained


def test_a_correction_of_a_file_of_the_training_counts(shop: Connection) -> None:
    trained = len(published(shop, None))
    add_file(shop, 2, "corrected.csv", EARLIER, "superseded")
    add_file(shop, 3, "corrected.csv", LATER)
    shop.execute(text(SALE), {"id": 3, "day": AS_OF})
    assert measured(shop)["customers"] == trained + 1
