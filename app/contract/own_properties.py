"""Custom properties of Regulars, by the part of the contract that has them."""

from collections.abc import Collection
from typing import Final

from app.contract.problems import nearest

OF_SERVER: Final = (
    "suffixes",
    "decimal",
    "thousands",
    "currencyMarks",
    "quote",
    "escape",
    "header",
    "skipWhen",
    "emptyLastColumn",
    "nullWords",
    "fillDown",
    "sheet",
    "timezone",
)
OF_COLUMN: Final = ("trim", "case", "stripDecimal", "stripLeadingZeros", "placeholders", "identifier")
OF_CONTRACT: Final = ("cancellationWhen", "countsWhen", "returns", "currency", "overlap", "dateRange")
PARTS: Final = {"a server": OF_SERVER, "a column": OF_COLUMN, "the contract": OF_CONTRACT}


def known_name(unknown: str, known: Collection[str]) -> str:
    """Return the remedy of an unknown key or property: the part that has it, or the nearest known name."""
    part = next((part for part, names in PARTS.items() if unknown in names), None)
    if part is None:
        return nearest(unknown, known)
    return f"write - {{property: {unknown}, value: …}} in customProperties of {part}"
