"""Expected range of a number by its history: median and median absolute deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

MIN_HISTORY: Final = 4
"""Fewest earlier numbers from which a range is computed."""
DEVIATIONS: Final = 4.0
"""Distance of the ends of the range from the median, in standard deviations."""
MAD_TO_DEVIATION: Final = 1.4826
"""Standard deviation of normally distributed numbers whose median absolute deviation is 1."""


@dataclass(frozen=True, slots=True)
class Range:
    """Range with both ends, or without a limit (None)."""

    low: float | None = None
    high: float | None = None

    def contains(self, value: float) -> bool:
        """Return whether a value is in the range."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def expected_range(history: Sequence[float], least_width: float) -> Range | None:
    """Return the range around the median of earlier numbers; None if they are too few.

    Args:
        least_width: least distance of its ends from the median, for numbers that have hardly varied.
    """
    if len(history) < MIN_HISTORY:
        return None
    middle = median(history)
    deviation = MAD_TO_DEVIATION * median(abs(value - middle) for value in history)
    width = max(DEVIATIONS * deviation, least_width)
    return Range(middle - width, middle + width)
