"""Limit of log lines for events caused by clients."""

import time
from collections.abc import Callable


class Throttle:
    """Limit of events per minute, with a count of suppressed events.

    Attributes:
        suppressed: number of suppressed events since the last event within the limit.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._ends_at, self._passed = 0.0, 0
        self.suppressed = 0

    def passes(self) -> bool:
        """Count an event; return whether it is within the limit."""
        now = self._clock()
        if now >= self._ends_at:
            self._ends_at, self._passed = now + 60, 0
        self._passed += 1
        if self._passed > self._per_minute:
            self.suppressed += 1
            return False
        return True

    def take_suppressed(self) -> str:
        """Return a note of the suppressed events, empty if there were none, and reset their count."""
        count, self.suppressed = self.suppressed, 0
        return f" ({count} more since the last line)" if count else ""
