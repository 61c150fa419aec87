import re

import pytest

from app.errors import Misconfigured
from app.settings import Settings
from app.source.csv_format import CsvFormat, DateFormat

SHAPES = [
    ("%Y-%m-%d", "0000-00-00", (1, 6, 9), False),
    ("%Y-%m-%d %H:%M:%S", "0000-00-00 00:00:00", (1, 6, 9), False),
    ("%d/%m/%Y", "00/00/0000", (7, 4, 1), True),
    ("%m/%d/%Y %H:%M", "00/00/0000 00:00", (7, 1, 4), True),
    ("%d.%m.%Y", "00.00.0000", (7, 4, 1), True),
    ("%Y%m%d", "00000000", (1, 5, 7), True),
]
NO_FORMATS = ["", "%Y-%m", "%Y-%m-%d %d", "%y-%m-%d", "%Y-%b-%d", "%Y-%m-%d%", "%%Y-%m-%d", "%Y-%m-%d 00:00", "2%Y%m%d"]
NO_ENCODINGS = ["", "nonsense", "utf 99", "hex", "rot13", "base64", "zlib", "undefined"]
NO_DELIMITERS = ['"', "\r", "\n", "\0", "£", "1", "a", "Z"]


@pytest.mark.parametrize(("declared", "shape", "places", "pads"), SHAPES)
def test_a_date_format_is_a_shape_and_places(
    declared: str, shape: str, places: tuple[int, int, int], pads: bool
) -> None:
    dates = DateFormat(declared)
    assert (dates.shape, dates.pads) == (shape, pads)
    assert (dates.year_at, dates.month_at, dates.day_at) == places


def test_places_of_a_time_that_is_not_declared_are_none() -> None:
    dates = DateFormat("%m/%d/%Y %H:%M")
    assert (dates.hour_at, dates.minute_at, dates.second_at) == (12, 15, None)


@pytest.mark.parametrize("declared", NO_FORMATS)
def test_a_date_format_that_is_none_is_refused_by_name(declared: str) -> None:
    with pytest.raises(Misconfigured, match=f"^REGULARS_DATE_FORMAT {re.escape(repr(declared))}"):
        DateFormat(declared)


@pytest.mark.parametrize("encoding", NO_ENCODINGS)
def test_an_encoding_that_is_none_is_refused_by_name(encoding: str) -> None:
    with pytest.raises(Misconfigured, match=f"^REGULARS_ENCODING {encoding!r}"):
        CsvFormat.declared(Settings(encoding=encoding))


@pytest.mark.parametrize(
    ("written", "name"), [("UTF8", "utf-8"), ("latin-1", "iso8859-1"), ("Windows-1252", "cp1252"), ("UTF-16", "utf-16")]
)
def test_an_encoding_may_be_written_in_any_of_its_names(written: str, name: str) -> None:
    assert CsvFormat.declared(Settings(encoding=written)).encoding == name


@pytest.mark.parametrize("delimiter", NO_DELIMITERS)
def test_a_delimiter_that_cannot_separate_is_refused_by_name(delimiter: str) -> None:
    with pytest.raises(Misconfigured, match=f"^REGULARS_DELIMITER {re.escape(repr(delimiter))}"):
        CsvFormat.declared(Settings(delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t", "\x1f"])
def test_a_usual_delimiter_is_taken(delimiter: str) -> None:
    assert CsvFormat.declared(Settings(delimiter=delimiter)).delimiter == delimiter


@pytest.mark.parametrize(("decimal", "marks"), [(".", ".,"), (",", ",.")])
def test_the_decimal_mark_comes_first(decimal: str, marks: str) -> None:
    assert CsvFormat.declared(Settings(decimal=decimal)).marks == marks


def test_nothing_declared_is_what_the_contract_says() -> None:
    assert CsvFormat.declared(Settings()) == CsvFormat(",", ".", "utf-8", DateFormat("%Y-%m-%d"), 2 * 1024**3)
