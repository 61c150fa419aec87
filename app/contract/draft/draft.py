"""Draft of a contract from samples of sales files."""

from collections.abc import Sequence

from app.contract.draft import sales
from app.contract.draft.currencies import undeclared_currencies
from app.contract.draft.decimals import doubts_about_decimals
from app.contract.draft.document import Document, PropertyDraft, Remarks, Setting
from app.contract.draft.flags import find_flags
from app.contract.draft.observations import Observations, observe
from app.contract.draft.properties import drafted_columns, property_draft
from app.contract.draft.sample import Sample
from app.contract.draft.server import server_keys, server_remarks, suffixes_of
from app.contract.draft.status import counted_states
from app.plurals import agreeing, counted


def draft(sample: Sample, suffixes: tuple[str, ...] = ()) -> Document:
    """Return a contract for files such as these, with observations and doubts as comments.

    suffixes: suffixes of the files.
    """
    seen = observe(sample)
    settings = _settings(seen)
    flags = [*find_flags(sample, seen.others, seen.names, settings)]
    document = Document(
        id="my-shop",
        name="My shop",
        server=server_keys(sample),
        server_settings=_server_settings(seen, suffixes),
        properties=[*(property_draft(seen, column, name) for column, name in drafted_columns(seen)), *flags],
        rules=_rules(seen),
        settings=settings,
        server_remarks=server_remarks(sample),
    )
    _describe(document, seen, flags)
    return document


def _server_settings(seen: Observations, suffixes: tuple[str, ...]) -> list[Setting]:
    numbers, found = seen.numbers, list[Setting]()
    declared = suffixes_of(seen.sample, suffixes)
    found += [Setting("suffixes", declared)] if declared else []
    if numbers.decimal != "." or numbers.thousands:
        found.append(Setting("decimal", numbers.decimal))
    found += [Setting("thousands", numbers.thousands)] if numbers.thousands else []
    found += [Setting("currencyMarks", list(numbers.currency_marks))] if numbers.currency_marks else []
    found += [Setting("nullWords", list(seen.null_words))] if seen.null_words else []
    if any(not file.is_header_first for file in seen.sample.files):
        found.append(Setting("header", "search", Remarks(["Other lines come before the header."])))
    if seen.times.has_offset:
        check = (
            "times have an offset from UTC; write the time zone in which the shop has its days, such as Europe/Berlin."
        )
        found.append(Setting("timezone", "UTC", Remarks([], [check])))
    if seen.filled or seen.match.is_shop:
        found.extend(_fill_down(seen))
    return found


def _fill_down(seen: Observations) -> list[Setting]:
    dialect = seen.match.contract.servers[0].dialect
    shop = dialect.fill_down.columns if seen.match.is_shop and dialect.fill_down else ()
    columns = [seen.names[name] for name in dict.fromkeys((*seen.filled, *shop)) if name in seen.names]
    if not columns:
        return []
    value = {"columns": columns, "by": seen.names["invoice_no"]}
    return [Setting("fillDown", value, Remarks(["These values are only on the first row of an order."]))]


def _rules(seen: Observations) -> list[dict[str, object]]:
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


def _settings(seen: Observations) -> list[Setting]:
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
            f"{agreeing(overlap.same, 'order', 'is', 'are')} in several files with the same rows, such as in "
            f"{overlap.files[0]} and {overlap.files[1]}: each counts from the newest file; write count if they are "
            "different sales."
        )
    found.append(once)
    found.extend(sales.currency(seen.sample, seen.names, seen.numbers.currency_marks))
    date_range = Setting("dateRange", seen.times.date_range or {"before": 0, "after": 1}, seen.times.range_remarks)
    return [*found, date_range]


def _counts(seen: Observations) -> Setting:
    counts = seen.match.contract.counts
    text = counts.text if counts is not None else ""
    if counts is not None and not counts.names <= {*seen.names}:
        text = text.partition(" and ")[0]
    return Setting("countsWhen", text)


def _describe(document: Document, seen: Observations, flags: Sequence[PropertyDraft]) -> None:
    declared = [flag.physical_name for flag in flags]
    others = [name for name in seen.others if name not in declared]
    files = seen.sample.files
    rows = sum(len(file.rows) for file in files)
    document.head.notes.append(
        f"Drafted from {counted(rows, 'row')} of {counted(len(files), 'file')}; "
        "confirm or correct the lines with CHECK."
    )
    document.head.notes.append("Then: regulars contract check --contract THIS-FILE PATH")
    if seen.match.is_shop:
        document.head.notes.append(f"The files have the columns of {seen.match.contract.name}, so its rules are used.")
    if others:
        document.rest.notes.append(f"Not declared, and kept as received: {', '.join(others)}.")
    document.server_remarks.checks.extend(doubts_about_decimals(seen.sample, seen.numeric, seen.numbers))
    if seen.numbers.ambiguous:
        document.server_remarks.checks.append(
            f"numbers such as {seen.numbers.ambiguous} could have a decimal mark or one of thousands; it is read as "
            f"declared here, decimal {seen.numbers.decimal!r}."
        )
    if seen.totals is not None and seen.totals.is_of_order:
        document.rest.checks.extend(seen.totals.checks)
    document.rest.checks.extend(sales.unusual_codes(seen.sample, seen.names))
    rivals = seen.match.rivals.get("currency", ())
    document.rest.checks.extend(undeclared_currencies(seen.sample, seen.names, others, rivals))
