"""Notations of customer ids: in the customer column, in lines that could not be split, in messages."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

WITH_ZEROS: Final = re.compile(r" *([0-9]+)[.]0+ *", re.ASCII)
DELIMITER: Final = re.compile(r"[,;|\t]")
WORD: Final = re.compile(r"\w+")
ERASED: Final = "[erased]"
DELIMITERS: Final = ",;|\t"
ENCLOSING_CHARACTERS: Final = " \"'()[]<>:"


def normalised(text: str) -> str | None:
    """Return the id as silver reads it from the customer column, None if it is blank."""
    found = WITH_ZEROS.fullmatch(text)
    return found[1] if found else text.strip(" ") or None


def candidates(text: str) -> Iterator[str]:
    """Yield the parts of a text that may be ids: words, and fields by any delimiter, with and without quotes."""
    yield from WORD.findall(text)
    for delimiter in DELIMITERS:
        for field in _fields(text, delimiter):
            for part in (field, field.strip(ENCLOSING_CHARACTERS)):
                if (found := normalised(part)) is not None:
                    yield found
    for part in DELIMITER.split(text):
        if (found := normalised(part.strip(ENCLOSING_CHARACTERS))) is not None:
            yield found


def redact_ids(text: str, customer_ids: Iterable[str]) -> str:
    """Redact these ids in a text, as whole words only."""
    for customer_id in sorted(customer_ids, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(customer_id)}(?!\w)", ERASED, text)
    return text


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Notations of an id, for SQL that searches for it.

    Attributes:
        customer_id: the id, normalised.
        with_zeros: pattern of `13085.0`, which is read as `13085`; None for an id that is not a number.
        quoted: the id with its quotes doubled, as in a quoted CSV field.
        whole_word: pattern of the id as a whole word: no letter, digit or underscore before or after it.
    """

    customer_id: str
    with_zeros: str | None
    quoted: str
    whole_word: str

    @classmethod
    def from_id(cls, customer_id: str) -> Self:
        """Return the notations of a normalised id."""
        is_number = re.fullmatch("[0-9]+", customer_id) is not None
        quoted = customer_id.replace('"', '""')
        either = "|".join(sorted({_escaped(customer_id), _escaped(quoted)}))
        return cls(
            customer_id, rf"^ *{customer_id}[.]0+ *$" if is_number else None, quoted, rf"(?<!\w)({either})(?!\w)"
        )


def _escaped(text: str) -> str:
    # In a PostgreSQL pattern, a backslash before a character other than a letter or digit makes it literal.
    return re.sub(r"([ -/:-@\[-`{-~])", r"\\\1", text)
