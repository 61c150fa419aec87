"""The day that counts as today, in the time zone of a source: sales until then are plausible."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app.jobs.context import Context
from tests.layers import HEADER
from tests.loading import load, query, sale
from tests.pipeline.declaring import applied, declaring
from tests.pipeline.replaying import rejecting_nothing, replayed

TODAY, TOMORROW = "2026-02-01", "2026-02-02"
UNTIL_TODAY = {"until": "today"}
AUCKLAND = {"timezone": "Pacific/Auckland"}


@pytest.fixture
def evening(context: Context, folder: Path) -> Context:
    """The end of a day in UTC, and a file without a date in its name, with sales of this day and the next."""
    content = "\n".join([HEADER, sale(day=TODAY), sale("536366", day=TOMORROW), ""])
    (folder / "sales.csv").write_text(content)
    settings = context.settings.model_copy(update={"as_of": None})
    return rejecting_nothing(replace(context, settings=settings, clock=lambda: datetime(2026, 2, 1, 23, tzinfo=UTC)))


def days(context: Context) -> list[date]:
    return [day for (day,) in query(context.engine, "select invoice_date from silver.sales_row order by line_no")]


@pytest.mark.parametrize(
    ("timezone", "rows"), [("UTC", 1), ("Pacific/Auckland", 2), ("America/New_York", 1), ("Europe/Berlin", 2)]
)
def test_an_ingest_takes_the_day_of_the_zone(evening: Context, timezone: str, rows: int) -> None:
    load(declaring(evening, server={"timezone": timezone}, dateRange=UNTIL_TODAY))
    assert len(days(evening)) == rows


def test_a_replay_takes_the_day_of_the_zone(evening: Context) -> None:
    load(declaring(evening, dateRange=UNTIL_TODAY))
    replayed(declaring(evening, server=AUCKLAND, dateRange=UNTIL_TODAY))
    assert len(days(evening)) == 2


def test_an_apply_takes_the_day_of_the_zone(evening: Context) -> None:
    load(declaring(evening, server=AUCKLAND))
    applied(declaring(evening, server={"timezone": "America/New_York"}, dateRange=UNTIL_TODAY))
    assert days(evening) == [date(2026, 2, 1)]


def test_as_of_is_today_in_every_zone(evening: Context) -> None:
    settings = evening.settings.model_copy(update={"as_of": date(2026, 2, 1)})
    load(declaring(replace(evening, settings=settings), server=AUCKLAND, dateRange=UNTIL_TODAY))
    assert days(evening) == [date(2026, 2, 1)]
