"""Cron expressions in UTC."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Final

from apscheduler.triggers.cron import CronTrigger
from pydantic import PlainSerializer, PlainValidator
from pydantic_settings import NoDecode

CRON_EXAMPLE: Final = "write e.g. '0 3 * * *'"


@dataclass(frozen=True, slots=True)
class Cron:
    """Times of a cron expression in UTC; raises ValueError for a malformed one.

    Attributes:
        expression: minute, hour, day, month, weekday.
        trigger: the equivalent trigger of APScheduler.
    """

    expression: str
    trigger: CronTrigger = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            trigger = CronTrigger.from_crontab(self.expression, timezone=UTC)
        except ValueError as error:
            raise ValueError(f"{self.expression!r} is not a cron expression ({error}); {CRON_EXAMPLE}") from None
        if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
            raise ValueError(f"{self.expression!r} never matches a time; {CRON_EXAMPLE}")
        object.__setattr__(self, "trigger", trigger)

    def __str__(self) -> str:
        return self.expression


def _parse(value: object) -> Cron:
    return value if isinstance(value, Cron) else Cron(str(value))


CronSetting = Annotated[Cron, NoDecode, PlainValidator(_parse), PlainSerializer(str)]
