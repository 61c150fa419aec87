"""Sources of a contract with their dialects, from its servers."""

import codecs
import re
from collections.abc import Callable
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from app.contract.conditions import Condition, InvalidCondition, parse_condition
from app.contract.document import Entry
from app.contract.fields import Fields, custom_properties, fields_of
from app.contract.header_names import header_key
from app.contract.model import SUFFIXES_OF, Column, Dialect, Escape, FileFormat, FillDown
from app.contract.own_properties import OF_SERVER
from app.contract.problems import Problems, nearest

DELIMITERS: Final = {"comma": ",", "semicolon": ";", "pipe": "|", "tab": "\t", "\\t": "\t"}
NOT_OF_FILES: Final = frozenset(
    ("charmap", "idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
)
"""Python's names of codecs that accept text, but are not an encoding of files, or depend on the machine."""
SPACES: Final = {"space": " ", "nbsp": "\u00a0"}
THOUSANDS: Final = (".", ",", "'", "\u2019", " ", "\u00a0", "\u202f")
TEXT_ONLY: Final = ("quote", "escape", "emptyLastColumn")
NO_SUFFIX_OF: Final[dict[FileFormat, tuple[str, ...]]] = {
    "csv": (".xlsx", ".xls", ".ods", ".json", ".parquet"),
    "xlsx": (".csv", ".tsv", ".txt", ".gz", ".xls", ".ods", ".json", ".parquet"),
}
SUFFIX: Final = re.compile(r"\.[^/\s]+")
MACHINE_ZONES: Final = {"localtime", "Factory"}
"""Names that mean another zone on each machine."""
LAST_HEADER_LINE: Final = 1_000


def read_dialect(server: Entry, columns: tuple[Column, ...], problems: Problems) -> Dialect:
    """Return the dialect of a server; errors are recorded."""
    fields, custom = fields_of(server, problems), custom_properties(server, OF_SERVER, problems)
    kind = fields.word("format", get_args(FileFormat), "csv")
    if kind == "xlsx":
        why = "a workbook has no such thing; remove it, or write format: csv"
        fields.reject(("delimiter", "encoding"), why)
        custom.reject(TEXT_ONLY, why)
    else:
        custom.reject(("sheet",), "only a workbook has sheets; remove it, or write format: xlsx")
    delimiter = _checked(fields, "delimiter", check_delimiter, ",")
    decimal = custom.word("decimal", (".", ","), ".")
    return Dialect(
        format=kind,
        delimiter=delimiter,
        is_delimiter_declared="delimiter" in fields,
        encoding=_checked(fields, "encoding", check_encoding, "utf-8"),
        suffixes=_suffixes(custom, kind),
        decimal=decimal,
        thousands=_thousands(custom, decimal),
        currency_marks=_currency_marks(custom),
        quote=_quote(custom, delimiter),
        escape=custom.word("escape", get_args(Escape), "doubled"),
        header=_header(custom),
        skip_when=_skip_when(custom, columns),
        is_empty_last_column_tolerated=_is_empty_last_column_tolerated(custom),
        null_words=tuple(dict.fromkeys(("", *(custom.texts("nullWords") or ())))),
        fill_down=_fill_down(custom, columns),
        sheet=custom.text("sheet") or None,
        timezone=_timezone(custom),
    )


def check_delimiter(text: str) -> str:
    """Return the delimiter that a text or a word such as `tab` declares; raises ValueError for an unusable one."""
    mark = DELIMITERS.get(text.lower(), text)
    if len(mark) != 1 or mark in '"\r\n\0' or mark.isalnum() or not mark.isascii():
        words = ", ".join(list(DELIMITERS)[:4])
        raise ValueError(f"{text[:20]!r} cannot separate columns; write one character, or {words}")
    return mark


def check_encoding(text: str) -> str:
    """Return Python's name of a text encoding; raises ValueError for an unusable one."""
    try:
        " ".encode(text)  # refuses codecs that are not of text, such as hex, which lookup accepts
        name = codecs.lookup(text).name
    except (LookupError, ValueError):
        name = ""
    if not name or name in NOT_OF_FILES:
        what = "not an encoding of sales files" if name else "not a known encoding"
        raise ValueError(f"{text[:40]!r} is {what}; write for example utf-8, windows-1252 or utf-16")
    return name


def _checked(fields: Fields, key: str, check: Callable[[str], str], default: str) -> str:
    try:
        return check(fields.text(key, default))
    except ValueError as error:
        fields.add(key, f"{error}")
        return default


def _suffixes(custom: Fields, kind: FileFormat) -> tuple[str, ...]:
    declared = custom.texts("suffixes")
    if declared == ():
        custom.add("suffixes", f"the list is empty; write [{', '.join(SUFFIXES_OF[kind])}], or remove the key")
    suffixes = tuple(dict.fromkeys(text.lower() for text in declared or SUFFIXES_OF[kind]))
    for suffix in suffixes:
        if not SUFFIX.fullmatch(suffix):
            custom.add("suffixes", f"{suffix[:20]!r} is not a suffix; write it with its point, for example .csv")
        elif suffix.removesuffix(".zip").endswith(NO_SUFFIX_OF[kind]) and suffix != ".zip":
            custom.add("suffixes", f"{suffix} is not of the format {kind}; remove it, or add a server for it")
    return suffixes


def _thousands(custom: Fields, decimal: str) -> str:
    text = custom.text("thousands")
    mark = SPACES.get(text, text)
    if mark and mark not in THOUSANDS:
        custom.add("thousands", f"{text[:20]!r} is not a thousands separator; write one of . , ' space nbsp")
    elif mark and mark == decimal:
        custom.add(
            "thousands", f"it is the decimal mark too; write decimal: {',' if mark == '.' else '.'}, or remove it"
        )
    return mark


def _currency_marks(custom: Fields) -> tuple[str, ...]:
    marks = custom.texts("currencyMarks") or ()
    for mark in marks:
        if not mark.strip() or any(character in "0123456789.,+-()'" for character in mark):
            custom.add(
                "currencyMarks", f"{mark[:20]!r} cannot be distinguished from a number; write marks such as £ or EUR"
            )
    return tuple(dict.fromkeys(mark.strip() for mark in marks))


def _quote(custom: Fields, delimiter: str) -> str:
    mark = custom.text("quote", '"')
    if len(mark) != 1 or mark.isalnum() or mark.isspace() or not mark.isascii():
        custom.add("quote", f"{mark[:20]!r} cannot quote; write \" or '")
        return '"'
    if mark == delimiter:
        custom.add("quote", f"{mark!r} is the delimiter too; write another one")
    return mark


def _header(custom: Fields) -> int | Literal["first", "search"]:
    entry = custom.entries.get("header")
    if entry is not None and isinstance(entry.value, int):
        return custom.integer("header", 1, 1, LAST_HEADER_LINE) or 1
    words: tuple[Literal["first"], Literal["search"]] = ("first", "search")
    return custom.word("header", words, "first")


def _skip_when(custom: Fields, columns: tuple[Column, ...]) -> Condition | None:
    if "skipWhen" not in custom:
        return None
    names = {name: "string" for column in columns for name in (*column.header_names, column.name)}
    try:
        return parse_condition(custom.text("skipWhen"), names)
    except InvalidCondition as error:
        custom.add("skipWhen", f"{error}")
        return None


def _is_empty_last_column_tolerated(custom: Fields) -> bool:
    return custom.word("emptyLastColumn", ("tolerate", "reject"), "tolerate") == "tolerate"


def _fill_down(custom: Fields, columns: tuple[Column, ...]) -> FillDown | None:
    declared = custom.mapping("fillDown", ("columns", "by"))
    if declared is None:
        return None
    owners = {header_key(name): column.name for column in columns for name in (column.name, *column.header_names)}
    names = declared.texts("columns") or ()
    if not names or "by" not in declared:
        custom.add("fillDown", "both columns and by are needed; write {columns: [Email], by: Name}")
        return None
    by = declared.text("by")
    for key, name in (*(("columns", name) for name in names), ("by", by)):
        if header_key(name) not in owners:
            remedy = f"{nearest(name, dict.fromkeys(owners.values()))}, or declare it as a property"
            declared.add(key, f"no column is called {name[:60]!r}; {remedy}")
    filled = tuple(dict.fromkeys(owners.get(header_key(name), name) for name in names))
    grouped = owners.get(header_key(by), by)
    if grouped in filled:
        declared.add("columns", f"{by!r} groups the rows and is in each of them; remove it from columns")
    return FillDown(filled, grouped)


def _timezone(custom: Fields) -> str:
    name = custom.text("timezone", "UTC")
    zones = available_timezones() - MACHINE_ZONES if "timezone" in custom else {"UTC"}
    if name not in zones:
        custom.add(
            "timezone",
            f"there is no time zone {name[:60]!r}; {nearest(name, sorted(zones), 'write it as Europe/Berlin')}",
        )
        return "UTC"
    return ZoneInfo(name).key if name != "UTC" else name
