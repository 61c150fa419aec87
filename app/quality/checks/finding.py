"""Finding of a quality check about one source."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.quality.checks.baseline import Range

UNLIMITED: Final = Range()
Verdict = Literal["ok", "problem", "no_data"]


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """Finding of a quality check about one source.

    Attributes:
        message: what was found, with the remedy of a problem; without ids of customers.
        day: day of sales that it is about.
        expected: range in which the value is no problem.
        item: column that it is about; empty for the whole source.
        is_evaluated: False if an error ended the check.
    """

    verdict: Verdict
    message: str
    value: float | None = None
    expected: Range = UNLIMITED
    day: date | None = None
    item: str = ""
    is_evaluated: bool = True
