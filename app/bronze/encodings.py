"""Detection of an encoding other than the declared one."""

import codecs
from typing import Final

CANDIDATES: Final = ("utf-8", "windows-1252")
READS_ANYTHING: Final = "iso-8859-1"
UTF8_NAMES: Final = ("utf-8", "utf-8-sig")
UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
UTF32_MARKS: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
HEAD_BYTES: Final = 64


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


def wide_encoding(start: bytes) -> str | None:
    """Return the encoding of a text that begins with these bytes if it has several bytes for each ASCII character."""
    head = start[:HEAD_BYTES]
    if head.startswith(UTF32_MARKS):
        return "utf-32"
    if head.startswith(UTF16_MARKS):
        return "utf-16"
    zeros = head.count(b"\0")
    if zeros <= len(head) // 4:
        return None
    width = "utf-32" if zeros > len(head) * 5 // 8 else "utf-16"
    return f"{width}-{'be' if head[0] == 0 else 'le'}"
