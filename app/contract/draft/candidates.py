"""Candidates for needed columns that no known name matches, by the values of the other columns."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from app.contract.draft.sample import Sample
from app.contract.likely_dates import MAX_MISFIT_SHARE, SERIALS, date_formats

MAX_VALUES: Final = 500
MARK: Final = (
    r"(?:[$€£¥₹₽₺₴₩₪฿]|R\$|[A-Z]{2,3}\$|EUR|USD|GBP|CHF|PLN|BRL|CZK|HUF|RON|SEK|NOK|DKK|zł|Kč|Ft|lei|kr\.?|Fr\.?)"
)
LIKELY_NUMBER: Final = re.compile(
    rf"[-+(]?\s*(?P<first>{MARK})?\s*[-+]?"
    r"(?P<digits>[0-9]{1,3}(?:(?P<group>[.,' \u00a0\u202f\u2019])[0-9]{3})(?:(?P=group)[0-9]{3})*(?:[.,][0-9]+)?"
    r"|[0-9]+(?:[.,][0-9]+)?)"
    rf"\s*(?P<last>{MARK})?\s*[-)]?",
    re.IGNORECASE,
)
NUMBERS: Final = ("quantity", "unit_price")
DATE: Final = "invoice_date"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Columns of the header without a known name, by their values.

    Attributes:
        dates: columns of dates.
        decimals: columns of numbers, some with a mark of decimals, thousands or a currency.
        whole: columns of numbers without any.
        texts: other columns.
    """

    dates: tuple[str, ...] = ()
    decimals: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def of(self, column: str) -> tuple[str, ...]:
        """Return the names that are likely for a needed column, the likeliest first."""
        if column == DATE:
            return self.dates
        if column == "unit_price":
            return self.decimals or self.whole
        return (*self.whole, *self.decimals) if column == "quantity" else (*self.texts, *self.whole)


def find_candidates(sample: Sample, names: Sequence[str]) -> Candidates:
    """Return the kinds of these columns."""
    found: Mapping[str, list[str]] = {"dates": [], "decimals": [], "whole": [], "texts": []}
    for name in names:
        values = [*dict.fromkeys(islice(sample.values(name), MAX_VALUES))]
        if values:
            found[_kind(values)].append(name)
    return Candidates(**{kind: tuple(each) for kind, each in found.items()})


def _kind(values: Sequence[str]) -> str:
    if _are_dates(values):
        return "dates"
    numbers = [number for value in values if (number := LIKELY_NUMBER.fullmatch(value))]
    if len(numbers) >= (1 - MAX_MISFIT_SHARE) * len(values) and not _are_padded(values):
        is_marked = any(number["first"] or number["last"] or not number["digits"].isdigit() for number in numbers)
        return "decimals" if is_marked else "whole"
    return "texts"


def _are_dates(texts: Sequence[str]) -> bool:
    found = date_formats(texts)
    is_serial = any(form.declared in SERIALS for form in found.formats)
    return bool(found.formats) and not is_serial and len(found.unread) <= MAX_MISFIT_SHARE * len(texts)


def _are_padded(values: Iterable[str]) -> bool:
    """Return whether there are leading zeros, as ids have."""
    return any(re.fullmatch("0[0-9]+", value) for value in values)
