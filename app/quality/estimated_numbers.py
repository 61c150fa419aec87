"""SQL of the numbers from which the money of rows without a readable total is estimated."""

from typing import Final

from app.contract.model import Dialect
from app.silver.expressions import decimal_number, literal, number_text, without_null_words

ESTIMATED_FROM: Final = {"line total": "line_total", "quantity": "quantity", "unit price": "price"}
"""Columns of bronze by their names in the statement that measures quarantine."""
MAX_DIGITS: Final = 9
"""Longest whole part of an estimated number; longer ones are rather ids."""
SCALE: Final = 6
MAX_LENGTH: Final = 100
NOT_OF_A_WORD: Final = "(?<![[:alpha:]])"
"""Before a mark: the point in `Rs.500` is none."""


def number_texts(dialect: Dialect) -> str:
    """Return the columns with the texts of the numbers: as received, and as the dialect reads them."""
    columns = []
    for column in ESTIMATED_FROM.values():
        received = without_null_words(f"b.{column}", dialect)
        columns.append(f"left({received}, {MAX_LENGTH}) as raw_{column}")
        columns.append(f"{number_text(received, dialect)} as text_{column}")
    return ",\n        ".join(columns)


def estimated_number(column: str, dialect: Dialect) -> str:
    """Return the absolute number of a column, as the dialect reads it; of other texts, the number of their digits."""
    number = decimal_number(f"text_{column}", MAX_DIGITS + SCALE, SCALE, None)
    return f"coalesce(abs({number}), {_number_of_digits(f'raw_{column}', dialect.decimal)})"


def _number_of_digits(text: str, decimal: str) -> str:
    """Return the number of the digits of a text.

    A fraction is what follows the decimal mark of the dialect, unless the text has several, as between thousands; or
    one or two digits behind another mark.
    """
    other = "," if decimal == "." else "."
    usual = rf"{NOT_OF_A_WORD}(?:[{decimal}](?=[0-9])|[{other}](?=[0-9][0-9]?(?![0-9])))([0-9]+)[^0-9]*$"
    short = rf"{NOT_OF_A_WORD}[.,]([0-9][0-9]?)[^0-9]*$"
    is_usual = f"length({text}) - length(replace({text}, '{decimal}', '')) = 1"
    fraction = f"(case when {is_usual} then {literal(usual)} else {literal(short)} end)"
    digits = f"regexp_replace(regexp_replace({text}, {fraction}, ''), '[^0-9]', '', 'g')"
    number = f"concat({digits}, '.', substring({text} from {fraction}))"
    return f"case when length({digits}) <= {MAX_DIGITS} then cast(nullif({number}, '.') as numeric) end"
