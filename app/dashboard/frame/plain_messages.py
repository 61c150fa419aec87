"""Messages of pydantic about parameters of pages, in the words of their readers."""

from collections.abc import Mapping
from typing import Any, Final

A_NUMBER: Final = "must be a number, with a point before the decimals"
A_DATE: Final = "must be a date such as 2026-05-01"
AN_ID: Final = "must be an id such as 57a8cb78-d20e-413a-ad4c-4a8edd5b367f"
MESSAGES: Final[Mapping[str, str]] = {
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "number": "must be a whole number",
    "amount": "must be a number with at most two decimals and 22 digits before the point, such as 140.00",
    "iso_time": "must be a time such as 2026-05-01T12:00:00Z",
    "float_parsing": A_NUMBER,
    "decimal_parsing": A_NUMBER,
    "decimal_type": A_NUMBER,
    "finite_number": A_NUMBER,
    "decimal_max_places": "must have at most {decimal_places} decimals",
    "decimal_max_digits": "must have at most {max_digits} digits",
    "decimal_whole_digits": "must have at most {whole_digits} digits before the point",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "iso_date": A_DATE,
    "date_parsing": A_DATE,
    "date_type": A_DATE,
    "date_from_datetime_parsing": A_DATE,
    "date_from_datetime_inexact": A_DATE,
    "uuid_parsing": AN_ID,
    "uuid_type": AN_ID,
    "bool_parsing": "must be true or false",
    "string_too_long": "must have at most {max_length} characters",
    "string_too_short": "must have at least {min_length} characters",
    "too_long": "must have at most {max_length} values",
    "extra_forbidden": "is not a filter of this page",
    "missing": "is missing",
    "value_error": "{error}",
}
"""Message of each type of error, with the values of its context; other types keep the message of pydantic."""


def plain_message(error: Mapping[str, Any]) -> str:
    """Return the message of an error of pydantic."""
    message = MESSAGES.get(error["type"])
    return message.format(**error.get("ctx", {})) if message else str(error["msg"])
