"""SQL of one date format: the part of a text that decides the day, and the instant of a text with an offset."""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from app.contract.dates_format import DAY_PARTS, LEAP_DAY_OF_1900, NAMES, OF_TWO_DIGITS, YEARS, DateFormat, Element
from app.contract.quoting import quoted

EPOCH_SERIAL: Final = 25569
"""Days from 1899-12-30, day 0 of spreadsheets, to 1970-01-01."""
TIME_OF_POSTGRES: Final = r"(%[HI]:%M(:%S([.,]%f)?)?( ?%p )?|%H%M(%S([.,]%f)?)?) ?%z"
TIME_PARTS: Final = ("%H", "%I", "%M", "%S", "%p", "%z")
MONTH_KINDS: Final = ("%m", *NAMES)
WIDTHS: Final = {"%Y": 4, "%y": 2, "%b": 3, "%p": 2}
SECONDS: Final = {"epoch": 1, "epoch_ms": 1000}
"""Units per second."""


@dataclass(frozen=True, slots=True)
class Row:
    """Expressions of one row.

    Attributes:
        raw: the text.
        day: the day as written.
        part_length: length of the part of the text that decides the day.
    """

    raw: str
    day: str
    part_length: str


@dataclass(frozen=True, slots=True)
class DateReader(ABC):
    """Expressions that read texts which match the pattern of a format, and may fail for others."""

    form: DateFormat

    @abstractmethod
    def part(self, raw: str) -> str:
        """Return the part of a text that decides the day as written."""

    @abstractmethod
    def canonical(self, part: str) -> str:
        """Return `year|month|day` as they are written, or `#|n` for n days after 1899-12-30, of a part."""

    def instant(self, row: Row) -> tuple[str, str]:
        """Return the condition under which a text names an instant, and that instant; for formats that have offsets."""
        raise NotImplementedError

    def trimmed(self, raw: str) -> str:
        """Return a text without the blanks around it."""
        return raw if self.form.is_strict else f"btrim({raw}, E' \\t\\r\\n')"


class Iso8601(DateReader):
    """`2026-02-01`, with or without a time and an offset."""

    __slots__ = ()

    def part(self, raw: str) -> str:
        """Return the first ten characters."""
        return f"left({self.trimmed(raw)}, 10)"

    def canonical(self, part: str) -> str:
        """Return the part with other separators."""
        return f"replace({part}, '-', '|')"

    def instant(self, row: Row) -> tuple[str, str]:
        """Return the instant of a text with an offset."""
        time = f"substr({self.trimmed(row.raw)}, 12)"
        whole = f"regexp_replace({time}, '[.,][0-9]+', '')"
        return f"translate({time}, '0123456789:.,', '') <> ''", f"{row.day} + {_timetz(whole)}"


class Excel(DateReader):
    """Serial days of spreadsheets; their 1900 has a 29 February."""

    __slots__ = ()

    def part(self, raw: str) -> str:
        """Return the whole number of days."""
        return f"split_part(translate({self.trimmed(raw)}, ',', '.'), '.', 1)"

    def canonical(self, part: str) -> str:
        """Return the days, without 29 February 1900, which did not exist."""
        number = f"cast({part} as int)"
        return (
            f"case when {number} <> {LEAP_DAY_OF_1900} "
            f"then concat('#|', {number} + case when {number} < {LEAP_DAY_OF_1900} then 1 else 0 end) end"
        )


class Epoch(DateReader):
    """Seconds or milliseconds since 1970-01-01 UTC."""

    __slots__ = ()

    def part(self, raw: str) -> str:
        """Return the days since 1970."""
        return f"cast({self._seconds(raw)} / 86400 as text)"

    def canonical(self, part: str) -> str:
        """Return the days since 1899."""
        return f"concat('#|', cast({part} as int) + {EPOCH_SERIAL})"

    def instant(self, row: Row) -> tuple[str, str]:
        """Return the instant, which every text is."""
        return "true", f"to_timestamp(cast({self._seconds(row.raw)} as double precision))"

    def _seconds(self, raw: str) -> str:
        return f"cast(split_part({self.trimmed(raw)}, '.', 1) as bigint) / {SECONDS[self.form.declared]}"


class Directives(DateReader):
    """A format of directives and literals."""

    __slots__ = ()

    def part(self, raw: str) -> str:
        """Return the text without the time."""
        if not self.form.has_time:
            return raw
        cuts = self._day_cuts(raw)
        if not cuts:
            return self._replaced(raw, self._year_month_day)
        together = ", '|', ".join(cuts)
        return cuts[0] if len(cuts) == 1 else f"concat({together})"

    def canonical(self, part: str) -> str:
        """Return the fields in their order."""
        if not self.form.has_time:
            return self._replaced(part, self._year_month_day)
        if not self._day_cuts(""):
            return part
        pattern = quoted(f"^{'[|]'.join(_captured(each, DAY_PARTS) for each in self.day_pieces)}$")
        return (
            f"case when {part} ~ {pattern} then regexp_replace({part}, {pattern}, {quoted(self._year_month_day)}) end"
        )

    def instant(self, row: Row) -> tuple[str, str]:
        """Return the day and the time with its offset."""
        return "true", f"{row.day} + {self._time(row.raw, row.part_length)}"

    def _time(self, raw: str, part_length: str) -> str:
        pieces = _pieces(self.form.elements, (*TIME_PARTS, "%f"))
        declared = "".join(each.kind or each.literal for each in pieces[0]).strip()
        layout = re.sub(r"(?<=%[HIM])[.](?=%[MS])", ":", declared)
        cut = self._cut_time(pieces, raw, part_length) if re.fullmatch(TIME_OF_POSTGRES, layout) else None
        if cut is None or (layout != declared and "%f" in layout):
            return _timetz(self._replaced(raw, self._hour_minute_second, TIME_PARTS))
        if layout != declared:
            return _timetz(f"translate({cut}, '.', ':')")
        # A fraction could be rounded up to the next day.
        return _timetz(f"regexp_replace({cut}, '[.,][0-9]+', '')" if "%f" in layout else cut)

    def _cut_time(self, pieces: list[list[Element]], raw: str, part_length: str) -> str | None:
        elements, days = self.form.elements, self.day_pieces
        if len(pieces) > 1:
            return None
        if pieces[0][-1] is elements[-1] and len(days) == 1 and days[0][0] is elements[0]:
            between = sum(len(each.literal) for each in elements[len(days[0]) : -len(pieces[0])])
            return f"substr({self.trimmed(raw)}, {part_length} + {between + 1})"
        return self._cut(pieces[0], raw)

    @property
    def is_cut(self) -> bool:
        """Whether the part that decides the day is cut from the text, as written."""
        return self.form.has_time and bool(self._day_cuts(""))

    @property
    def day_pieces(self) -> list[list[Element]]:
        """Runs of elements that decide the day."""
        return _pieces(self.form.elements, DAY_PARTS)

    @property
    def _year_month_day(self) -> str:
        at = _numbers(self.form.elements, DAY_PARTS)
        return "|".join(
            f"\\{next(at[kind] for kind in kinds if kind in at)}" for kinds in (YEARS, MONTH_KINDS, ("%d",))
        )

    @property
    def _hour_minute_second(self) -> str:
        at = _numbers(self.form.elements, TIME_PARTS)
        hour, *rest = [f"\\{at[kind]}" if kind in at else "00" for kind in ("%H", "%M", "%S")]
        hour = f"\\{at['%I']}" if "%I" in at else hour
        half = f" \\{at['%p']}" if "%p" in at else ""
        return f"{hour}:{rest[0]}:{rest[1]}{half} \\{at['%z']}"

    def _day_cuts(self, raw: str) -> list[str]:
        """Return the expressions of the pieces with the day; none if they cannot be cut from the ends of the text."""
        cuts = [self._cut(each, raw) for each in self.day_pieces]
        return [] if None in cuts else [cut for cut in cuts if cut]

    def _cut(self, piece: Sequence[Element], raw: str) -> str | None:
        elements, text = self.form.elements, self.trimmed(raw)
        is_first = piece[0] is elements[0]
        if not is_first and piece[-1] is not elements[-1]:
            return None
        near = elements[len(piece)] if is_first else elements[-len(piece) - 1]
        separator = near.literal[:1] if is_first else near.literal[-1:]
        inside = "".join(each.literal or (" +-:" if each.kind == "%z" else "") for each in piece)
        if separator and not separator.isalnum() and separator not in inside:
            return f"split_part({text}, {quoted(separator)}, {1 if is_first else -1})"
        if None not in (widths := [_width(each) for each in piece]):
            return f"{'left' if is_first else 'right'}({text}, {sum(map(int, filter(None, widths)))})"
        pattern = "".join(_quick(each) for each in piece)
        return f"substring({text} from {quoted(f'^{pattern}' if is_first else f'{pattern}$')})"

    def _replaced(self, raw: str, template: str, kinds: Sequence[str] = DAY_PARTS) -> str:
        pattern = f"^{self.form.blanks}{_captured(self.form.elements, kinds)}{self.form.blanks}$"
        return f"regexp_replace({raw}, {quoted(pattern)}, {quoted(template)})"


def quick_pattern(form: DateFormat) -> str:
    """Return the pattern of a format with any letters for the name of the month, which is five times as fast."""
    body = "".join(map(_quick, form.elements)) or form.body
    return f"^{form.blanks}{body}{form.blanks}$"


def _quick(element: Element) -> str:
    return {"%b": "[A-Za-z]{3}", "%B": "[A-Za-z]{3,9}"}.get(element.kind, element.pattern)


def reader_of(form: DateFormat) -> DateReader:
    """Return the reader of a format."""
    words: dict[str, type[DateReader]] = {"iso8601": Iso8601, "excel": Excel, "epoch": Epoch, "epoch_ms": Epoch}
    return words.get(form.declared, Directives)(form)


def _timetz(text: str) -> str:
    return f"cast({text} as timetz)"


def _pieces(elements: Sequence[Element], kinds: Sequence[str]) -> list[list[Element]]:
    """Return the runs of elements of these kinds with the literals inside, and outside at the ends of the format."""
    wanted = [None if not each.kind else each.kind in kinds for each in elements]
    for at, each in enumerate(wanted):  # a literal belongs to a run if both neighbours do
        if each is None:
            neighbours = [next((w for w in side if w is not None), True) for side in (wanted[at:], wanted[at::-1])]
            is_inside = all(neighbours)
            wanted[at] = is_inside or None
    runs = groupby(zip(elements, wanted, strict=True), key=lambda pair: pair[1] is True)
    return [[element for element, _ in run] for is_wanted, run in runs if is_wanted]


def _captured(elements: Sequence[Element], kinds: Sequence[str]) -> str:
    return "".join(f"({each.pattern})" if each.kind in kinds else each.pattern for each in elements)


def _numbers(elements: Sequence[Element], kinds: Sequence[str]) -> dict[str, int]:
    found = [each.kind for each in elements if each.kind in kinds]
    return {kind: number for number, kind in enumerate(found, start=1)}


def _width(element: Element) -> int | None:
    if element.literal:
        return len(element.literal)
    is_fixed = element.kind in OF_TWO_DIGITS and re.fullmatch(element.pattern, "1") is None
    return 2 if is_fixed and element.kind != "%f" else WIDTHS.get(element.kind)
