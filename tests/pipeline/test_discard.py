"""Discard of quarantined rows, and replays of discarded rows."""

from dataclasses import astuple

import pytest

from app.errors import InvalidSelection
from app.jobs.context import Context
from app.pipeline.replay import QuarantineFilter
from tests.loading import everything
from tests.pipeline.replaying import discarded, replayed, statuses, with_dates


def test_discarded_rows_are_marked(loaded: Context) -> None:
    assert astuple(discarded(loaded, QuarantineFilter(expectation="valid_quantity"))) == (2, 2)
    assert statuses(loaded) == ["discarded", "open"] * 2


def test_discarded_rows_count_as_quarantined(loaded: Context) -> None:
    before = everything(loaded.engine, "status")
    discarded(loaded)
    assert everything(loaded.engine, "status") == before


def test_discarded_rows_are_not_replayed_automatically(loaded: Context) -> None:
    discarded(loaded)
    assert replayed(with_dates(loaded)).rows == 0


def test_discarded_rows_can_be_replayed(loaded: Context) -> None:
    discarded(loaded)
    assert replayed(with_dates(loaded), QuarantineFilter(status="discarded")).rows_loaded == 2
    assert statuses(loaded) == ["discarded", "replayed"] * 2


def test_discarded_rows_that_fail_again_stay_discarded(loaded: Context) -> None:
    discarded(loaded, QuarantineFilter())
    replayed(loaded, QuarantineFilter(status="discarded"))
    assert set(statuses(loaded)) == {"discarded"}


def test_replayed_rows_are_not_discarded(loaded: Context) -> None:
    replayed(with_dates(loaded))
    discarded(loaded)
    assert statuses(loaded) == ["discarded", "replayed"] * 2


def test_discarding_rows_of_an_unknown_file_is_an_error(context: Context) -> None:
    with pytest.raises(InvalidSelection, match="File 7 not found;"):
        discarded(context, QuarantineFilter(file_id=7))
