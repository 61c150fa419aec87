"""What every use case needs from outside: the database, the settings, the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from app.settings import Settings


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """Engine of the writing side, settings, and a clock that tests replace."""

    engine: Engine
    settings: Settings
    clock: Callable[[], datetime] = utc_now
