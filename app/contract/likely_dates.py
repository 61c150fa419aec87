"""Date formats that fit texts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.contract.dates import DateFormat, check_unambiguous

FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Plausible years of sales; a number outside of them is not read as a serial day."""
MAX_MISFIT_SHARE: Final = 0.02
"""Share of texts that may be typing errors."""
MAX_FORMATS: Final = 3
DAYS: Final = (
    *("%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y"),
)
CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M:%S%p", "%H:%M:%S %z")
SEPARATORS: Final = (" ", "T", ", ")
SERIALS: Final = ("excel", "epoch", "epoch_ms")


@dataclass(frozen=True, slots=True)
class DatesFound:
    """Formats of the texts of one column.

    Attributes:
        formats: formats to declare, in order; empty if none fits.
        alternatives: single formats that read all these texts too, as other days.
        unread: texts that no declared format reads.
    """

    formats: tuple[DateFormat, ...]
    alternatives: tuple[DateFormat, ...] = ()
    unread: tuple[str, ...] = ()


def date_formats(texts: Iterable[str]) -> DatesFound:
    """Return the formats that read these texts; several if they are written in several ways."""
    left = list(dict.fromkeys(texts))
    max_misfits, chosen = len(left) * MAX_MISFIT_SHARE, list[DateFormat]()
    alternatives: tuple[DateFormat, ...] = ()
    while left and (len(left) > max_misfits or not chosen) and len(chosen) < MAX_FORMATS:
        fitting = _fitting(left)
        if not fitting:
            break
        if not chosen:
            alternatives = tuple(other for other in fitting[1:] if _differ(fitting[0], other, left))
        chosen.append(fitting[0])
        left = [text for text in left if fitting[0].read(text) is None]
    return DatesFound(tuple(chosen), alternatives, tuple(left))


def are_ambiguous(formats: Sequence[DateFormat]) -> bool:
    """Return whether two of the formats read one text as different days, so that they cannot be declared together."""
    try:
        check_unambiguous(tuple(formats))
    except ValueError:
        return True
    return False


def _fitting(texts: list[str]) -> list[DateFormat]:
    """Return the formats that read most texts, the usual ones first."""
    counts = [(form, sum(_is_plausible(form, text) for text in texts)) for form in _candidates(texts)]
    most = max((count for _, count in counts), default=0)
    return [form for form, count in counts if count == most and count]


def _candidates(texts: list[str]) -> list[DateFormat]:
    some = texts[:: max(1, len(texts) // 20)]
    return [
        form for form in _all_formats() if any(_has_literals(form, text) and _is_plausible(form, text) for text in some)
    ]


def _has_literals(form: DateFormat, text: str) -> bool:
    # Most formats are excluded by it, before their regular expression is compiled.
    return all(each.literal in text for each in form.elements)


def _is_plausible(form: DateFormat, text: str) -> bool:
    day = form.read(text)
    return day is not None and FIRST_YEAR <= day.year <= LAST_YEAR


def _differ(one: DateFormat, other: DateFormat, texts: list[str]) -> bool:
    return any(one.read(text) != other.read(text) for text in texts)


@cache
def _all_formats() -> tuple[DateFormat, ...]:
    return tuple(map(DateFormat, _declarations()))


def _declarations() -> Iterator[str]:
    yield from ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "iso8601")
    for day in ("%Y-%m-%d", *DAYS):
        yield day
        yield from (f"{day}{separator}{clock}" for separator in SEPARATORS for clock in CLOCKS)
    yield from SERIALS
