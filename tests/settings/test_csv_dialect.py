"""Date formats, encodings and delimiters that may be declared."""

import re

import pytest

from app.settings.csv_dialect import DateFormat, check_delimiter, check_encoding

SHAPES = [
    ("%Y-%m-%d", "0000-00-00", (1, 6, 9), False),
    ("%Y-%m-%d %H:%M:%S", "0000-00-00 00:00:00", (1, 6, 9), False),
    ("%d/%m/%Y", "00/00/0000", (7, 4, 1), True),
    ("%m/%d/%Y %H:%M", "00/00/0000 00:00", (7, 1, 4), True),
    ("%d.%m.%Y", "00.00.0000", (7, 4, 1), True),
    ("%Y%m%d", "00000000", (1, 5, 7), True),
]
INVALID_DATE_FORMATS = [
    "",
    "%Y-%m",
    "%Y-%m-%d %d",
    "%y-%m-%d",
    "%Y-%b-%d",
    "%Y-%m-%d%",
    "%%Y-%m-%d",
    "%Y-%m-%d 00:00",
    "2%Y%m%d",
]
INVALID_ENCODINGS = ["", "nonsense", "utf 99", "hex", "rot13", "base64", "zlib", "undefined"]
INVALID_DELIMITERS = ['"', "\r", "\n", "\0", "£", "1", "a", "Z"]


@pytest.mark.parametrize(("declared", "shape", "positions", "accepts_unpadded"), SHAPES)
def test_a_date_format_is_a_shape_and_positions(
    declared: str, shape: str, positions: tuple[int, int, int], accepts_unpadded: bool
) -> None:
    dates = DateFormat(declared)
    assert (dates.shape, dates.accepts_unpadded) == (shape, accepts_unpadded)
    assert (dates.year_at, dates.month_at, dates.day_at) == positions


def test_positions_of_a_time_that_is_not_declared_are_none() -> None:
    dates = DateFormat("%m/%d/%Y %H:%M")
    assert (dates.hour_at, dates.minute_at, dates.second_at) == (12, 15, None)


@pytest.mark.parametrize("declared", INVALID_DATE_FORMATS)
def test_a_malformed_date_format_is_refused(declared: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(repr(declared))}"):
        DateFormat(declared)


@pytest.mark.parametrize("encoding", INVALID_ENCODINGS)
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(ValueError, match=f"^{encoding!r} is not an encoding"):
        check_encoding(encoding)


@pytest.mark.parametrize(
    ("written", "name"), [("UTF8", "utf-8"), ("latin-1", "iso8859-1"), ("Windows-1252", "cp1252"), ("UTF-16", "utf-16")]
)
def test_an_encoding_may_be_written_in_any_of_its_names(written: str, name: str) -> None:
    assert check_encoding(written) == name


@pytest.mark.parametrize("delimiter", INVALID_DELIMITERS)
def test_a_delimiter_that_cannot_separate_is_refused(delimiter: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(repr(delimiter))} cannot separate"):
        check_delimiter(delimiter)


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "\x1f"])
def test_a_usual_delimiter_is_accepted(delimiter: str) -> None:
    assert check_delimiter(delimiter) == delimiter
