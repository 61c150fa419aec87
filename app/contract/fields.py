"""Typed reading of the values of a document; every fault is recorded, and the default returned."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from app.contract.document import Entry
from app.contract.own_properties import known_name
from app.contract.problems import Problems, nearest

NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,12})?")
MAX_TEXT_LENGTH: Final = 1_000
Word = TypeVar("Word", bound=str)


@dataclass(frozen=True, slots=True)
class Fields:
    """Values by name: the keys of a mapping, or a list of custom properties.

    Attributes:
        line, key: place of the mapping or list.
    """

    line: int
    key: str
    entries: dict[str, Entry]
    problems: Problems

    def __contains__(self, name: str) -> bool:
        return name in self.entries

    def add(self, name: str, message: str) -> None:
        """Record a problem of one value."""
        entry = self.entries.get(name)
        key = f"{self.key}.{name}" if self.key else name
        self.problems.add(*((entry.line, entry.key) if entry else (self.line, key)), message)

    def text(self, name: str, default: str = "") -> str:
        """Return a text as it is written; numbers and words such as `no` are texts too."""
        entry = self.entries.get(name)
        if entry is None:
            return default
        if entry.text is None or len(entry.text) > MAX_TEXT_LENGTH:
            what = "a text is needed" if entry.text is None else f"the text has {len(entry.text):,} characters"
            self.add(name, f"{what}; write one of at most {MAX_TEXT_LENGTH:,} characters")
            return default
        return entry.text

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts, or a single one as a list; None if there is none."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        items = entry.value if isinstance(entry.value, list) else [entry]
        found = tuple(item.text for item in items if item.text is not None)
        if len(found) != len(items):
            self.add(name, "a list of texts is needed; write it as [one, two]")
        return found

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        entry = self.entries.get(name)
        if entry is None:
            return default
        if not isinstance(entry.value, bool):
            self.add(name, f"{(entry.text or 'a list or mapping')[:60]!r} is neither true nor false; write one of them")
            return default
        return entry.value

    def word(self, name: str, words: Collection[Word], default: Word) -> Word:
        """Return one of some words."""
        entry = self.entries.get(name)
        if entry is None:
            return default
        found = next((word for word in words if word == entry.text), None)
        if found is None:
            self.add(
                name, f"{(entry.text or 'a list or mapping')[:60]!r} is unknown; {nearest(entry.text or '', words)}"
            )
        return default if found is None else found

    def integer(self, name: str, default: int | None, smallest: int, largest: int) -> int | None:
        """Return a whole number between two limits."""
        entry = self.entries.get(name)
        if entry is None:
            return default
        if isinstance(entry.value, bool) or not isinstance(entry.value, int) or not smallest <= entry.value <= largest:
            self.add(
                name, f"a whole number from {smallest:,} to {largest:,} is needed; {(entry.text or '…')[:60]} is none"
            )
            return default
        return entry.value

    def number(self, name: str) -> str | None:
        """Return a decimal number in its shortest form; None if there is none."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        if entry.text is None or not NUMBER.fullmatch(entry.text):
            self.add(name, f"{(entry.text or 'a list or mapping')[:60]!r} is not a number; write it as 0 or 0.01")
            return None
        return shortest(entry.text)

    def mapping(self, name: str, known: Sequence[str]) -> "Fields | None":
        """Return the fields of a mapping, of which all names have to be known; None if it is none."""
        entry = self.entries.get(name)
        if entry is None:
            return None
        if not isinstance(entry.value, dict):
            self.add(name, f"a mapping is needed; write it as {{{known[0]}: …}}")
            return None
        for unknown in entry.fields.keys() - set(known):
            field = entry.fields[unknown]
            self.problems.add(field.line, field.key, f"the key is unknown; {known_name(unknown, known)}")
        return Fields(entry.line, entry.key, entry.fields, self.problems)

    def reject(self, names: Sequence[str], why: str) -> None:
        """Record a problem for each value that has no effect here, except false and null."""
        for name in names:
            entry = self.entries.get(name)
            if entry is not None and entry.value is not None and entry.value is not False:
                self.add(name, why)


def shortest(text: str) -> str:
    """Return a decimal number without superfluous zeros and signs."""
    number = Decimal(text).normalize()
    return format(number + 0, "f")


def fields_of(entry: Entry, problems: Problems) -> Fields:
    """Return the fields of a mapping."""
    return Fields(entry.line, entry.key, entry.fields, problems)


def custom_properties(owner: Entry, known: Sequence[str], problems: Problems) -> Fields:
    """Return the custom properties of a part of the contract by name; unknown and repeated ones are problems."""
    found: dict[str, Entry] = {}
    listed = owner.fields.get("customProperties")
    for item in listed.items if listed else []:
        named, value = item.fields.get("property"), item.fields.get("value")
        name = named.text if named and named.text else ""
        if name not in known:
            problems.add(item.line, item.key, f"the property is unknown; {known_name(name, known)}")
        elif value is None:
            problems.add(item.line, item.key, f"the value is missing; write {{property: {name}, value: …}}")
        elif name in found:
            problems.add(item.line, item.key, "the property is repeated; keep one of them")
        else:
            found[name] = value
    line, key = (listed.line, listed.key) if listed else (owner.line, owner.key)
    return Fields(line, key, found, problems)
