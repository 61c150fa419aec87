"""Dependencies of a use case: database, settings, clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from app.settings import Settings


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """Dependencies of a use case.

    Attributes:
        engine: sync engine with write access.
        settings: settings of this process.
        clock: returns the current time in UTC.
    """

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime] = utc_now

    def today(self, timezone: str) -> date:
        """Return the day that counts as today: `as_of` of the settings if it is set, else the date in a time zone."""
        return self.settings.as_of or self.clock().astimezone(ZoneInfo(timezone)).date()
