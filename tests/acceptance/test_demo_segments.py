"""Segments of the demonstration: the same whatever day it is started on."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.cli.segments_table import segments_shown
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.jobs.context import Context
from app.prepare.demo import generate_demo
from app.settings import Settings
from tests.loading import load, query
from tests.postgres import fresh_database
from tests.segments.shop import train

LEAP_DAY, NEW_YEAR, SUNDAY = date(2024, 2, 29), date(2026, 1, 1), date(2026, 11, 22)
SEGMENT_OF = """
    select customer_id, kmeans, rules, as_of - last_invoice_date, monetary from segments.customer_segment
    order by customer_id
"""
Trained = tuple[list[dict[str, Any]], list[tuple[Any, ...]]]


def trained(postgres: str, folder: Path, today: date) -> Trained:
    """The table of segments and each customer's segment of a small demonstration started on `today`."""
    generate_demo(folder, today, customers=900, days=40)
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        migrate(engine)
        context = Context(engine, Settings(source=str(folder), as_of=today))
        load(context)
        train(context, today)
        table, customers = segments_shown(engine), query(engine, SEGMENT_OF)
        engine.dispose()
    return table, customers


@pytest.fixture(scope="module")
def reference(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(postgres, tmp_path_factory.mktemp("reference"), SUNDAY)


@pytest.fixture(scope="module", params=[LEAP_DAY, NEW_YEAR], ids=str)
def other(request: pytest.FixtureRequest, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(postgres, tmp_path_factory.mktemp("other"), request.param)


def test_the_table_of_segments_is_the_same_on_any_day(reference: Trained, other: Trained) -> None:
    assert len(reference[0]) >= 4
    assert other[0] == reference[0]


def test_every_customer_is_in_the_same_segment_on_any_day(reference: Trained, other: Trained) -> None:
    assert other[1] == reference[1]
