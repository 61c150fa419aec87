"""Columns of a contract, from the properties of its schema."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, get_args

from app.contract.conditions_patterns import check_regular_expression
from app.contract.dates import DateFormat, check_unambiguous
from app.contract.document import Entry
from app.contract.fields import Fields, custom_properties, fields_of
from app.contract.header_names import UNDECIDED, header_key
from app.contract.model import ALWAYS_NEEDED, KNOWN_COLUMNS, Case, Column, ColumnType
from app.contract.own_properties import OF_COLUMN
from app.contract.problems import Problems, nearest

ISO_DATES: Final = "%Y-%m-%d"
NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,49}")
"""Names of a statement begin with more, `raw_`, and PostgreSQL cuts them after 63 characters."""
MAX_VALUE_LENGTH: Final = 100_000
MAX_FORMAT_LENGTH: Final = 100
PERSONAL: Final = "personal"
NEEDED_VALUES: Final = ("invoice_no", "invoice_date")
MONEY: Final = ("quantity", "unit_price")
"""Columns whose product is the total of a row without line_total."""
LENGTHS: Final = ("minLength", "maxLength", "pattern")
LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
OPTIONS: Final[dict[ColumnType, tuple[str, ...]]] = {
    "string": LENGTHS,
    "integer": LIMITS,
    "number": LIMITS,
    "date": ("format",),
    "boolean": (),
}
ALL_OPTIONS: Final = (*LENGTHS, *LIMITS, "format")
LOGICAL_TYPES: Final[dict[str, ColumnType]] = {**{word: word for word in get_args(ColumnType)}, "timestamp": "date"}
"""A time becomes its day, in the zone of the source."""
TYPES_OF: Final[dict[str, tuple[ColumnType, ...]]] = {
    "invoice_date": ("date",),
    "quantity": ("integer", "number"),
    "unit_price": ("number",),
    "line_total": ("number",),
}
"""Types of the columns that Regulars knows, the default first; the others are strings."""
RESERVED: Final = frozenset(
    (
        "attributes",
        "day_of_week",
        "file_id",
        "ingestion_timestamp",
        "is_cancellation",
        "line_no",
        "month",
        "processing_date",
        "source_file",
        "surrogate_key",
        "total_price",
        "year",
    )
)
"""Columns of the silver layer that follow from others."""
UNCHECKED: Final = ("unique", "quality", "properties", "items", "map", "partitioned", "relationships", "encryptedName")


@dataclass(frozen=True, slots=True)
class PlacedColumn:
    """A column and the property that declares it."""

    column: Column
    entry: Entry


def read_columns(schema: Entry, problems: Problems) -> tuple[Column, ...]:
    """Return the columns of a schema in their order; errors are recorded."""
    listed = schema.fields.get("properties")
    entries = listed.items if listed else []
    declared = frozenset(entry.fields["name"].text or "" for entry in entries if "name" in entry.fields)
    placed = [
        PlacedColumn(_column(entry, problems, declared), entry) for entry in entries if isinstance(entry.value, dict)
    ]
    place = listed or Entry(schema.line, f"{schema.key}.properties", {})
    _check_needed([one.column.name for one in placed], place, problems)
    _check_names(placed, problems)
    _check_header_names(placed, problems)
    return tuple(one.column for one in placed)


def _column(entry: Entry, problems: Problems, declared: frozenset[str]) -> Column:
    fields = fields_of(entry, problems)
    custom = custom_properties(entry, OF_COLUMN, problems)
    name = fields.text("name")
    kind = _type(name, fields)
    fields.reject(UNCHECKED, "Regulars does not check this for a column; remove it, or write a rule in schema.quality")
    options = fields.mapping("logicalTypeOptions", ALL_OPTIONS) or Fields(entry.line, entry.key, {}, problems)
    allowed = OPTIONS[kind]
    options.reject(
        [option for option in ALL_OPTIONS if option not in allowed],
        f"a column of type {kind} has no such option; {_options(kind)}",
    )
    if kind != "string":
        texts_only = [option for option in OF_COLUMN if option in custom]
        custom.reject(texts_only, f"only a column of type string has this; remove it, {kind} values are trimmed anyway")
    min_length, max_length = _lengths(options)
    is_identifier = custom.flag("identifier", default=False)
    if is_identifier and name in KNOWN_COLUMNS:
        custom.add("identifier", f"customers are not looked up by {name}; remove it, or declare another column")
    return Column(
        name=name,
        header_names=_header_names(fields, name),
        type=kind,
        is_required=_is_required(name, fields, declared),
        enum=_enum(fields, kind),
        formats=_formats(kind, options),
        trim=custom.flag("trim", default=name == "customer_id"),
        case=custom.word("case", get_args(Case), "keep"),
        strip_decimal=custom.flag("stripDecimal", default=False),
        strip_leading_zeros=custom.flag("stripLeadingZeros", default=False),
        placeholders=custom.texts("placeholders") or (),
        is_identifier=is_identifier,
        is_personal=name == "customer_id" or is_identifier or fields.text("classification") == PERSONAL,
        description=fields.text("description"),
        min_length=min_length,
        max_length=max_length,
        pattern=_pattern(options),
        **_limits(options, kind),
    )


def _options(kind: ColumnType) -> str:
    return f"use {', '.join(OPTIONS[kind])}" if OPTIONS[kind] else "remove it"


def _type(name: str, fields: Fields) -> ColumnType:
    types = TYPES_OF.get(name) or (("string",) if name in KNOWN_COLUMNS else get_args(ColumnType))
    default = next(word for word, kind in LOGICAL_TYPES.items() if kind == types[0])
    kind = LOGICAL_TYPES[fields.word("logicalType", LOGICAL_TYPES.keys(), default)]
    if kind not in types:
        fields.add("logicalType", f"{name} cannot be of type {kind}; write {' or '.join(types)}")
        return types[0]
    return kind


def _is_required(name: str, fields: Fields, declared: frozenset[str]) -> bool:
    needed = name in NEEDED_VALUES or name in _needed_money(declared)
    required = fields.flag("required", default=needed)
    if needed and not required:
        fields.add("required", f"a sale always needs its {name}; write required: true")
    return required or needed


def _needed_money(declared: frozenset[str]) -> frozenset[str]:
    """Columns without which no row has a total; none if rows may have either line_total or the others."""
    if declared >= {*MONEY, "line_total"}:
        return frozenset()
    return frozenset(("line_total",)) if "line_total" in declared else frozenset(MONEY)


def _header_names(fields: Fields, name: str) -> tuple[str, ...]:
    synonyms = fields.entries.get("synonyms")
    names = [fields.text("physicalName", name)]
    for item in (item for item in synonyms.items if item.fields) if synonyms else ():
        inner = fields_of(item, fields.problems)
        names.append(inner.text("synonym"))
        if not header_key(names[-1]):
            inner.add("synonym", "the name is missing; write - {synonym: NAME}")
    if not header_key(names[0]):
        fields.add("physicalName", "the name is empty; write the name in the file's header")
    elif names[0] == UNDECIDED:
        line = fields.entries["physicalName"].line
        fields.add(
            "physicalName",
            f"{UNDECIDED} of {name}, line {line}, is not replaced yet; write the column's name in the file's header",
        )
    return tuple(dict.fromkeys(names))


def _enum(fields: Fields, kind: ColumnType) -> tuple[str, ...]:
    entry = fields.entries.get("enum")
    if entry is None:
        return ()
    if kind != "string":
        fields.add("enum", f"only a column of type string has this, not {kind}; write a rule in schema.quality instead")
        return ()
    values = [fields_of(item, fields.problems).text("value") for item in entry.items if item.fields]
    if not entry.items or len(set(values)) < len(values):
        fields.add("enum", "the list is empty or repeats a value; list each allowed value once")
    return tuple(values)


def _formats(kind: ColumnType, options: Fields) -> tuple[DateFormat, ...]:
    if kind != "date":
        return ()
    texts = options.texts("format")
    if texts is not None and not texts:
        options.add("format", f"the list is empty; write at least one format, for example {ISO_DATES}")
    formats = []
    for text in texts or (ISO_DATES,):
        if len(text) > MAX_FORMAT_LENGTH:
            options.add("format", f"a format has at most {MAX_FORMAT_LENGTH} characters; shorten it")
            continue
        try:
            formats.append(DateFormat(text))
        except ValueError as error:
            options.add("format", f"{error}")
    if len(formats) > 1:
        try:
            check_unambiguous(tuple(formats))
        except ValueError as error:
            options.add("format", f"{error}")
    return tuple(formats)


def _lengths(options: Fields) -> tuple[int | None, int | None]:
    least, most = (options.integer(name, None, 0, MAX_VALUE_LENGTH) for name in ("minLength", "maxLength"))
    if least is not None and most is not None and least > most:
        options.add("maxLength", f"it is less than minLength, {least}; no text can have both")
    return least, most


def _pattern(options: Fields) -> str | None:
    if "pattern" not in options:
        return None
    pattern = options.text("pattern")
    try:
        check_regular_expression(pattern)
    except ValueError as error:
        options.add("pattern", f"{error}; write for example [A-Z]{{2}}-[0-9]+")
    return pattern


def _limits(options: Fields, kind: ColumnType) -> dict[str, str | None]:
    if kind not in {"integer", "number"}:
        return {}
    low, high, above, below = (options.number(name) for name in LIMITS)
    lows = [Decimal(limit) for limit in (low, above) if limit is not None]
    highs = [Decimal(limit) for limit in (high, below) if limit is not None]
    if lows and highs:
        is_open = above is not None or below is not None
        if max(lows) > min(highs) or (is_open and max(lows) == min(highs)):
            options.add(
                next(name for name in reversed(LIMITS) if name in options), "no number meets all limits; correct one"
            )
    return {"minimum": low, "maximum": high, "exclusive_minimum": above, "exclusive_maximum": below}


def _check_needed(names: list[str], place: Entry, problems: Problems) -> None:
    missing = [name for name in ALWAYS_NEEDED if name not in names]
    if "line_total" not in names:
        missing += [name for name in MONEY if name not in names]
    for name in missing:
        others = [other for other in names if other not in KNOWN_COLUMNS]
        close = nearest(name, others) if others else ""
        hint = (
            f"{close.removesuffix('?')}, which is to be called {name}?"
            if close.startswith("did")
            else f"add - {{name: {name}, physicalName: …}}"
        )
        instead = ", or line_total in place of quantity and unit_price" if name in MONEY else ""
        problems.add(place.line, f"{place.key}.{name}", f"the column is missing; {hint}{instead}")


def _check_names(placed: list[PlacedColumn], problems: Problems) -> None:
    seen: set[str] = set()
    for one in placed:
        name = one.column.name
        if not NAME.fullmatch(name):
            problems.add(
                one.entry.line, one.entry.key, f"{name[:80]!r} is not a column name; use at most 50 of a-z, 0-9 and _"
            )
        elif name in RESERVED:
            problems.add(
                one.entry.line, one.entry.key, f"{name} is a column that Regulars works out; choose another name"
            )
        elif name in seen:
            problems.add(one.entry.line, one.entry.key, "the column is declared twice; keep one of them")
        seen.add(name)


def _check_header_names(placed: list[PlacedColumn], problems: Problems) -> None:
    owners: dict[str, Column] = {}
    for one, name in _names(placed):
        owner = owners.setdefault(header_key(name), one.column)
        if name != UNDECIDED and owner.name != one.column.name:
            what = f"the header name {name!r} also belongs to {owner.name}; names compare without case, spaces and _"
            problems.add(one.entry.line, one.entry.key, f"{what}; give it to one of them")


def _names(placed: list[PlacedColumn]) -> Iterator[tuple[PlacedColumn, str]]:
    for one in placed:
        for name in one.column.header_names:
            yield one, name
