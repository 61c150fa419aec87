"""Date formats of a contract, and their SQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One declared date format; raises ValueError for a malformed one."""

    declared: str


def check_unambiguous(formats: tuple[DateFormat, ...]) -> None:
    """Raise ValueError where two formats read one text as different days."""
    raise NotImplementedError
