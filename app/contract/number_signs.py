"""Minus signs of numbers: before or behind the number, as a hyphen or as U+2212."""

import re
from typing import Final

MINUS_SIGN: Final = "\u2212"
BEHIND: Final = re.compile(r"([^-]*[0-9])\s*-([^0-9]*)")


def with_leading_minus(text: str) -> str:
    """Return the text of a number with its minus as a hyphen before it: `119,94- EUR` becomes `-119,94 EUR`."""
    hyphens = text.strip().replace(MINUS_SIGN, "-")
    found = BEHIND.fullmatch(hyphens) if "-" in hyphens else None  # most numbers have no minus
    return f"-{found[1]}{found[2]}" if found else hyphens
