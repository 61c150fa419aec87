"""A choice of quarantined rows as it is asked for, stored and said back."""

from datetime import date
from typing import Any

import pytest

from app.errors import InvalidSelection
from app.silver.selection import QuarantineFilter

DAY = date(2026, 2, 1)


@pytest.mark.parametrize(
    "chosen",
    [
        QuarantineFilter(),
        QuarantineFilter(file_id=3),
        QuarantineFilter(source_file="day.csv"),
        QuarantineFilter(expectation="parse", status="discarded"),
        QuarantineFilter(invoice_date=DAY, processing_date=DAY),
    ],
)
def test_what_is_stored_is_read_again(chosen: QuarantineFilter) -> None:
    assert QuarantineFilter.from_values(chosen.as_dict()) == chosen


def test_it_is_stored_as_json_has_it() -> None:
    stored = QuarantineFilter(file_id=3, invoice_date=DAY).as_dict()
    assert stored == {"file_id": 3, "invoice_date": "2026-02-01", "status": "open"}


def test_that_all_are_meant_is_stored() -> None:
    assert QuarantineFilter(status="discarded").as_dict() == {"status": "discarded", "all": True}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "no filter is given; select by file, expectation or date"),
        ({"status": "open"}, "no filter is given"),
        ({"file_id": None, "all": False}, "no filter is given"),
        ({"invoice_date": "2026-02-30"}, "Invalid invoice_date '2026-02-30'; write YYYY-MM-DD"),
        ({"processing_date": 20260201}, "Invalid processing_date 20260201"),
        (
            {"file_id": 1, "status": "replayed"},
            "Rows of status 'replayed' are not quarantined; choose open or discarded",
        ),
        ({"file": 1}, "'file' is not a filter; use file_id, file_ids, file_states, source_file"),
    ],
)
def test_a_bad_choice_is_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSelection, match=message):
        QuarantineFilter.from_values(parameters)
