"""Dates of a drafted contract: format, plausible days."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from app.contract.dates import DateFormat
from app.contract.draft.document import Remarks
from app.contract.likely_dates import MAX_MISFIT_SHARE, are_ambiguous, date_formats
from app.contract.plausible import date_of_key

MAX_DAYS_SHOWN: Final = 3
LAST_AGE: Final = 1_000
"""Days of the oldest sales in an export."""
OFFSET: Final = re.compile(r":[0-9]{2}(?:[.,][0-9]+)?\s*(?:Z|[-+][0-9]{2}(?::?[0-9]{2})?)$", re.IGNORECASE)
"""End of a time with an offset from UTC."""
WIDE: Final = {"before": 36500, "after": 1, "from": "2000-01-01", "until": "today + 1"}


@dataclass(frozen=True, slots=True)
class Times:
    """Formats of the days of sales, and plausible days.

    Attributes:
        date_range: value of `dateRange`; None for the default.
        has_offset: whether some days have a time with an offset from UTC.
        remarks: comments on the formats; range_remarks: on the plausible days.
    """

    formats: tuple[DateFormat, ...]
    date_range: dict[str, object] | None
    has_offset: bool = False
    remarks: Remarks = field(default_factory=Remarks)
    range_remarks: Remarks = field(default_factory=Remarks)


def find_times(texts: Iterable[tuple[str, str]]) -> Times:
    """Return how days are written, by pairs of the key of a file and the text of a day in it."""
    by_file: dict[str, Counter[str]] = defaultdict(Counter)
    for key, text in texts:
        by_file[key][text.strip()] += 1
    found = date_formats(sorted({text for counts in by_file.values() for text in counts if text}))
    formats, remarks = found.formats, Remarks()
    if found.alternatives and formats:
        formats = (_decided((formats[0], *found.alternatives), by_file, remarks), *formats[1:])
    if len(formats) > 1 and are_ambiguous(formats):
        kept, others = formats[0], ", ".join(form.declared for form in formats[1:])
        remarks.checks.append(
            f"some days can only be read as {others}, which cannot be declared beside {kept}, because many texts would "
            "have two readings; correct these files, or load them with a contract of their own."
        )
        formats = (kept,)
    elif len(formats) > 1:
        remarks.notes.append(f"Days are written in {len(formats)} ways.")
    if not formats:
        remarks.checks.append(f"no common format parses {_examples(found.unread)}; write the format of these days.")
    elif found.unread:
        remarks.notes.append(f"{len(found.unread):,} texts are not dates, such as {_examples(found.unread)}.")
    date_range, range_remarks = _plausible(by_file, formats)
    has_offset = any(OFFSET.search(text) for counts in by_file.values() for text in counts)
    return Times(formats, date_range, has_offset, remarks, range_remarks)


def _decided(candidates: Sequence[DateFormat], by_file: dict[str, Counter[str]], remarks: Remarks) -> DateFormat:
    """Return the format by which the days are those in the names of their files."""
    dated = {key: day for key in by_file if (day := date_of_key(key)) is not None}
    names = " or ".join(form.declared for form in candidates)
    fitting = {form: [key for key, day in dated.items() if _fits(form, by_file[key], day)] for form in candidates}
    best = max(candidates, key=lambda form: len(fitting[form]))
    example = next(text for counts in by_file.values() for text in counts if text)
    if not fitting[best]:
        first = candidates[0]
        remarks.checks.append(
            f"days such as {example} can be read as {names}; {first.declared} is used here, because no day excludes "
            "the other."
        )
        return first
    remarks.notes.append(
        f"Days such as {example} could be {names}; {best.declared} agrees with the dates in the names of the files."
    )
    others = [key for key in dated if key not in fitting[best]]
    if others:
        remarks.checks.append(
            f"in {len(others):,} of {len(dated):,} files, such as {others[0]}, the days differ from the name if they "
            f"are read as {best.declared}: is another format used there? Correct these files, or load them with a "
            "contract of their own."
        )
    return best


def _fits(form: DateFormat, texts: Counter[str], day: date) -> bool:
    days = [found for text in texts if (found := form.read(text)) is not None]
    return bool(days) and all(timedelta(0) <= found - day <= timedelta(days=1) for found in days)


def _plausible(
    by_file: dict[str, Counter[str]], formats: Sequence[DateFormat]
) -> tuple[dict[str, object] | None, Remarks]:
    remarks, ages = Remarks(), Counter[int]()
    places: dict[int, list[str]] = defaultdict(list)
    for age, number, place in _ages(by_file, formats):
        ages[age] += number
        places[age].append(place)
    inside = {age: number for age, number in ages.items() if 0 <= age <= LAST_AGE}
    if not inside:
        return (dict(WIDE) if ages else None), remarks
    oldest = _oldest(inside)
    outside = [place for age in sorted(places) if not 0 <= age <= oldest for place in places[age]]
    if oldest:
        remarks.notes.append(f"Files have sales from up to {oldest:,} days before the date in their name.")
    else:
        remarks.notes.append("The date in the name of a file is the date of its sales; other days are quarantined.")
    if outside:
        shown = "; ".join(outside[:MAX_DAYS_SHOWN])
        remarks.checks.append(
            f"{len(outside):,} days are far from the date in the name of their file, such as {shown}; correct them, or "
            "widen dateRange."
        )
    return ({"before": oldest, "after": 1} if oldest else None), remarks


def _ages(by_file: dict[str, Counter[str]], formats: Sequence[DateFormat]) -> Iterator[tuple[int, int, str]]:
    """Yield by how many days each day precedes the date in the name of its file, rows and place; 0 for the next day."""
    for key, counts in by_file.items():
        named = date_of_key(key)
        for text, number in counts.items():
            day = next((found for form in formats if (found := form.read(text)) is not None), None)
            if day is not None and named is not None:
                age = (named - day).days
                yield (0 if age == -1 else age), number, f"{text} in {key}"


def _oldest(ages: dict[int, int]) -> int:
    """Return the age that most rows do not exceed."""
    counted, most = 0, (1 - MAX_MISFIT_SHARE) * sum(ages.values())
    for age in sorted(ages):
        counted += ages[age]
        if counted >= most:
            return age
    return 0


def _examples(texts: Sequence[str]) -> str:
    return ", ".join(repr(text[:40]) for text in texts[:MAX_DAYS_SHOWN]) or "the days"
