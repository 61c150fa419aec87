"""Header of a file: columns by name, in any order."""

from dataclasses import dataclass, field
from typing import Final

from app.bronze.columns import declared_columns, is_needed
from app.bronze.missing_columns import describe_missing
from app.bronze.remedies import excerpt, remove_synonym
from app.contract.header_names import header_key
from app.contract.model import Column, SourceContract
from app.errors import BrokenFile

MAX_COLUMNS: Final = 1_000
MAX_HEADER_CHARACTERS: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Header:
    """Meaning of each column of a file, by position.

    Attributes:
        columns: column of bronze, or None.
        extras: name of the extra column, or None; of a declared column that Regulars does not know, its contract name.
        unnamed: number of columns without a name at the end, whose empty cells are ignored and may be missing.
        names: names as given, without those.
    """

    columns: tuple[str | None, ...]
    extras: tuple[str | None, ...]
    unnamed: int = 0
    names: tuple[str, ...] = field(default=(), compare=False)

    @property
    def has_extras(self) -> bool:
        """Whether the file has extra columns, which are stored in rescued_data."""
        return any(self.extras[: len(self.extras) - self.unnamed])


def read_header(names: list[str], source_contract: SourceContract) -> Header:
    """Map the names of a header; raises BrokenFile for a missing or duplicate column, with the header found."""
    if len(names) > MAX_COLUMNS:
        raise BrokenFile(f"the header has {len(names):,} columns; at most {MAX_COLUMNS:,} are allowed; remove others")
    if sum(map(len, names)) > MAX_HEADER_CHARACTERS:  # every row repeats the names of the extra columns
        what = f"the header is longer than {MAX_HEADER_CHARACTERS:,} characters; shorten its names"
        raise BrokenFile(f"{what}: {excerpt(', '.join(names))}")
    declared = declared_columns(source_contract.contract)
    columns: list[str | None] = []
    extras: list[str | None] = []
    found: dict[str, str] = {}
    taken = {column.name for column in source_contract.contract.columns if not column.is_known}
    for place, name in enumerate(names, 1):
        column = declared.get(header_key(name))
        known = column if column is not None and column.name not in found else None
        if known is not None:
            found[known.name] = name
        elif column is not None and is_needed(column):
            raise _repeated(column, found[column.name], name, names)
        columns.append(known.bronze_name if known is not None and known.is_known else None)
        other = name.strip() or f"column_{place}"
        extras.append(None if columns[-1] else known.name if known else _unique(other, taken))
    missing = [column for column in source_contract.contract.columns if is_needed(column) and column.name not in found]
    if missing:
        raise BrokenFile(describe_missing(missing, names, source_contract))
    given = tuple(name.strip().replace("\0", "") for name in names if name.strip())
    return Header(tuple(columns), tuple(extras), _count_unnamed(names, source_contract), given)


def _repeated(column: Column, first: str, second: str, names: list[str]) -> BrokenFile:
    physical = header_key(column.header_names[0])
    if header_key(first) == header_key(second):
        remedy = "rename one of them in the file"
    else:
        remedy = remove_synonym(column.name, (first if header_key(second) == physical else second).strip())
    header = excerpt(", ".join(names))
    return BrokenFile(f"column {column.header_names[0]} is in the header twice: {header}; {remedy}")


def _count_unnamed(names: list[str], source_contract: SourceContract) -> int:
    if not source_contract.dialect.is_empty_last_column_tolerated:
        return 0
    return len(names) - max(place for place, name in enumerate(names, 1) if name.strip())


def _unique(name: str, taken: set[str]) -> str:
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    taken.add(unique)
    return unique
