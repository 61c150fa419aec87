"""Header of a CSV file: columns by name, in any order."""

import re
from dataclasses import dataclass

from app.errors import BrokenFile

COLUMN_OF = {
    "invoice": "invoice",
    "invoiceno": "invoice",
    "stockcode": "stock_code",
    "description": "description",
    "quantity": "quantity",
    "price": "price",
    "unitprice": "price",
    "customerid": "customer_id",
    "country": "country",
    "invoicedate": "invoice_date",
}
REQUIRED_COLUMNS = {
    "invoice": "Invoice",
    "stock_code": "StockCode",
    "quantity": "Quantity",
    "price": "Price",
    "customer_id": "Customer ID",
    "invoice_date": "InvoiceDate",
}
MAX_COLUMNS = 1_000
MAX_HEADER_CHARACTERS = 64 * 1024
MAX_CHARACTERS_SHOWN = 200
OTHER_DELIMITERS = ";\t|,"


@dataclass(frozen=True, slots=True)
class Header:
    """Meaning of each column of a file, by position.

    Attributes:
        columns: column of bronze; None for an extra column.
        extras: name of the extra column; None for a column of bronze.
    """

    columns: tuple[str | None, ...]
    extras: tuple[str | None, ...]

    @property
    def has_extras(self) -> bool:
        """Whether the file has extra columns, which are stored in rescued_data."""
        return any(self.extras)


def read_header(names: list[str], delimiter: str) -> Header:
    """Map the column names of a header; raises BrokenFile for a missing or duplicate column."""
    if len(names) > MAX_COLUMNS:
        raise BrokenFile(f"the header has {len(names):,} columns; at most {MAX_COLUMNS:,} are allowed")
    if sum(map(len, names)) > MAX_HEADER_CHARACTERS:  # every row repeats the names of the extra columns
        raise BrokenFile(f"the header is longer than {MAX_HEADER_CHARACTERS:,} characters: {_shown(names)}")
    columns: list[str | None] = []
    extras: list[str | None] = []
    taken: set[str] = set()
    for position, name in enumerate(names, 1):
        column = COLUMN_OF.get(re.sub(r"[\s_]", "", name).lower())
        if column in columns and column in REQUIRED_COLUMNS:
            raise BrokenFile(f"column {REQUIRED_COLUMNS[column]} is in the header twice: {_shown(names)}")
        known = column is not None and column not in columns
        columns.append(column if known else None)
        extras.append(None if known else _unique(name.strip() or f"column_{position}", taken))
    missing = [shown for column, shown in REQUIRED_COLUMNS.items() if column not in columns]
    if missing:
        raise BrokenFile(
            f"column {', '.join(missing)} is missing; the header is: {_shown(names)}"
            f"{_hint(delimiter.join(names), delimiter)}"
        )
    return Header(tuple(columns), tuple(extras))


def invalid_header_line(line: bytes, delimiter: str) -> BrokenFile:
    """Return the error for a header line that is not a CSV record; the message quotes the line."""
    text = line.strip().decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    hint = _hint(text, delimiter)
    return BrokenFile(
        f"the header line is not CSV in the declared encoding, see REGULARS_ENCODING: {_shown([text])}{hint}"
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


def _hint(line: str, delimiter: str) -> str:
    probable = max(OTHER_DELIMITERS, key=line.count)
    if probable == delimiter or line.count(probable) < len(REQUIRED_COLUMNS) - 1:
        return ""
    shown = "a tab" if probable == "\t" else repr(probable)
    return f"; it looks delimited by {shown}: set REGULARS_DELIMITER to {shown} (and REGULARS_DECIMAL) if it is"
