"""Selection of the objects that are sales files, by their keys."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.contract.model import DEFAULT_SUFFIXES

HIDDEN: Final = (".", "_", "~$")
SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,10}")
PACKED: Final = re.compile(r"(\.[a-z0-9]{1,10})\.(gz|zip|bz2|xz|zst)$")
MAX_SUFFIXES: Final = 50
OTHERS: Final = "others"


@dataclass(slots=True)
class Selection:
    """Suffixes of sales files, and the number of other objects of one listing by their suffix.

    Attributes:
        skipped: objects with other suffixes; hidden ones are not counted. An object without a suffix counts under "".
    """

    suffixes: tuple[str, ...] = DEFAULT_SUFFIXES
    skipped: Counter[str] = field(default_factory=Counter)

    def takes(self, key: str) -> bool:
        """Return whether the object is a sales file; count it if it is another object."""
        if is_hidden(key):
            return False
        if key.lower().endswith(self.suffixes):
            return True
        suffix = suffix_of(key)
        self.skipped[suffix if suffix in self.skipped or len(self.skipped) < MAX_SUFFIXES else OTHERS] += 1
        return False


def is_hidden(key: str) -> bool:
    """Return whether a key has a name that is ignored: hidden, temporary, or of a tool."""
    return any(name.startswith(HIDDEN) for name in key.split("/"))


def suffix_of(key: str) -> str:
    """Return the suffix of a key in lower case, with that below a compression's: `.csv.zip`; empty without one."""
    name = key.rsplit("/", 1)[-1].lower()
    packed = PACKED.search(name)
    if packed is not None:
        return packed[0]
    stem, point, suffix = name.rpartition(".")
    return point + suffix if stem and SUFFIX.fullmatch(point + suffix) else ""


def describe_skipped(skipped: Iterable[tuple[str, int]]) -> str:
    """Return the numbers of skipped objects for a message: `3 .pdf, 1 without suffix`."""
    return ", ".join(f"{number:,} {suffix or 'without suffix'}" for suffix, number in sorted(skipped))
