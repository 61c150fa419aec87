"""Detection of an encoding other than the declared one."""

from typing import Final

CANDIDATES: Final = ("utf-8", "windows-1252")
READS_ANYTHING: Final = "iso-8859-1"


def likely_encoding(text: bytes) -> str:
    """Return the first usual encoding in which bytes are valid: UTF-8, Windows-1252 or ISO-8859-1."""
    return next((name for name in CANDIDATES if is_valid(text, name)), READS_ANYTHING)


def is_valid(text: bytes, encoding: str) -> bool:
    """Return whether bytes are valid in an encoding."""
    try:
        text.decode(encoding)
    except UnicodeError:
        return False
    return True
