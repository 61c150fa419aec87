from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.dates import DateFormat
from tests.contract.dates import DATES, FORMATS, INSTANTS, NO_DATES

MALFORMED = {
    "": "the year exactly once",
    "%Y-%m": "the day exactly once",
    "%m/%d": "the year exactly once",
    "%Y %d": "the month exactly once",
    "%Y-%m-%d-%d": "the day exactly once",
    "%y%Y%m%d": "the year exactly once",
    "%b %m %d %Y": "the month exactly once",
    "%d/%m/%Y %H %I %p": "the hour exactly once",
    "%d/%m/%Y %M:%M": "%M is repeated",
    "%d/%m/%Y %I:%M": "%I (hour of 12) and %p (AM or PM) need each other",
    "%d/%m/%Y %H:%M %p": "%I (hour of 12) and %p (AM or PM) need each other",
    "%d/%m/%Y %z": "%z needs a time",
    "%Q": "%Q is unknown",
    "%Y-%m-%d%": "% is unknown",
    "%%Y-%m-%d": "%% is unknown",
    "20%y-%m-%d": "no digits",
    "%Y-%m-%d\0": "unprintable",
    "%Y-%m-%d\n": "unprintable",
    "%Y-%m-%d" + "x" * 60: "50 characters",
    "%H:%M:%S%f%d/%m/%Y": "needs a separator",
    "%H:%M%z%d/%m/%Y": "needs a separator",
    "ISO8601": "the year exactly once",
    "YYYY-MM-DD": "the year exactly once",
}
DAYS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))  # noqa: DTZ001


@pytest.mark.parametrize(("form", "reason"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_malformed_format_is_refused_with_its_reason(form: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        DateFormat(form)
    assert reason in str(caught.value)


def test_python_reads_dates_in_the_declared_format() -> None:
    wrong = [(form, text) for form, text, day in DATES if DateFormat(form).read(text) != day]
    assert wrong == []


def test_python_reads_nothing_else() -> None:
    wrong = [(form, text) for form, texts in NO_DATES.items() for text in texts if DateFormat(form).read(text)]
    assert wrong == []


def test_python_reads_an_instant_in_the_shops_zone() -> None:
    wrong = [(form, text, zone) for form, text, zone, day in INSTANTS if DateFormat(form).read(text, zone) != day]
    assert wrong == []


@pytest.mark.parametrize("form", FORMATS)
@given(moment=DAYS)
def test_what_strftime_writes_is_read(form: str, moment: datetime) -> None:
    year = f"{moment.year:04}"
    written = moment.strftime(form.replace("%z", "+0000").replace("%Y", year))
    expected = moment.date()
    if "%y" in form:
        century = 1900 if moment.year % 100 >= 69 else 2000
        try:
            expected = expected.replace(year=century + moment.year % 100)
        except ValueError:
            return
    assert DateFormat(form).read(written) == expected


def test_a_format_is_shown_as_declared() -> None:
    assert str(DateFormat("%d/%m/%Y")) == "%d/%m/%Y"


def test_equal_formats_are_equal_and_hashable() -> None:
    assert len({DateFormat("excel"), DateFormat("excel"), DateFormat("%d.%m.%Y")}) == 2
