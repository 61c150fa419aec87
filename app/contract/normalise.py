"""Normalisation of texts by the rules of their column; `app.silver.expressions` renders the same rules as SQL."""

import re
from typing import Final

from app.contract.letter_case import in_case
from app.contract.model import Column

DECIMAL: Final = re.compile("([0-9]+)[.]0+")
LEADING_ZEROS: Final = re.compile("0+([0-9]+)")


def normalise(column: Column, text: str) -> str | None:
    """Return a text as the column's rules read it; None for a placeholder."""
    if column.trim:
        text = text.strip(" ")
    if column.strip_decimal and (found := DECIMAL.fullmatch(text)):
        text = found[1]
    if column.strip_leading_zeros and (found := LEADING_ZEROS.fullmatch(text)):
        text = found[1]
    if column.case != "keep":
        text = in_case(text, column.case)
    if column.placeholders and in_case(text, "lower") in {in_case(word, "lower") for word in column.placeholders}:
        return None
    return text


def normalise_id(column: Column, text: str) -> str | None:
    """Return the id of a customer as the column's rules read it; None if it is blank or a placeholder."""
    return normalise(column, text) or None
