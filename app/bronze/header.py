"""Header of a CSV file: columns by name, in any order."""

from dataclasses import dataclass

from app.contract.header_names import header_key
from app.contract.model import ALWAYS_NEEDED, Column, SourceContract
from app.errors import BrokenFile

MAX_COLUMNS = 1_000
MAX_HEADER_CHARACTERS = 64 * 1024
MAX_CHARACTERS_SHOWN = 200
OTHER_DELIMITERS = ";\t|,"
FEWEST_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Header:
    """Meaning of each column of a file, by position.

    Attributes:
        columns: column of bronze, or None.
        extras: name of the extra column, or None; of a declared column that Regulars does not know, its name in the contract.
    """

    columns: tuple[str | None, ...]
    extras: tuple[str | None, ...]

    @property
    def has_extras(self) -> bool:
        """Whether the file has extra columns, which are stored in rescued_data."""
        return any(self.extras)


def read_header(names: list[str], rules: SourceContract) -> Header:
    """Map the names of a header; raises BrokenFile for a missing or duplicate column, with the header found."""
    if len(names) > MAX_COLUMNS:
        raise BrokenFile(f"the header has {len(names):,} columns; at most {MAX_COLUMNS:,} are allowed")
    if sum(map(len, names)) > MAX_HEADER_CHARACTERS:  # every row repeats the names of the extra columns
        raise BrokenFile(f"the header is longer than {MAX_HEADER_CHARACTERS:,} characters: {_shown(names)}")
    declared = {header_key(name): column for column in rules.contract.columns for name in column.header_names}
    columns: list[str | None] = []
    extras: list[str | None] = []
    found: set[str] = set()
    taken = {column.name for column in rules.contract.columns if not column.is_known}
    for place, name in enumerate(names, 1):
        column = declared.get(header_key(name))
        if column is not None and column.name in found and is_needed(column):
            raise BrokenFile(f"column {column.header_names[0]} is in the header twice: {_shown(names)}")
        is_new = column is not None and column.name not in found
        known = column if is_new else None
        found.update([known.name] if known else [])
        columns.append(known.bronze_name if known is not None and known.is_known else None)
        other = name.strip() or f"column_{place}"
        extras.append(None if columns[-1] else known.name if known else _unique(other, taken))
    _check_complete(names, found, rules)
    return Header(tuple(columns), tuple(extras))


def is_needed(column: Column) -> bool:
    """Return whether a file without the column is refused: it is required, or decides who bought."""
    return column.is_required or column.name in ALWAYS_NEEDED


def _check_complete(names: list[str], found: set[str], rules: SourceContract) -> None:
    columns, delimiter = rules.contract.columns, rules.dialect.delimiter
    missing = [column.header_names[0] for column in columns if is_needed(column) and column.name not in found]
    if missing:
        hint = _hint(delimiter.join(names), delimiter, len(columns))
        raise BrokenFile(
            f"column {', '.join(missing)} is missing; the header is: {_shown(names)}{hint}; declare another name of the "
            "column as a synonym in the contract"
        )


def invalid_header_line(line: bytes, rules: SourceContract) -> BrokenFile:
    """Return the error for a header line that is not a CSV record; it shows the line."""
    text = line.strip().decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    hint = _hint(text, rules.dialect.delimiter, len(rules.contract.columns))
    return BrokenFile(
        f"the header line is not CSV in the encoding {rules.dialect.encoding}; declare `encoding` of the server in the "
        f"contract if it is another: {_shown([text])}{hint}"
    )


def _unique(name: str, taken: set[str]) -> str:
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique


def _shown(names: list[str]) -> str:
    shown = ", ".join(names)
    return shown if len(shown) <= MAX_CHARACTERS_SHOWN else f"{shown[:MAX_CHARACTERS_SHOWN]} …"


def _hint(line: str, delimiter: str, columns: int) -> str:
    likely = max(OTHER_DELIMITERS, key=line.count)
    if likely == delimiter or line.count(likely) < min(columns, FEWEST_COLUMNS) - 1:
        return ""
    shown = "a tab" if likely == "\t" else repr(likely)
    return (
        f"; it looks delimited by {shown}: declare `delimiter` (and `decimal`) of the server in the contract if it is"
    )
