"""Encodings of a text that is not UTF-8: a guess, with the readings among which a person has to choose."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.bronze.encodings import (
    CENTRAL_EUROPEAN,
    MAX_WORDS,
    READS_ANYTHING,
    WESTERN,
    WORD,
    is_central_european,
    is_valid,
)
from app.contract.draft.sample import Reading

JAPANESE: Final = "cp932"
ALPHABETS: Final = {
    JAPANESE: ("HIRAGANA", "KATAKANA", "CJK", "IDEOGRAPHIC", "HALFWIDTH", "FULLWIDTH"),
    "gb18030": ("CJK", "IDEOGRAPHIC", "FULLWIDTH"),
    "big5": ("CJK", "IDEOGRAPHIC", "FULLWIDTH"),
    "euc_kr": ("HANGUL",),
    "windows-1251": ("CYRILLIC",),
}
"""Encodings of other alphabets, with the beginnings of the Unicode names of their characters."""
LATIN: Final = (CENTRAL_EUROPEAN, "cp850", "mac-roman")
SYMBOLS: Final = "\u00a0€£¥°§²³½\u00b4\u2018\u2019“”„\u2013\u2014…«»™®©·ªº¿¡"
ASCII_LETTER: Final = re.compile(r"[A-Za-z]")
MAX_MIXED: Final = 0.2
"""Largest share of words that mix ASCII letters and another alphabet."""
SHOWN_WORDS: Final = 3
SHOWN_LENGTH: Final = 20
MAX_READINGS: Final = 4


def readings(text: bytes) -> tuple[Reading, ...]:
    """Return the readings of a text that is not UTF-8, the most likely first.

    Windows-1252 is the first where it is possible, unless the text has Japanese syllables, or would have symbols within
    words that are letters of Central European languages in Windows-1250. Other alphabets and DOS or
    Macintosh encodings are readings where they give words.
    """
    others = [name for name in (*ALPHABETS, *LATIN) if _is_plausible(text, name)]
    is_western = is_valid(text, WESTERN)
    found = [WESTERN, *others] if is_western else [*others, READS_ANYTHING]
    if JAPANESE in others and re.search(r"[\u3041-\u30fe]", text.decode(JAPANESE)):
        found = [JAPANESE, *(name for name in found if name != JAPANESE)]
    elif CENTRAL_EUROPEAN in others and is_central_european(text):
        found = [CENTRAL_EUROPEAN, *(name for name in found if name != CENTRAL_EUROPEAN)]
    distinct = {_words(text, name): name for name in reversed(found)}
    chosen = [name for name in found if name in distinct.values()]
    return tuple(Reading(name, _words(text, name)) for name in chosen[:MAX_READINGS])


def _is_plausible(text: bytes, encoding: str) -> bool:
    if not is_valid(text, encoding):
        return False
    decoded = text.decode(encoding)
    others = {character for character in set(decoded) if not character.isascii()}
    if encoding in LATIN:
        return all(character.isalpha() or character in SYMBOLS for character in others)
    names = ALPHABETS[encoding]
    if not all(character in SYMBOLS or unicodedata.name(character, "").startswith(names) for character in others):
        return False
    words = [*_all_words(decoded)]
    return sum(ASCII_LETTER.search(word) is not None for word in words) <= MAX_MIXED * len(words)


def _all_words(text: str) -> Iterator[str]:
    return (found[0] for found in islice(WORD.finditer(text), MAX_WORDS))


def _words(text: bytes, encoding: str) -> str:
    """Return some words with characters outside ASCII, for a message."""
    words = dict.fromkeys(word[:SHOWN_LENGTH] for word in _all_words(text.decode(encoding)))
    return ", ".join(islice(words, SHOWN_WORDS))
