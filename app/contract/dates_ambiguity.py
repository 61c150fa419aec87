"""Ambiguity of date formats: whether two of them read one text as different days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, islice, product
from typing import Final

from app.contract.dates_format import DAY_PARTS, ISO_8601, MONTHS, NAMES, WORDS, DateFormat, Element

ATTEMPTS: Final = 20
ZONES: Final = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago")
INTEGER_DIGITS: Final = {"excel": 7, "epoch": 12, "epoch_ms": 15}
MAX_STEPS: Final = 50_000
SERIAL_EXAMPLES: Final = ("40513", "1291161600")
OFFSETS: Final = ("Z", "UTC", "GMT", "+0000", "-0000", "+00:00", "-00:00", "+00", "-00")
LIMITS: Final = {"%m": (1, 12), "%d": (1, 31), "%H": (0, 23), "%I": (1, 12), "%M": (0, 59), "%S": (0, 59)}

Span = tuple[str, int, int]


def check_unambiguous(formats: tuple[DateFormat, ...]) -> None:
    """Raise ValueError where two formats read one text as different days; the message shows the text and both days.

    Every layout that a text of both formats can have is compared: where their fields are at the same places, the days
    are equal; where they are not, a text is searched for that is valid in both.
    """
    for one, other in combinations(formats, 2):
        for text in _texts_of_both(one, other):
            for zone in ZONES if one.has_offset or other.has_offset else ("UTC",):
                days = [each.read(text, zone) for each in (one, other)]
                if None not in days and days[0] != days[1]:
                    raise ValueError(
                        f"{one.declared} and {other.declared} are ambiguous: {text!r} is {days[0]} in the first and "
                        f"{days[1]} in the second{f' (zone {zone})' if zone != 'UTC' else ''}; "
                        "declare only the format that the files use"
                    )


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout of a text: every digit as 0, and which field is where.

    Attributes:
        text: the layout, with month names and AM or PM in one of their spellings.
        spans: fields with their start and end.
        any_case: places of letters that may be of either case.
    """

    text: str
    spans: tuple[Span, ...]
    any_case: frozenset[int]

    @property
    def meaning(self) -> frozenset[Span]:
        """The fields that decide the day: with an offset, the time also."""
        has_offset = any(kind == "%z" for kind, _, _ in self.spans)
        decisive = [each for each in self.spans if each[0] in DAY_PARTS or (has_offset and each[0] != "%f")]
        return frozenset(("name" if kind in NAMES else kind, start, end) for kind, start, end in decisive)


def _texts_of_both(one: DateFormat, other: DateFormat) -> Iterator[str]:
    serials = [each.declared for each in (one, other) if each.declared in INTEGER_DIGITS]
    if serials[1:]:
        yield from SERIAL_EXAMPLES
    elif serials:  # a serial number can have any digits, so the other format limits the texts
        for layout in (*_layouts(one), *_layouts(other)):
            if re.fullmatch(f"0{{1,{INTEGER_DIGITS[serials[0]]}}}([.,]0+)?", layout.text):
                yield from _examples(layout.text, (layout.spans,))
    else:
        yield from _texts_of_shared_layouts(one, other)


def _texts_of_shared_layouts(one: DateFormat, other: DateFormat) -> Iterator[str]:
    by_text: dict[str, list[Layout]] = {}
    for layout in _layouts(other, _months_in(one)):
        by_text.setdefault(layout.text.lower(), []).append(layout)
    for layout in _layouts(one, _months_in(other)):
        for second in by_text.get(layout.text.lower(), ()):
            if layout.meaning != second.meaning:
                text = "".join(
                    theirs if at in layout.any_case else ours
                    for at, (ours, theirs) in enumerate(zip(layout.text, second.text, strict=True))
                )
                yield from _fill(text, (layout.spans, second.spans))


def _months_in(form: DateFormat) -> tuple[str, ...]:
    """Return the months whose names another format can share with this one: May is long and short, others literals."""
    letters = "".join(each.literal for each in form.elements).lower()
    return tuple(name for name in MONTHS if name == "May" or name[:3].lower() in letters)


@cache
def _layouts(form: DateFormat, months: tuple[str, ...] = ()) -> tuple[Layout, ...]:
    if form.declared in WORDS:
        formats = map(DateFormat, ISO_8601) if form.declared == "iso8601" else ()
        return tuple(layout for each in formats for layout in _layouts(each))
    layouts = []
    for spellings in product(*(_spellings(element, months) for element in form.elements)):
        text, spans, any_case = "", [], set[int]()
        for element, spelling in zip(form.elements, spellings, strict=True):
            end = len(text) + len(spelling)
            if element.kind:
                spans.append((element.kind, len(text), end))
            if element.kind in (*NAMES, "%p"):
                any_case.update(range(len(text), end))
            text += spelling
        layouts.append(Layout(text, tuple(spans), frozenset(any_case)))
    return tuple(layouts)


def _spellings(element: Element, months: tuple[str, ...]) -> tuple[str, ...]:
    if element.literal:
        return (element.literal,)
    if element.kind in NAMES:
        return tuple(name[: None if element.kind == "%B" else 3] for name in months)
    if element.kind in LIMITS:
        return ("00", "0") if re.fullmatch(element.pattern, "1") else ("00",)
    fixed = {"%Y": ("0000",), "%y": ("00",), "%p": ("AM", "PM"), "%z": OFFSETS}
    return fixed.get(element.kind) or tuple("0" * width for width in range(1, 10))


def _examples(layout: str, fields: tuple[tuple[Span, ...], ...]) -> Iterator[str]:
    """Yield various texts of a layout in which every field is in its range."""
    of_place = _by_place(layout, fields)
    for attempt in range(ATTEMPTS):
        yield from islice(_complete("", layout, of_place, attempt, Steps()), 1)


def _fill(layout: str, fields: tuple[tuple[Span, ...], ...]) -> Iterator[str]:
    """Yield all texts of a layout in which every field is in its range, various ones first."""
    yield from _examples(layout, fields)
    yield from _complete("", layout, _by_place(layout, fields), 1, Steps())


def _by_place(layout: str, fields: tuple[tuple[Span, ...], ...]) -> list[list[Span]]:
    return [[span for spans in fields for span in spans if span[1] <= at < span[2]] for at in range(len(layout))]


@dataclass(slots=True)
class Steps:
    """Bound of a search."""

    left: int = MAX_STEPS

    def count(self, layout: str) -> None:
        """Count one step; raises ValueError when there are too many to be sure."""
        self.left -= 1
        if self.left == 0:
            raise ValueError(f"two of the date formats read texts such as {layout!r}, in different ways; declare one")


def _complete(start: str, layout: str, of_place: list[list[Span]], attempt: int, steps: Steps) -> Iterator[str]:
    at = len(start)
    if at == len(layout):
        yield start
        return
    digits = "0123456789" if layout[at] == "0" else layout[at]
    first = (attempt * 7 + at * 3) % len(digits)
    if attempt < ATTEMPTS // 2 and digits[1:]:  # a year of this century, to begin with
        years = [begin for kind, begin, _ in of_place[at] if kind == "%Y" and at < begin + 2]
        first = next((2 if at == begin else 0 for begin in years), first)
    for digit in digits[first:] + digits[:first]:
        steps.count(layout)
        longer = start + digit
        if all(_is_prefix(kind, longer[begin:], end - begin) for kind, begin, end in of_place[at]):
            yield from _complete(longer, layout, of_place, attempt, steps)


def _is_prefix(kind: str, start: str, width: int) -> bool:
    if kind in LIMITS:
        return start in _prefixes(kind, width)
    if kind == "%z":
        return re.fullmatch("Z|[UTCGM]{1,3}|[+-]([01]([0-9](:?([0-5][0-9]?)?)?)?)?", start) is not None
    return start != "0000"


@cache
def _prefixes(kind: str, width: int) -> frozenset[str]:
    low, high = LIMITS[kind]
    values = [f"{value:0{width}}" for value in range(low, high + 1) if len(f"{value:0{width}}") == width]
    return frozenset(value[:length] for value in values for length in range(1, width + 1))
