"""Notations of customer ids in files: in their column, in a line that could not be split, in a message."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

WITH_ZEROS: Final = re.compile(r" *([0-9]+)[.]0+ *", re.ASCII)
BETWEEN: Final = re.compile(r"[,;|\t]")
WORDS: Final = re.compile(r"\w+")
ERASED: Final = "[erased]"
DELIMITERS: Final = ",;|\t"
AROUND: Final = " \"'()[]<>:"


def normalised(text: str) -> str | None:
    """Return the id that silver reads from a text in the customer column, None where it is blank."""
    found = WITH_ZEROS.fullmatch(text)
    return found[1] if found else text.strip(" ") or None


def candidates(text: str) -> Iterator[str]:
    """Yield the parts of a text that may be ids: fields by any delimiter, with or without quotes, and words."""
    yield from WORDS.findall(text)
    for delimiter in DELIMITERS:
        for field in _fields(text, delimiter):
            for part in (field, field.strip(AROUND)):
                if (found := normalised(part)) is not None:
                    yield found
    for part in BETWEEN.split(text):
        if (found := normalised(part.strip(AROUND))) is not None:
            yield found


def redact_ids(text: str, customer_ids: Iterable[str]) -> str:
    """Redact these ids in a text, where no letter or digit touches them."""
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
        with_zeros: pattern of `13085.0`, which is `13085`; None for ids that are no numbers.
        quoted: as CSV writes it within quotes.
        alone: pattern of the id where no letter, digit or underscore touches it.
    """

    customer_id: str
    with_zeros: str | None
    quoted: str
    alone: str

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
    # In PostgreSQL a backslash before anything but a letter or digit means that character.
    return re.sub(r"([ -/:-@\[-`{-~])", r"\\\1", text)
