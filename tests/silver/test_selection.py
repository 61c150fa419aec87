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
    assert QuarantineFilter.read(chosen.as_dict()) == chosen


def test_it_is_stored_as_json_has_it() -> None:
    stored = QuarantineFilter(file_id=3, invoice_date=DAY).as_dict()
    assert stored == {"file_id": 3, "invoice_date": "2026-02-01", "status": "open"}


def test_that_all_are_meant_is_stored() -> None:
    assert QuarantineFilter(status="discarded").as_dict() == {"status": "discarded", "all": True}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "nothing is chosen; choose a file, an expectation or a date"),
        ({"status": "open"}, "nothing is chosen"),
        ({"file_id": None, "all": False}, "nothing is chosen"),
        ({"expectation": "valid_price"}, "there is no expectation 'valid_price'; there are parse, valid_customer_id"),
        ({"invoice_date": "2026-02-30"}, "invoice_date '2026-02-30' is no date; write YYYY-MM-DD"),
        ({"processing_date": 20260201}, "processing_date 20260201 is no date"),
        ({"file_id": 1, "status": "replayed"}, "rows of status 'replayed' are not out; choose open or discarded"),
        ({"file": 1}, "'file' is no filter; choose by file_id, source_file"),
    ],
)
def test_a_bad_choice_is_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidSelection, match=message):
        QuarantineFilter.read(parameters)
