"""Detection of an encoding other than the declared one."""

import codecs
import re
from itertools import islice
from typing import Final

CANDIDATES: Final = ("utf-8", "windows-1252")
READS_ANYTHING: Final = "iso-8859-1"
UTF8_NAMES: Final = ("utf-8", "utf-8-sig")
MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32-le",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Encodings by the byte order mark."""
HEAD_BYTES: Final = 64
WESTERN: Final = "windows-1252"
CENTRAL_EUROPEAN: Final = "windows-1250"
WORD: Final = re.compile(r"[^\s,;|\"'<>()/]*[^\x00-\x7f\s][^\s,;|\"'<>()/]*")
MISREAD: Final = re.compile(
    # ą, ł, Ł, Ż, ľ beside a letter, and ż, ş between two; m³ is a unit.
    r"(?<=[^\W\d_])[¹³¿¯£¥¾](?<!\bm³)(?<!\b[cdk]m³)|[¹³¯£¥¾](?=[^\W\d_])|(?<=[^\W\d_])[¿º](?=[^\W\d_])"
    # ě and ů within a word; ř in a word with a Czech vowel.
    r"|[ìù](?=[^\W\d_])|ø(?=[^\W\d_]*[áíýš\u017e])|(?<=[áíýš\u017e])ø"
)
"""Letters of Polish, Czech, Slovak and Romanian in Windows-1250, as they read in Windows-1252."""
HUNGARIAN: Final = re.compile(r"[BCDFGHJKLMNPRSTVWZbcdfghjklmnprstvwz]õ(?!e)")
"""The letter ő so; Portuguese has õ before e only, and Estonian beside ä."""
MIN_MISREAD: Final = 0.2
"""Share of words with such letters in a text of these languages."""
MAX_WORDS: Final = 2_000


def likely_encoding(text: bytes) -> str:
    """Return the first usual encoding in which bytes are valid: UTF-8, Windows-1252 or -1250, or ISO-8859-1."""
    if not is_valid(text, CANDIDATES[0]) and is_central_european(text):
        return CENTRAL_EUROPEAN
    return next((name for name in CANDIDATES if is_valid(text, name)), READS_ANYTHING)


def is_central_european(text: bytes) -> bool:
    """Return whether Windows-1250 is likelier for a text than Windows-1252, which would misread many words."""
    if not is_valid(text, CENTRAL_EUROPEAN):
        return False
    western = text.decode(WESTERN, "replace")
    patterns = (MISREAD,) if "ä" in western else (MISREAD, HUNGARIAN)
    words = {*islice((found[0] for found in WORD.finditer(western)), MAX_WORDS)}
    misread = sum(any(pattern.search(word) for pattern in patterns) for word in words)
    return misread > MIN_MISREAD * len(words)


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
    if (marked := marked_encoding(head)) is not None:
        return marked[:6]
    zeros = head.count(b"\0")
    if zeros <= len(head) // 4:
        return None
    width = "utf-32" if zeros > len(head) * 5 // 8 else "utf-16"
    return f"{width}-{'be' if head[0] == 0 else 'le'}"


def marked_encoding(start: bytes) -> str | None:
    """Return the encoding, with its byte order, of a text that begins with a mark of it."""
    return next((encoding for mark, encoding in MARKS.items() if start.startswith(mark)), None)
