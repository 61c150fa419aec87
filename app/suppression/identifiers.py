"""Notations of customer ids: in the customer column, in lines that could not be split, in messages."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

from app.contract.id_rules import column_with, id_rules
from app.contract.letter_case import spellings
from app.contract.model import Column
from app.contract.normalise import normalise_id

DELIMITER: Final = re.compile(r"[,;|\t]")
WORD: Final = re.compile(r"\w+")
ERASED: Final = "[erased]"
DELIMITERS: Final = ",;|\t"
ENCLOSING_CHARACTERS: Final = " \"'()[]<>:"
NUMBER: Final = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True)
class Notations:
    """Notations of ids by the rules of the contract's column of the customer: several texts may be one id."""

    column: Column

    @classmethod
    def from_rules(cls, rules: str) -> Self:
        """Return the notations of ids by rules as `id_rules` writes them."""
        return cls(column_with(rules))

    @property
    def rules(self) -> str:
        """The rules as a text."""
        return id_rules(self.column)

    def normalise(self, text: str) -> str | None:
        """Return the id as silver reads it from the customer column; None if it is blank or a placeholder."""
        return normalise_id(self.column, text)

    def candidates(self, text: str) -> Iterator[str]:
        """Yield the ids that may be in a text: its words, and fields by any delimiter, with and without quotes."""
        for part in _parts(text):
            for one in (part, part.strip(ENCLOSING_CHARACTERS)):
                if (found := self.normalise(one)) is not None:
                    yield found

    def redact(self, text: str, customer_ids: Iterable[str]) -> str:
        """Redact these normalised ids in a text in every notation, as whole words only."""
        for customer_id in sorted(customer_ids, key=len, reverse=True):
            text = re.sub(self.identifiers(customer_id).whole_word, ERASED, text)
        return text

    def identifiers(self, customer_id: str) -> "Identifiers":
        """Return the notations of a normalised id."""
        quoted = customer_id.replace('"', '""')
        either = "|".join(sorted({self._pattern(customer_id), self._pattern(quoted)}))
        runs = re.findall(r'[^"]+', "".join('"' if self._has_cases(char) else char for char in customer_id))
        return Identifiers(customer_id, max(runs, key=len, default=""), rf"(?<!\w)({either})(?!\w)", self)

    def _pattern(self, text: str) -> str:
        pattern = "".join(map(self._char_pattern, text))
        if NUMBER.fullmatch(text):
            zeros = "0*" if self.column.strip_leading_zeros else ""
            decimals = "([.]0+)?" if self.column.strip_decimal else ""
            return f"{zeros}{pattern}{decimals}"
        return pattern

    def _char_pattern(self, char: str) -> str:
        return f"[{self._spellings(char)}]" if self._has_cases(char) else _escaped(char)

    def _has_cases(self, char: str) -> bool:
        return len(self._spellings(char)) > 1

    def _spellings(self, char: str) -> str:
        return char if self.column.case == "keep" else spellings(char, self.column.case)


@dataclass(frozen=True, slots=True)
class Identifiers:
    """Notations of an id, for SQL that searches for it.

    Attributes:
        customer_id: the id, normalised.
        fragment: a part of the id that is in every notation, for a cheap test; it may be empty.
        whole_word: pattern of the id as a whole word: no letter, digit or underscore before or after it.
        notations: the rules of all ids.
    """

    customer_id: str
    fragment: str
    whole_word: str
    notations: Notations

    @property
    def values(self) -> dict[str, str]:
        """Parameters of statements."""
        return {"customer_id": self.customer_id, "fragment": self.fragment, "whole_word": self.whole_word}


def _parts(text: str) -> Iterator[str]:
    yield from WORD.findall(text)
    yield from text.split()
    for delimiter in DELIMITERS:
        yield from _fields(text, delimiter)
    yield from DELIMITER.split(text)


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _escaped(char: str) -> str:
    # In a PostgreSQL pattern, a backslash before a character other than a letter or digit makes it literal.
    return re.sub(r"([ -/:-@\[-`{-~])", r"\\\1", char)
