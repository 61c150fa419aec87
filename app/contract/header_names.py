"""Comparison of the names of columns in headers."""

import re
from typing import Final

UNDECIDED: Final = "CHECK"
"""Physical name of a column in a drafted contract, until a person writes its name in the header."""


def header_key(name: str) -> str:
    """Return a name as it is compared: without case, spaces and underscores."""
    return re.sub(r"[\s_]", "", name).lower()
