"""Comparison of the names of columns in headers."""

import re
from functools import lru_cache
from typing import Final

UNDECIDED: Final = "CHECK"
"""Physical name of a column in a drafted contract, until a person writes its name in the header."""
MAX_NAMES_KEPT: Final = 4096
"""More than the built-in contracts have."""


@lru_cache(maxsize=MAX_NAMES_KEPT)
def header_key(name: str) -> str:
    """Return a name as it is compared: without case, spaces and underscores."""
    return re.sub(r"[\s_]", "", name).lower()
