"""Columns of a drafted contract, with doubts about them."""

from collections.abc import Iterator
from typing import Final

from app.contract.draft.document import PropertyDraft, Remarks
from app.contract.draft.names import is_amount
from app.contract.draft.numbers import is_whole
from app.contract.draft.observations import Observations
from app.contract.draft.prices import doubts_about_prices
from app.contract.header_names import UNDECIDED
from app.contract.model import Column
from app.plurals import counted

NUMBERS: Final = ("quantity", "unit_price", "line_total")
NEEDED: Final = ("invoice_no", "invoice_date", "customer_id", "quantity", "unit_price")
SINGLE: Final = (*NEEDED, "line_total", "status", "currency")
"""Columns for which a person has to choose among several in the header."""
MAX_VALUES_SHOWN: Final = 3


def drafted_columns(seen: Observations) -> list[tuple[Column, str | None]]:
    """Return the columns to declare, with their names in the header; None for one that is needed and missing."""
    declared = {column.name: column for column in seen.match.contract.columns}
    needed = NEEDED if "line_total" not in seen.names else NEEDED[:3]
    wanted = [name for name in declared if name in seen.names or name in needed]
    return [(declared[name], seen.names.get(name)) for name in wanted]


def property_draft(seen: Observations, column: Column, name: str | None) -> PropertyDraft:
    """Return the draft of a column; name: in the header, None if it is missing."""
    drafted = PropertyDraft(column.name, name or UNDECIDED, _keys(seen, column))
    if column.type == "string":
        drafted.custom.update(_spelling(seen, column))
    if name is None:
        drafted.remarks = _remarks_on_missing(seen, column.name)
    elif column.name == "invoice_date":
        drafted.remarks = seen.times.remarks
    elif column.name == "customer_id":
        drafted.remarks = Remarks([*seen.ids.notes], [*seen.ids.checks])
        if name not in {found for known, found in seen.match.columns if known.name == "customer_id"}:
            drafted.remarks.checks.append(
                f"no column has the number of the customer, so {name} is used as customer_id."
            )
    elif column.name in NUMBERS:
        _remark_on_numbers(seen, name, drafted.remarks)
        if column.name == "line_total" and seen.totals is not None:
            drafted.remarks.checks.extend(seen.totals.checks)
        if column.name == "unit_price" and not seen.match.is_shop and "line_total" not in seen.names:
            drafted.remarks.checks.extend(doubts_about_prices(seen.sample, seen.names))
    if name is not None and column.name in SINGLE:
        drafted.remarks.checks.extend(_rivals(seen, column.name, name))
    return drafted


def _remarks_on_missing(seen: Observations, column: str) -> Remarks:
    dates = seen.candidates.dates if column == "invoice_date" else ()
    if not dates:
        return Remarks([], [_missing(seen, column)])
    times = seen.times.remarks
    return Remarks([f"The format is that of {dates[0]}.", *times.notes], [_missing(seen, column), *times.checks])


def _missing(seen: Observations, column: str) -> str:
    likely = seen.candidates.of(column)
    rest = [name for name in seen.others if name not in likely]
    others = ", ".join(rest) or "no other"
    if likely:
        chosen = f"{', '.join(likely[:-1])} or {likely[-1]}" if likely[1:] else likely[0]
        others = f"probably {chosen}" + (f" (other columns: {', '.join(rest)})" if rest else "")
    instead = ""
    if column == "unit_price" or (column == "quantity" and "unit_price" not in seen.names):
        instead = (
            ", or declare line_total, with the column that has the money of a row, in place of quantity and unit_price"
        )
    return f"no column matches {column}; write its name in the header: {others}{instead}."


def _rivals(seen: Observations, column: str, name: str) -> Iterator[str]:
    known = next(found.name for found, matched in seen.match.columns if matched == name)
    rivals = seen.match.rivals[known]
    if column == "line_total" and not is_amount(name):
        rivals = tuple(rival for rival in rivals if not is_amount(rival))
    if rivals:
        both = f"{', '.join((name, *rivals[:-1]))} and {rivals[-1]}"
        yield f"{both} match {column}, and {name} is used; write the one that is the {column}."


def _keys(seen: Observations, column: Column) -> dict[str, object]:
    keys: dict[str, object] = {"logicalType": column.type}
    if column.name == "quantity" and column.name in seen.names:
        whole = all(is_whole(text, seen.numbers) for text in {*seen.sample.values(seen.names[column.name])})
        keys["logicalType"] = "integer" if whole else "number"
    if column.is_required:
        keys["required"] = True
    if column.name == "invoice_date":
        formats = [form.declared for form in seen.times.formats] or [form.declared for form in column.formats]
        keys["logicalTypeOptions"] = {"format": formats[0] if len(formats) == 1 else formats}
    elif column.type == "date":
        keys["logicalTypeOptions"] = {"format": [form.declared for form in column.formats]}
    elif seen.match.is_shop and (limits := _limits(column)):
        keys["logicalTypeOptions"] = limits
    if column.is_personal:
        keys["classification"] = "personal"
    return keys


def _limits(column: Column) -> dict[str, object]:
    limits = {"minimum": column.minimum, "exclusiveMinimum": column.exclusive_minimum}
    return {name: int(limit) for name, limit in limits.items() if limit is not None and limit.isdigit()}


def _spelling(seen: Observations, column: Column) -> dict[str, object]:
    custom: dict[str, object] = {"trim": True} if column.trim else {}
    if column.name == "customer_id":
        ids = seen.ids
        custom.update({"case": ids.case} if ids.case != "keep" else {})
        custom.update({"stripDecimal": True} if ids.strip_decimal else {})
        custom.update({"stripLeadingZeros": True} if ids.strip_leading_zeros else {})
        placeholders = [*dict.fromkeys((*ids.placeholders, *(column.placeholders if seen.match.is_shop else ())))]
        custom.update({"placeholders": placeholders} if placeholders else {})
    elif column.case != "keep":
        custom["case"] = column.case
    if column.is_identifier:
        custom["identifier"] = True
    return custom


def _remark_on_numbers(seen: Observations, name: str, remarks: Remarks) -> None:
    unread = [text for text in seen.sample.values(name) if text in seen.numbers.unread and text not in seen.null_words]
    if unread:
        shown = ", ".join(repr(text[:30]) for text in unread[:MAX_VALUES_SHOWN])
        remarks.checks.append(
            f"No number could be read in {counted(len(unread), 'row')}, such as {shown}; they will be quarantined."
        )
