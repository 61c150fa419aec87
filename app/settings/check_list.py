"""Parsers of the settings of quality checks: severities, times by which files are due, receivers of alerts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import AfterValidator, PlainSerializer, PlainValidator, SecretStr
from pydantic_settings import NoDecode

CheckName = Literal[
    "freshness",
    "volume",
    "revenue",
    "blank_share",
    "columns",
    "customer_share",
    "future_dates",
    "repeated_invoices",
]
CHECK_NAMES: Final[tuple[CheckName, ...]] = get_args(CheckName)
CheckSeverity = Literal["warn", "fail"]
"""Outcome of a check that finds a problem."""
SeveritySetting = Literal["warn", "fail", "off"]
SEVERITY_WORDS: Final[tuple[SeveritySetting, ...]] = get_args(SeveritySetting)
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_SOURCE: Final = ""
DUE: Final = re.compile(r"(?:(?P<source>[^\s=]+)=)?(?P<time>[0-2][0-9]:[0-5][0-9])(?:\s+(?P<days>\S+))?")
URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Severities:
    """Severities that differ from those of the checks' declarations."""

    of: Mapping[CheckName, SeveritySetting] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, listed: str) -> Self:
        """Parse a list such as `freshness=fail,volume=off`; raises ValueError."""
        found: dict[CheckName, SeveritySetting] = {}
        for part in filter(None, map(str.strip, listed.split(","))):
            name, _, word = (each.strip() for each in part.partition("="))
            check = next((each for each in CHECK_NAMES if each == name), None)
            severity = next((each for each in SEVERITY_WORDS if each == word), None)
            if check is None:
                near = get_close_matches(name, CHECK_NAMES, 1)
                hint = f"did you mean {near[0]}?" if near else f"use {', '.join(CHECK_NAMES)}"
                raise ValueError(f"{name!r} is not a quality check; {hint}")
            if severity is None:
                raise ValueError(f"{part!r} has no severity; write {name}= and one of {', '.join(SEVERITY_WORDS)}")
            if check in found:
                raise ValueError(f"{name} is given twice; remove one of them")
            found[check] = severity
        return cls(found)

    def __str__(self) -> str:
        return ",".join(f"{name}={word}" for name, word in self.of.items())


@dataclass(frozen=True, slots=True)
class Due:
    """Time and weekdays by which the file of a day is due.

    Attributes:
        until: time of the following day (HH:MM, in the source's zone).
        weekdays: days of the week with a file, Monday = 1.
    """

    until: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)

    def __str__(self) -> str:
        return f"{self.until} {','.join(WEEKDAYS[day - 1] for day in self.weekdays)}"


@dataclass(frozen=True, slots=True)
class FilesDue:
    """When the files of each source are due; the one of EVERY_SOURCE is that of all other sources."""

    of: Mapping[str, Due] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, listed: str) -> Self:
        """Parse `09:00 mon-fri`, or `shop=09:00 mon-sat; web=07:30`; raises ValueError."""
        found: dict[str, Due] = {}
        for part in filter(None, map(str.strip, listed.split(";"))):
            match = DUE.fullmatch(part)
            if match is None or match["time"] >= "24":
                raise ValueError(
                    f"{part!r} is not a time; write 09:00, 09:00 mon-fri, or shop=09:00 mon-sat; web=07:30"
                )
            source = match["source"] or EVERY_SOURCE
            if source in found:
                raise ValueError(f"{source or 'every source'} is given twice; remove one of them")
            found[source] = Due(match["time"], _weekdays(match["days"] or "mon-sun"))
        return cls(found)

    def of_source(self, source: str) -> Due | None:
        """Return when the files of a source are due; None if it is not set."""
        return self.of.get(source) or self.of.get(EVERY_SOURCE)

    def __str__(self) -> str:
        return "; ".join(f"{source}={due}" if source else str(due) for source, due in self.of.items())


def _weekdays(text: str) -> tuple[int, ...]:
    days: set[int] = set()
    for part in text.lower().split(","):
        first, _, last = part.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise ValueError(f"{part!r} is not a day of the week; write {', '.join(WEEKDAYS)}, or mon-fri")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
        days |= {day % 7 + 1 for day in range(start, end + 1 if end >= start else end + 8)}
    return tuple(sorted(days))


def read_alert_urls(secret: SecretStr) -> list[str]:
    """Return the addresses of a list separated by white space."""
    return secret.get_secret_value().split()


def check_alert_urls(secret: SecretStr) -> SecretStr:
    """Return addresses that look like those of Apprise; raises ValueError, whose message has no part of them."""
    for place, url in enumerate(read_alert_urls(secret), 1):
        if not URL.fullmatch(url):
            raise ValueError(
                f"address {place} of the list is not one of Apprise, such as mailtos://user:password@example.com; "
                "separate several by spaces"
            )
    return secret


def _parse_severities(value: object) -> Severities:
    return value if isinstance(value, Severities) else Severities.parse(str(value))


def _parse_due(value: object) -> FilesDue:
    return value if isinstance(value, FilesDue) else FilesDue.parse(str(value))


SeveritiesSetting = Annotated[Severities, NoDecode, PlainValidator(_parse_severities), PlainSerializer(str)]
FilesDueSetting = Annotated[FilesDue, NoDecode, PlainValidator(_parse_due), PlainSerializer(str)]
AlertUrls = Annotated[SecretStr, AfterValidator(check_alert_urls)]
