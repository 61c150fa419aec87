"""Texts, days and whole numbers as requests give them, made fit to ask PostgreSQL about."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

AMOUNT: Final = re.compile(r"^-?[0-9]{1,22}(\.[0-9]{1,2})?$")
ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def storable(text: str) -> str:
    """A text that PostgreSQL can be asked about: it has no NUL and no half of a pair, so such a text equals nothing."""
    return sendable(text).replace("\0", "\N{REPLACEMENT CHARACTER}")


def sendable(text: str) -> str:
    """A text that an answer can hold: JSON can be asked with half of a pair, UTF-8 has none."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Text = Annotated[str, AfterValidator(storable)]


def iso(value: Any) -> Any:
    """A date, or the text of one with the year first; a number of seconds since 1970 is none."""
    if isinstance(value, date) or (isinstance(value, str) and ISO.fullmatch(value)):
        return value
    raise PydanticCustomError("iso_date", 'give a date as text, year first: "2026-05-01"')


Day = Annotated[date, BeforeValidator(iso)]


def timestamp(value: Any) -> Any:
    """A time, or the text of one; a number of seconds since 1970 is none."""
    if isinstance(value, datetime) or (isinstance(value, str) and ISO.match(value)):
        return value
    raise PydanticCustomError("iso_time", 'give a time as text with its offset: "2026-05-01T12:00:00Z"')


Instant = Annotated[AwareDatetime, BeforeValidator(timestamp)]


def whole(value: Any) -> Any:
    """2.0 as 2, which it is in JSON; all else as it came."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Integer64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=2)]
"""Numbers that columns of the types integer, bigint and numeric can be compared with."""

Whole: Final = BeforeValidator(whole)
"""Behind the strict Field of an integer in a body; before it, its bounds would be missing in the document."""


def number(value: Any) -> Any:
    """A whole number, or the digits of one; true is not 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("number", "give a whole number")
    return whole(value)


def amount(value: Any) -> Any:
    """Money as text, as answers have it."""
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        return value
    raise PydanticCustomError("amount", 'give an amount as text, with two digits at most: "140.00"')
