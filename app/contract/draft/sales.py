"""Business rules of a drafted contract: returns, cancellations, orders on several rows and in several files."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.draft.document import Setting
from app.contract.draft.numbers import is_negative
from app.contract.draft.sample import Sample
from app.plurals import counted

MOSTLY: Final = 0.5
USUAL: Final = 0.8
USUAL_CODES: Final = 0.95
MAX_CODES_SHOWN: Final = 5
Names = Mapping[str, str]
"""Names in the header of the columns that Regulars knows."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Orders in several files; same: those whose rows are the same there."""

    orders: int
    same: int
    files: tuple[str, str] | None


def returns(sample: Sample, names: Names) -> Setting:
    """Return whether returns are subtracted, with the observations."""
    setting = Setting("returns", "net")
    for column in ("quantity", "unit_price", "line_total"):
        negative = [text for text in sample.values(names[column]) if is_negative(text)] if column in names else []
        if negative:
            setting.remarks.checks.append(
                f"{names[column]} is negative in {counted(len(negative), 'row')}, such as {negative[0]}: they "
                "are taken for returns, and their money is subtracted from the customer's; write exclude to ignore "
                "them."
            )
    if not setting.remarks.checks:
        setting.remarks.notes.append("No row is a return so far.")
    return setting


def cancellations(sample: Sample, names: Names) -> Iterator[Setting]:
    """Yield the condition on orders that cancel others: their numbers begin with a letter, and they are negative."""
    counted = [names[column] for column in ("quantity", "line_total") if column in names]
    if "invoice_no" not in names or not counted:
        return
    totals, negatives = Counter[str](), Counter[str]()
    for _, (invoice, *numbers) in sample.rows([names["invoice_no"], *counted]):
        first = invoice.strip()[:1].upper()
        totals[first] += 1
        negatives[first] += any(map(is_negative, numbers))
    digits = sum(number for first, number in totals.items() if first.isdigit())
    if digits < USUAL * totals.total():
        return
    for letter in sorted(first for first in totals if first.isalpha() and first.isascii()):
        if negatives[letter] > MOSTLY * totals[letter]:
            setting = Setting("cancellationWhen", f"upper(left(invoice_no, 1)) = '{letter}'")
            setting.remarks.checks.append(
                f"{totals[letter]:,} rows have a number that begins with {letter}, most of them negative: they are "
                "read as cancellations; remove this if they are sales."
            )
            yield setting
            return


def unusual_codes(sample: Sample, names: Names) -> Iterator[str]:
    """Yield a remark on products whose numbers are unlike the others, such as postage and fees."""
    if "stock_code" not in names:
        return
    shapes: dict[str, Counter[str]] = defaultdict(Counter)
    for code in sample.values(names["stock_code"]):
        shapes["digits" if code[0].isdigit() else "others"][code] += 1
    usual, others = shapes["digits"].total(), shapes["others"]
    if others and usual > USUAL_CODES * (usual + others.total()):
        shown = ", ".join(code for code, _ in others.most_common(MAX_CODES_SHOWN))
        yield (
            f"{others.total():,} rows have codes unlike the others, such as {shown}; they count as sales. If they are "
            "postage, fees or gifts, declare countsWhen, for example \"stock_code ~ '^[0-9]'\"."
        )


def fill_down(sample: Sample, names: Names) -> list[str]:
    """Return the columns whose value is only on the first row of an order."""
    others = [column for column in names if column != "invoice_no"]
    if "invoice_no" not in names:
        return []
    on_first, below, has_rows_below, previous = set[str](), set[str](), False, ""
    for _, (invoice, *texts) in sample.rows([names["invoice_no"], *(names[column] for column in others)]):
        is_first, previous = invoice != previous, invoice
        has_rows_below |= not is_first
        written = (column for column, text in zip(others, texts, strict=True) if text.strip())
        (on_first if is_first else below).update(written)
        if len(below) == len(others):  # usually after a few rows
            return []
    return [column for column in others if has_rows_below and column in on_first and column not in below]


def overlap(sample: Sample, names: Names) -> Overlap:
    """Return the orders that several files have."""
    if "invoice_no" not in names:
        return Overlap(0, 0, None)
    columns = [names["invoice_no"], *(name for column, name in names.items() if column != "invoice_no")]
    orders: dict[str, dict[str, Counter[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(Counter))
    repeated = _in_several_files(sample, names["invoice_no"])
    for file, (invoice, *texts) in sample.rows(columns) if repeated else ():
        if invoice.strip() in repeated:
            orders[invoice.strip()][file.key][tuple(texts)] += 1
    shared = [*orders.values()]
    same = [files for files in shared if len({frozenset(rows.items()) for rows in files.values()}) < len(files)]
    first = next(iter(same or shared), None)
    return Overlap(len(shared), len(same), (*sorted(first)[:2],) if first else None)  # type: ignore[arg-type]  # two


def _in_several_files(sample: Sample, name: str) -> set[str]:
    """Return the values of a column that several files have."""
    files = Counter(value for file in sample.files for value in {*Sample((file,)).values(name)})
    return {value for value, number in files.items() if number > 1}


def currency(sample: Sample, names: Names, marks: tuple[str, ...]) -> Iterator[Setting]:
    """Yield the currency of all money, by the column of currencies or the marks of prices."""
    codes = (
        Counter(text.upper() for text in sample.values(names["currency"])) if "currency" in names else Counter[str]()
    )
    known = [code for code, _ in codes.most_common() if re.fullmatch("[A-Z]{3}", code)]
    if known:
        setting = Setting("currency", {"code": known[0]})
        if len(codes) > 1:
            others = ", ".join(f"{code} ({counted(number, 'row')})" for code, number in codes.most_common()[1:])
            setting.remarks.checks.append(
                f"{others}: rows in another currency than {known[0]} are quarantined until you add rates: a "
                "CSV file with date, code, rate."
            )
        yield setting
    elif len(marks) > 1:
        setting = Setting("currency", {"code": "XXX"})
        setting.remarks.checks.append(
            f"prices have several marks, {' '.join(marks)}: are they of one currency? Write it."
        )
        yield setting
