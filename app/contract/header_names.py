"""Comparison of the names of columns in headers."""

import re


def header_key(name: str) -> str:
    """Return a name as it is compared: without case, spaces and underscores."""
    return re.sub(r"[\s_]", "", name).lower()
