"""Types of request parameters (texts, dates, numbers) that are safe to pass to PostgreSQL."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

AMOUNT: Final = re.compile(r"^-?[0-9]{1,22}(\.[0-9]{1,2})?$")
ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def storable(text: str) -> str:
    """Replace NUL characters and lone surrogates, which PostgreSQL cannot store; the result matches no row."""
    return sendable(text).replace("\0", "\N{REPLACEMENT CHARACTER}")


def sendable(text: str) -> str:
    """Replace lone surrogates, which JSON can escape and UTF-8 cannot encode."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


Text = Annotated[str, AfterValidator(storable)]


def iso(value: Any) -> Any:
    """Check that a value is a date or an ISO date as text, not a Unix timestamp."""
    if isinstance(value, date) or (isinstance(value, str) and ISO_DATE.fullmatch(value)):
        return value
    raise PydanticCustomError("iso_date", 'give a date as text, year first: "2026-05-01"')


Day = Annotated[date, BeforeValidator(iso)]


def timestamp(value: Any) -> Any:
    """Check that a value is a time or an ISO time as text, not a Unix timestamp."""
    if isinstance(value, datetime) or (isinstance(value, str) and ISO_DATE.match(value)):
        return value
    raise PydanticCustomError("iso_time", 'give a time as text with its offset: "2026-05-01T12:00:00Z"')


Instant = Annotated[AwareDatetime, BeforeValidator(timestamp)]


def whole(value: Any) -> Any:
    """Convert a whole float to int, because JSON does not distinguish them; return other values unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Integer64 = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Numeric24 = Annotated[Decimal, Field(max_digits=24, decimal_places=2)]
"""Numbers in the ranges of the column types integer, bigint and numeric."""

Whole: Final = BeforeValidator(whole)
"""Placed after the strict Field of an integer in a body, so that its bounds are documented."""


def number(value: Any) -> Any:
    """Check that a value is a whole number or its digits; booleans are refused."""
    if isinstance(value, bool):
        raise PydanticCustomError("number", "give a whole number")
    return whole(value)


def amount(value: Any) -> Any:
    """Check that an amount is a decimal string, as in answers."""
    if isinstance(value, str) and AMOUNT.fullmatch(value):
        return value
    raise PydanticCustomError(
        "amount", 'give an amount as text, with at most two decimals and 22 digits before the point: "140.00"'
    )
