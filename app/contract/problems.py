"""Problems of a contract: one line each, with its place and a remedy."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from app.errors import InvalidContract

MAX_PROBLEMS: Final = 20
MAX_PROBLEM_LENGTH: Final = 600
MAX_KEY_LENGTH: Final = 200
MAX_CHOICES_SHOWN: Final = 30


@dataclass(slots=True)
class Problems:
    """Problems found in a file; reading continues after each, so that one run names them all.

    Attributes:
        file: name of the file as the user wrote it.
    """

    file: str
    found: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def add(self, line: int, key: str, message: str, file: str = "") -> None:
        """Record a problem; the first one of a key in a line is kept."""
        place = (file or self.file, line, _one_line(key, MAX_KEY_LENGTH))
        self.found.setdefault(place, _one_line(message, MAX_PROBLEM_LENGTH))

    def raise_if_any(self) -> None:
        """Raise InvalidContract if there is a problem, with the first ones in the order of their lines."""
        if not self.found:
            return
        ordered = sorted(self.found.items(), key=lambda problem: (problem[0][0] != self.file, problem[0]))
        lines = [f"{file}:{line}: {key}: {message}" for (file, line, key), message in ordered]
        more = len(lines) - MAX_PROBLEMS
        if more > 0:
            lines = [*lines[:MAX_PROBLEMS], f"{self.file}: {more} more problems; correct those above first"]
        raise InvalidContract(tuple(lines))


def _one_line(text: str, longest: int) -> str:
    shown = " ".join(text.split())[:longest]
    return "".join(character if character.isprintable() else "?" for character in shown)


def nearest(name: str, known: Iterable[str], otherwise: str = "see docs/contracts.md") -> str:
    """Return a remedy that names the nearest known name, or all if there are few; `otherwise` if there are many."""
    choices = list(known)
    lowered = {choice.lower(): choice for choice in choices}
    close = get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean {lowered[close[0]]}?"
    return f"use one of {', '.join(choices)}" if len(choices) <= MAX_CHOICES_SHOWN else otherwise
