"""Header of a file: columns by name, in any order."""

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
REQUIRED = {
    "invoice": "Invoice",
    "stock_code": "StockCode",
    "quantity": "Quantity",
    "price": "Price",
    "customer_id": "Customer ID",
    "invoice_date": "InvoiceDate",
}
MOST_COLUMNS = 1_000
LONGEST_HEADER = 64 * 1024
SHOWN = 200
OTHER_DELIMITERS = ";\t|,"


@dataclass(frozen=True, slots=True)
class Header:
    """Columns of a row by position.

    Attributes:
        columns: column of bronze, or None.
        extras: name of the extra column, or None.
    """

    columns: tuple[str | None, ...]
    extras: tuple[str | None, ...]

    @property
    def has_extras(self) -> bool:
        """Whether rows have values for rescued_data."""
        return any(self.extras)


def read_header(names: list[str], delimiter: str) -> Header:
    """Map the names of a header; raises BrokenFile for a missing or duplicate column, with the header found."""
    if len(names) > MOST_COLUMNS:
        raise BrokenFile(f"the header has {len(names):,} columns; at most {MOST_COLUMNS:,} are allowed")
    if sum(map(len, names)) > LONGEST_HEADER:  # every row repeats the names of the extra columns
        raise BrokenFile(f"the header is longer than {LONGEST_HEADER:,} characters: {_shown(names)}")
    columns: list[str | None] = []
    extras: list[str | None] = []
    taken: set[str] = set()
    for place, name in enumerate(names, 1):
        column = COLUMN_OF.get(re.sub(r"[\s_]", "", name).lower())
        if column in columns and column in REQUIRED:
            raise BrokenFile(f"column {REQUIRED[column]} is in the header twice: {_shown(names)}")
        known = column is not None and column not in columns
        columns.append(column if known else None)
        extras.append(None if known else _free(name.strip() or f"column_{place}", taken))
    missing = [shown for column, shown in REQUIRED.items() if column not in columns]
    if missing:
        raise BrokenFile(
            f"column {', '.join(missing)} is missing; the header is: {_shown(names)}"
            f"{_hint(delimiter.join(names), delimiter)}"
        )
    return Header(tuple(columns), tuple(extras))


def unsplit(line: bytes, delimiter: str) -> BrokenFile:
    """Return the error for a header line that is not a CSV record; it shows the line."""
    text = line.strip().decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    hint = _hint(text, delimiter)
    return BrokenFile(
        f"the header line is not CSV in the declared encoding, see REGULARS_ENCODING: {_shown([text])}{hint}"
    )


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    taken.add(free)
    return free


def _shown(names: list[str]) -> str:
    shown = ", ".join(names)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]} …"


def _hint(line: str, delimiter: str) -> str:
    likely = max(OTHER_DELIMITERS, key=line.count)
    if likely == delimiter or line.count(likely) < len(REQUIRED) - 1:
        return ""
    shown = "a tab" if likely == "\t" else repr(likely)
    return f"; it looks delimited by {shown}: set REGULARS_DELIMITER to {shown} (and REGULARS_DECIMAL) if it is"
