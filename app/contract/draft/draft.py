"""Draft of a contract from samples of sales files."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.draft import sales
from app.contract.draft.document import Document, PropertyDraft, Remarks, Setting
from app.contract.draft.ids import IdSpelling, id_spelling
from app.contract.draft.names import Match, best_match, is_amount
from app.contract.draft.numbers import NumberStyle, is_whole, number_style
from app.contract.draft.sample import Sample
from app.contract.draft.server import server_keys, server_remarks, suffixes_of
from app.contract.draft.status import counted_states
from app.contract.draft.time import Times, find_times
from app.contract.draft.totals import Totals, assess_totals
from app.contract.model import Column
from app.contract.remedies import NULL_WORDS

NUMBERS: Final = ("quantity", "unit_price", "line_total")
NEEDED: Final = ("invoice_no", "invoice_date", "customer_id", "quantity", "unit_price")
SINGLE: Final = (*NEEDED, "line_total", "status", "currency")
"""Columns for which a person has to choose among several in the header."""
MAX_VALUES_SHOWN: Final = 3
UNKNOWN: Final = "CHECK"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the sample says; names: in the header, by the column."""

    sample: Sample
    match: Match
    names: Mapping[str, str]
    ids: IdSpelling
    numbers: NumberStyle
    null_words: tuple[str, ...]
    times: Times
    filled: tuple[str, ...]
    totals: Totals | None

    @property
    def others(self) -> list[str]:
        """Names in the header of columns that are not declared."""
        declared = {*self.names.values()}
        return [name for name in self.sample.names().values() if name not in declared]


def draft(sample: Sample, suffixes: tuple[str, ...] = ()) -> Document:
    """Return a contract for files such as these, with observations and doubts as comments.

    suffixes: suffixes of the files.
    """
    seen = _look(sample)
    document = Document(
        id="my-shop",
        name="My shop",
        server=server_keys(sample),
        server_settings=_server_settings(seen, suffixes),
        properties=[_property(seen, column, name) for column, name in _columns(seen)],
        rules=_rules(seen),
        settings=_settings(seen),
        server_remarks=server_remarks(sample),
    )
    _describe(document, seen)
    return document


def _look(sample: Sample) -> _Seen:
    match = best_match(sample.names())
    names = {column.name: name for column, name in match.columns}
    if "customer_id" not in names and "email" in names:
        names["customer_id"] = names.pop("email")
    totals = _totals(sample, match, names)
    if totals is not None and totals.is_of_order:
        del names["line_total"]
    filled = tuple(sales.fill_down(sample, names))
    orders: dict[str, set[str]] = defaultdict(set)
    if "customer_id" in names and "invoice_no" in names:
        for _, (customer, invoice) in sample.rows([names["customer_id"], names["invoice_no"]]):
            if customer.strip():
                orders[customer.strip()].add(invoice)
    ids = id_spelling({one: len(invoices) for one, invoices in orders.items()})
    numeric = [
        names[column.name]
        for column, _ in match.columns
        if column.name in names and column.type in {"integer", "number"}
    ]
    numbers = number_style({text for name in numeric for text in sample.values(name)})
    words = tuple(sorted({*ids.null_words, *(text for text in numbers.unread if text.lower() in NULL_WORDS)}))
    day = names.get("invoice_date")
    texts = ((file.key, text) for file, (text,) in sample.rows([day]) if text.strip()) if day else ()
    return _Seen(sample, match, names, ids, numbers, words, find_times(texts), filled, totals)


def _totals(sample: Sample, match: Match, names: Mapping[str, str]) -> Totals | None:
    """What the column of totals is; None without one, or if the shop system's contract says it."""
    if match.is_shop or "line_total" not in names:
        return None
    return assess_totals(sample, names, is_certain=not is_amount(names["line_total"]))


def _columns(seen: _Seen) -> list[tuple[Column, str | None]]:
    """The columns to declare, with their names in the header; None for one that is needed and missing."""
    declared = {column.name: column for column in seen.match.contract.columns}
    needed = NEEDED if "line_total" not in seen.names else NEEDED[:3]
    wanted = [name for name in declared if name in seen.names or name in needed]
    return [(declared[name], seen.names.get(name)) for name in wanted]


def _property(seen: _Seen, column: Column, name: str | None) -> PropertyDraft:
    drafted = PropertyDraft(column.name, name or UNKNOWN, _keys(seen, column))
    if column.type == "string":
        drafted.custom.update(_spelling(seen, column))
    if name is None:
        others = ", ".join(seen.others) or "no other"
        drafted.remarks.checks.append(f"no column is known as {column.name}; write its name in the header: {others}.")
    elif column.name == "invoice_date":
        drafted.remarks = seen.times.remarks
    elif column.name == "customer_id":
        drafted.remarks = Remarks([*seen.ids.notes], [*seen.ids.checks])
        if name not in {found for known, found in seen.match.columns if known.name == "customer_id"}:
            drafted.remarks.checks.append(f"no column has the number of the customer, so {name} is taken for it.")
    elif column.name in NUMBERS:
        _remark_on_numbers(seen, name, drafted.remarks)
        if column.name == "line_total" and seen.totals is not None:
            drafted.remarks.checks.extend(seen.totals.checks)
    if name is not None and column.name in SINGLE:
        drafted.remarks.checks.extend(_rivals(seen, column.name, name))
    return drafted


def _rivals(seen: _Seen, column: str, name: str) -> Iterator[str]:
    known = next(found.name for found, matched in seen.match.columns if matched == name)
    rivals = seen.match.rivals[known]
    if column == "line_total" and not is_amount(name):
        rivals = tuple(rival for rival in rivals if not is_amount(rival))
    if rivals:
        both = f"{', '.join((name, *rivals[:-1]))} and {rivals[-1]}"
        yield f"{both} are known as {column}, and {name} is taken; write the one that is the {column}."


def _keys(seen: _Seen, column: Column) -> dict[str, object]:
    keys: dict[str, object] = {"logicalType": column.type}
    if column.name == "quantity" and column.name in seen.names:
        whole = all(is_whole(text, seen.numbers) for text in seen.sample.values(seen.names[column.name]))
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


def _spelling(seen: _Seen, column: Column) -> dict[str, object]:
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


def _remark_on_numbers(seen: _Seen, name: str, remarks: Remarks) -> None:
    unread = [text for text in seen.sample.values(name) if text in seen.numbers.unread and text not in seen.null_words]
    if unread:
        shown = ", ".join(repr(text[:30]) for text in unread[:MAX_VALUES_SHOWN])
        remarks.checks.append(f"{len(unread):,} rows have no number here, such as {shown}; they will be quarantined.")


def _server_settings(seen: _Seen, suffixes: tuple[str, ...]) -> list[Setting]:
    numbers, found = seen.numbers, list[Setting]()
    declared = suffixes_of(seen.sample, suffixes)
    found += [Setting("suffixes", declared)] if declared else []
    if numbers.decimal != "." or numbers.thousands:
        decimal = Setting("decimal", numbers.decimal)
        if numbers.conflict:
            decimal.remarks.checks.append(
                f"{numbers.conflict[0]} and {numbers.conflict[1]} have different decimal marks; correct one of them."
            )
        found.append(decimal)
    found += [Setting("thousands", numbers.thousands)] if numbers.thousands else []
    found += [Setting("currencyMarks", list(numbers.currency_marks))] if numbers.currency_marks else []
    found += [Setting("nullWords", list(seen.null_words))] if seen.null_words else []
    if any(not file.is_header_first for file in seen.sample.files):
        found.append(Setting("header", "search", Remarks(["Other lines come before the header."])))
    if any("%z" in form.declared for form in seen.times.formats):
        check = (
            "times have an offset from UTC; write the time zone in which the shop has its days, such as Europe/Berlin."
        )
        found.append(Setting("timezone", "UTC", Remarks([], [check])))
    if seen.filled or seen.match.is_shop:
        found.extend(_fill_down(seen))
    return found


def _fill_down(seen: _Seen) -> list[Setting]:
    dialect = seen.match.contract.servers[0].dialect
    shop = dialect.fill_down.columns if seen.match.is_shop and dialect.fill_down else ()
    columns = [seen.names[name] for name in dict.fromkeys((*seen.filled, *shop)) if name in seen.names]
    if not columns:
        return []
    value = {"columns": columns, "by": seen.names["invoice_no"]}
    return [Setting("fillDown", value, Remarks(["These values are only on the first row of an order."]))]


def _rules(seen: _Seen) -> list[dict[str, object]]:
    if not seen.match.is_shop:
        return []
    return [
        {
            "name": rule.name,
            "type": "custom",
            "engine": "regulars",
            "implementation": rule.condition.text,
            "severity": rule.severity,
        }
        for rule in seen.match.contract.rules
        if rule.condition.names <= {*seen.names}
    ]


def _settings(seen: _Seen) -> list[Setting]:
    found = [*sales.cancellations(seen.sample, seen.names)]
    if seen.match.is_shop:
        found.append(_counts(seen))
    else:
        states = counted_states(seen.sample, seen.names, seen.filled)
        found += [states] if states is not None else []
        found.append(sales.returns(seen.sample, seen.names))
    overlap = sales.overlap(seen.sample, seen.names)
    once = Setting("overlap", "once" if seen.match.is_shop or overlap.same else "warn")
    if overlap.same and overlap.files:
        once.remarks.checks.append(
            f"{overlap.same:,} orders are in several files with the same rows, such as in {overlap.files[0]} and "
            f"{overlap.files[1]}: each counts from the newest file; write count if they are different sales."
        )
    found.append(once)
    found.extend(sales.currency(seen.sample, seen.names, seen.numbers.currency_marks))
    date_range = Setting("dateRange", seen.times.date_range or {"before": 0, "after": 1}, seen.times.range_remarks)
    return [*found, date_range]


def _counts(seen: _Seen) -> Setting:
    counts = seen.match.contract.counts
    text = counts.text if counts is not None else ""
    if counts is not None and not counts.names <= {*seen.names}:
        text = text.partition(" and ")[0]
    return Setting("countsWhen", text)


def _describe(document: Document, seen: _Seen) -> None:
    files = seen.sample.files
    rows = sum(len(file.rows) for file in files)
    document.head.notes.append(
        f"Drafted from {rows:,} rows of {len(files):,} files; lines with CHECK are yours to decide."
    )
    document.head.notes.append("Then: regulars contract check --contract THIS-FILE PATH")
    if seen.match.is_shop:
        document.head.notes.append(f"The files have the columns of {seen.match.contract.name}, so its rules are used.")
    if seen.others:
        document.rest.notes.append(f"Not declared, and kept as received: {', '.join(seen.others)}.")
    if seen.numbers.ambiguous:
        document.server_remarks.checks.append(
            f"numbers such as {seen.numbers.ambiguous} could have a decimal mark or one of thousands; it is read as "
            f"declared here, decimal {seen.numbers.decimal!r}."
        )
    if seen.totals is not None and seen.totals.is_of_order:
        document.rest.checks.extend(seen.totals.checks)
    document.rest.checks.extend(sales.unusual_codes(seen.sample, seen.names))
