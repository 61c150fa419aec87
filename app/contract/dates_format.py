"""Date formats: directives of strptime and a few words, parsed and checked."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

MAX_OCTETS: Final = 100
"""Longer texts are not dates."""
WORDS: Final = ("iso8601", "excel", "epoch", "epoch_ms")
EXAMPLE: Final = "e.g. %d/%m/%Y or %Y-%m-%d %H:%M:%S"
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
YEARS, NAMES, HOURS = ("%Y", "%y"), ("%b", "%B"), ("%H", "%I")
GROUPS: Final = {"year": YEARS, "month": ("%m", *NAMES), "day": ("%d",), "hour": HOURS}
DAY_PARTS: Final = ("%Y", "%y", "%m", "%b", "%B", "%d")
OF_TWO_DIGITS: Final = {
    "%m": ("0{}[1-9]", "1[0-2]"),
    "%d": ("0{}[1-9]", "[12][0-9]", "3[01]"),
    "%H": ("[01]{}[0-9]", "2[0-3]"),
    "%I": ("0{}[1-9]", "1[0-2]"),
    "%M": ("[0-5]{}[0-9]",),
    "%S": ("[0-5]{}[0-9]",),
}
DIRECTIVES: Final = frozenset({*OF_TWO_DIGITS, *DAY_PARTS, "%f", "%p", "%z"})
OFFSET: Final = "[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?"
SERIALS: Final = {
    "excel": "[1-9][0-9]{0,6}(?:[.,][0-9]+)?",
    "epoch": "[0-9]{1,12}(?:[.][0-9]+)?",
    "epoch_ms": "[0-9]{1,15}(?:[.][0-9]+)?",
}
ISO_8601: Final = tuple(
    dict.fromkeys(
        f"%Y-%m-%d{time}{fraction}{zone}"
        for separator in "T "
        for time, fractions in (("", ("",)), ("%H:%M", ("",)), ("%H:%M:%S", ("", ".%f", ",%f")))
        for time in [f"{separator}{time}" if time else ""]
        for fraction in fractions
        for zone in (("", "%z") if time else ("",))
    )
)
"""Formats that `iso8601` includes."""
FIRST_ADJUSTED, LAST_ADJUSTED = date(1, 1, 2), date(9999, 12, 30)
"""The days before and after these have no neighbours that are dates of Python: they are read as written."""
EXCEL_EPOCH: Final = date(1899, 12, 30)
LEAP_DAY_OF_1900: Final = 60
"""Serial number of 29 February 1900, which exists in spreadsheets only."""


@dataclass(frozen=True, slots=True)
class Element:
    """One directive or literal of a format.

    Attributes:
        kind: the directive, or empty for a literal; a literal `Z` behind a time is an offset, `%z`.
        pattern: regular expression without groups, in the syntax that Python and PostgreSQL share.
        literal: the text of a literal, of `Z` also.
    """

    kind: str
    pattern: str
    literal: str = ""


@dataclass(frozen=True, slots=True)
class DateFormat:
    """One declared date format; raises ValueError for a malformed one.

    A format consists of `%Y %y %m %d %b %B %H %I %M %S %f %p %z` and literals, or is one of the words `iso8601`,
    `excel` (serial days), `epoch` and `epoch_ms`. Single digits are read as if they had their leading zero, and blanks
    around the text are left out, in all formats but those that begin with `%Y-%m-%d`. `%y` is 1969 to 2068.

    Attributes:
        declared: the format as it is declared, `%Y-%m-%d`.
        elements: its directives and literals; none for a word.
    """

    declared: str
    elements: tuple[Element, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", () if self.declared in WORDS else _parse(self.declared))

    def __str__(self) -> str:
        return self.declared

    @property
    def is_strict(self) -> bool:
        """Whether leading zeros are needed, and blanks around the text refused."""
        return self.declared.startswith("%Y-%m-%d")

    @property
    def has_time(self) -> bool:
        """Whether the text can contain more than the day."""
        return self.declared in WORDS or any(each.kind not in ("", *DAY_PARTS) for each in self.elements)

    @property
    def has_offset(self) -> bool:
        """Whether the text can name an instant, which is a different day in different time zones."""
        return self.declared in ("iso8601", "epoch", "epoch_ms") or any(each.kind == "%z" for each in self.elements)

    @property
    def body(self) -> str:
        """Regular expression of the text without blanks around it, without groups."""
        if self.declared == "iso8601":
            seconds = "(?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
            time = f"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]{seconds}(?:Z|{OFFSET})?"
            return f"[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:{time})?"
        return SERIALS.get(self.declared) or "".join(each.pattern for each in self.elements)

    @property
    def blanks(self) -> str:
        """Regular expression of the characters allowed on both sides of the text."""
        return "" if self.is_strict else "[ \\t\\r\\n]*"

    @property
    def pattern(self) -> str:
        """Regular expression of the whole text."""
        return f"^{self.blanks}{self.body}{self.blanks}$"

    def read(self, text: str, timezone: str = "UTC") -> date | None:
        """Return the day that the text means in a time zone, or None if it is not a date of this format."""
        if len(text.encode(errors="replace")) > MAX_OCTETS or "\0" in text:
            return None
        if self.declared == "iso8601":
            text = text.strip(" \t\r\n")
            return next((day for each in ISO_8601 if (day := DateFormat(each).read(text, timezone))), None)
        try:
            return _read_serial(self, text, timezone) if self.declared in WORDS else _read(self, text, timezone)
        except (ValueError, OverflowError):
            return None


def _parse(declared: str) -> tuple[Element, ...]:
    parts = re.findall(r"%.|[^%]+|%$", declared)
    _check(declared, parts)
    kinds = [part if part.startswith("%") else "" for part in parts]
    elements: list[Element] = []
    for at, (kind, part) in enumerate(zip(kinds, parts, strict=True)):
        if kind:
            is_fixed = declared.startswith("%Y-%m-%d") or _is_digits(kinds, at - 1) or _is_digits(kinds, at + 1)
            elements.append(Element(kind, _pattern(kind, is_fixed)))
        elif at == len(parts) - 1 and kinds[at - 1] in ("%M", "%S", "%f") and part.strip(" ") in ("Z", "UTC", "GMT"):
            zone = part.lstrip(" ")
            elements += [Element("", " ", " ")] * (len(part) - len(zone)) + [Element("%z", zone, zone)]
        else:
            elements.append(Element("", re.sub(r"([][\\.^$*+?{}|()])", r"\\\1", part), part))
    return tuple(elements)


def _check(declared: str, parts: list[str]) -> None:
    kinds = [part for part in parts if part.startswith("%")]
    literals = "".join(part for part in parts if not part.startswith("%"))
    if unknown := next((kind for kind in kinds if kind not in DIRECTIVES), None):
        raise ValueError(f"{declared!r}: {unknown} is unknown; known are {' '.join(sorted(DIRECTIVES))}, {EXAMPLE}")
    for name, group in GROUPS.items():
        found = [kind for kind in kinds if kind in group]
        if len(found) > 1 or (not found and name != "hour"):
            raise ValueError(f"{declared!r} needs the {name} exactly once ({' or '.join(group)}), {EXAMPLE}")
    if repeated := next((kind for kind in kinds if kinds.count(kind) > 1), None):
        raise ValueError(f"{declared!r}: {repeated} is repeated; use it once")
    if ("%I" in kinds) != ("%p" in kinds):
        raise ValueError(f"{declared!r}: %I (hour of 12) and %p (AM or PM) need each other; %H is the hour of 24")
    if "%z" in kinds and not set(HOURS) & set(kinds):
        raise ValueError(f"{declared!r}: %z needs a time, e.g. %Y-%m-%dT%H:%M:%S%z")
    if re.search("[0-9]", literals) or not literals.isprintable() or len(declared) > MAX_OCTETS // 2:
        raise ValueError(f"{declared!r} may contain no digits, no unprintable characters, and 50 characters, {EXAMPLE}")
    if joined := re.search(r"%f(?=%[YymdHIMS])|%z(?=%[YymdHIMS]|[:0-9])", declared):
        raise ValueError(f"{declared!r}: what follows {joined[0]} needs a separator before it")


def _is_digits(kinds: list[str], at: int) -> bool:
    return 0 <= at < len(kinds) and kinds[at] in {*OF_TWO_DIGITS, *YEARS, "%f"}


def _pattern(kind: str, is_fixed: bool) -> str:
    if kind in OF_TWO_DIGITS:
        return f"(?:{'|'.join(OF_TWO_DIGITS[kind])})".replace("{}", "" if is_fixed else "?")
    if kind in NAMES:
        return f"(?:{'|'.join(_any_case(name if kind == '%B' else name[:3]) for name in MONTHS)})"
    digits = {"%Y": "[0-9]{4}", "%y": "[0-9]{2}", "%f": "[0-9]{1,9}"}
    return {**digits, "%p": "[AaPp][Mm]", "%z": f"(?:Z|UTC|GMT|{OFFSET})"}[kind]


def _any_case(name: str) -> str:
    # Not by the flag `i`, which depends on the database's locale.
    return "".join(f"[{letter.upper()}{letter.lower()}]" for letter in name)


@cache
def _compiled(form: DateFormat) -> re.Pattern[str]:
    body = "".join(
        f"(?P<{each.kind[1]}>{each.pattern})" if each.kind else each.pattern for each in form.elements
    ) or f"(?P<serial>{form.body})"  # fmt: skip
    return re.compile(f"{form.blanks}{body}{form.blanks}")


def _read(form: DateFormat, text: str, zone: str) -> date | None:
    if (found := _compiled(form).fullmatch(text)) is None:
        return None
    parts = found.groupdict()
    name = parts.get("b") or parts.get("B")
    month = int(parts["m"]) if name is None else 1 + [each[:3].lower() for each in MONTHS].index(name[:3].lower())
    year = int(parts["Y"]) if "Y" in parts else int(parts["y"]) + (2000 if parts["y"] < "69" else 1900)
    day = date(year, month, int(parts["d"]))
    if "z" not in parts or not FIRST_ADJUSTED <= day <= LAST_ADJUSTED:
        return day
    hour = int(parts["H"]) if "H" in parts else int(parts["I"]) % 12 + 12 * (parts["p"].upper() == "PM")
    time = timedelta(hours=hour, minutes=int(parts.get("M") or 0), seconds=int(parts.get("S") or 0))
    return (datetime(day.year, day.month, day.day, tzinfo=_offset(parts["z"])) + time).astimezone(ZoneInfo(zone)).date()


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _read_serial(form: DateFormat, text: str, zone: str) -> date | None:
    if (found := _compiled(form).fullmatch(text)) is None:
        return None
    number = int(re.split("[.,]", found["serial"])[0])
    if form.declared == "excel":
        return (
            None if number == LEAP_DAY_OF_1900 else EXCEL_EPOCH + timedelta(days=number + (number < LEAP_DAY_OF_1900))
        )
    seconds = number // 1000 if form.declared == "epoch_ms" else number
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    day = moment.date()
    return moment.astimezone(ZoneInfo(zone)).date() if FIRST_ADJUSTED <= day <= LAST_ADJUSTED else day
