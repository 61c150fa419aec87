"""Ids of customers as they stand in files: in their column, in a line that could not be split, in a message."""

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
    """The id that a text in the column of customers is, as silver reads it; None where it is blank."""
    found = WITH_ZEROS.fullmatch(text)
    return found[1] if found else text.strip(" ") or None


def candidates(text: str) -> Iterator[str]:
    """Whatever in a text may be an id: its fields, by any delimiter and with or without quotes, and its words."""
    yield from WORDS.findall(text)
    for delimiter in DELIMITERS:
        for field in _fields(text, delimiter):
            for part in (field, field.strip(AROUND)):
                if (found := normalised(part)) is not None:
                    yield found
    for part in BETWEEN.split(text):
        if (found := normalised(part.strip(AROUND))) is not None:
            yield found


def without(text: str, customer_ids: Iterable[str]) -> str:
    """The text with these ids blanked wherever one stands by itself."""
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
    """How an id may be written, for SQL that looks for it.

    with_zeros: a pattern of `13085.0`, which is `13085`, None for ids that are no number; quoted: as CSV has it within
    quotes; alone: a pattern of the id where no letter, digit or underscore touches it.
    """

    customer_id: str
    with_zeros: str | None
    quoted: str
    alone: str

    @classmethod
    def of(cls, customer_id: str) -> Self:
        """The ways to write an id that is normalised."""
        is_number = re.fullmatch("[0-9]+", customer_id) is not None
        quoted = customer_id.replace('"', '""')
        either = "|".join(sorted({_escaped(customer_id), _escaped(quoted)}))
        return cls(
            customer_id, rf"^ *{customer_id}[.]0+ *$" if is_number else None, quoted, rf"(?<!\w)({either})(?!\w)"
        )


def _escaped(text: str) -> str:
    # PostgreSQL takes a backslash before anything but letters and digits for that character.
    return re.sub(r"([ -/:-@\[-`{-~])", r"\\\1", text)
