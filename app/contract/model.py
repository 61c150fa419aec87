"""A data contract as Regulars uses it: sources with their dialects, columns, row rules, business rules."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, get_args

from app.contract.conditions import Condition
from app.contract.dates import DateFormat

ColumnType = Literal["string", "integer", "number", "date", "boolean"]
Case = Literal["keep", "lower", "upper"]
Severity = Literal["error", "warning", "critical"]
Returns = Literal["exclude", "net"]
Overlap = Literal["warn", "once", "count"]
Escape = Literal["doubled", "backslash"]
FileFormat = Literal["csv", "xlsx"]
KnownColumn = Literal[
    "invoice_no",
    "invoice_date",
    "customer_id",
    "quantity",
    "unit_price",
    "line_total",
    "stock_code",
    "description",
    "country",
    "currency",
    "status",
]
KNOWN_COLUMNS: Final[tuple[KnownColumn, ...]] = get_args(KnownColumn)
BRONZE_NAMES: Final = {"invoice_no": "invoice", "unit_price": "price"}
"""Columns that bronze names after the header of the default contract."""
ALWAYS_NEEDED: Final[tuple[KnownColumn, ...]] = ("invoice_no", "invoice_date", "customer_id")
DEFAULT_SUFFIXES: Final = (".csv", ".csv.gz")
SUFFIXES_OF: Final[dict[FileFormat, tuple[str, ...]]] = {"csv": DEFAULT_SUFFIXES, "xlsx": (".xlsx",)}
ARCHIVE: Final = ".zip"


@dataclass(frozen=True, slots=True)
class FillDown:
    """Columns whose value is only on the first row of a group, and the column that groups the rows.

    Attributes:
        columns, by: names of declared columns.
    """

    columns: tuple[str, ...]
    by: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the files of one source are written.

    Attributes:
        header: `first` line that is not blank, `search` in the first 20 lines, or a line number from 1.
        skip_when: condition for rows that are not sales, on the columns as received; None if every row is a sale.
        is_delimiter_declared: whether the contract names the delimiter; only otherwise a `sep=` line may.
        timezone: name of the zone in which the time of a sale becomes its day.
        sheet: name of the sheet of a workbook; None for the first.
    """

    format: FileFormat = "csv"
    delimiter: str = ","
    is_delimiter_declared: bool = False
    encoding: str = "utf-8"
    suffixes: tuple[str, ...] = DEFAULT_SUFFIXES
    decimal: str = "."
    thousands: str = ""
    currency_marks: tuple[str, ...] = ()
    quote: str = '"'
    escape: Escape = "doubled"
    header: Literal["first", "search"] | int = "first"
    skip_when: Condition | None = None
    is_empty_last_column_tolerated: bool = True
    null_words: tuple[str, ...] = ("",)
    fill_down: FillDown | None = None
    sheet: str | None = None
    timezone: str = "UTC"

    @property
    def member_suffixes(self) -> tuple[str, ...]:
        """Suffixes of the files in an archive: the declared ones except archives, or the defaults of the format."""
        return tuple(each for each in self.suffixes if not each.endswith(ARCHIVE)) or SUFFIXES_OF[self.format]


@dataclass(frozen=True, slots=True)
class Server:
    """One source of sales files.

    Attributes:
        name: logical name of the source in the ledger.
        location: `s3://bucket/prefix` or a folder; None: REGULARS_SOURCE.
    """

    name: str
    location: str | None = None
    dialect: Dialect = field(default_factory=Dialect)


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column.

    Attributes:
        name: name in silver, or in `attributes` for a column without a column in silver.
        header_names: physical name and synonyms, as they are written in the contract.
        trim, case, strip_decimal, strip_leading_zeros: normalisation of the text, in this order.
        placeholders: values that mean that there is none, such as `Guest`; compared after normalisation.
        minimum, maximum, exclusive_minimum, exclusive_maximum: limits of numbers, as written.
        formats: date formats, tried in order.
        is_identifier: whether customers can be looked up by this column.
    """

    name: str
    header_names: tuple[str, ...]
    type: ColumnType = "string"
    is_required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    exclusive_minimum: str | None = None
    exclusive_maximum: str | None = None
    enum: tuple[str, ...] = ()
    formats: tuple[DateFormat, ...] = ()
    trim: bool = False
    case: Case = "keep"
    strip_decimal: bool = False
    strip_leading_zeros: bool = False
    placeholders: tuple[str, ...] = ()
    is_identifier: bool = False
    is_personal: bool = False
    description: str = ""

    @property
    def is_known(self) -> bool:
        """Whether the column has a meaning for Regulars; others are kept in `attributes`."""
        return self.name in KNOWN_COLUMNS

    @property
    def bronze_name(self) -> str:
        """Name in bronze: of the column, or in `rescued_data`."""
        return BRONZE_NAMES.get(self.name, self.name)


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition that every row has to meet, of the contract's `quality` section.

    Attributes:
        severity: `error` quarantines the row, `warning` counts it, `critical` rejects the file.
    """

    name: str
    condition: Condition
    severity: Severity = "error"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """Value of one unit of a currency in the contract's currency, from a day on."""

    day: date
    code: str
    rate: str


@dataclass(frozen=True, slots=True)
class Currency:
    """Currency of all money; rows of other currencies are converted by rates, or quarantined without."""

    code: str
    rates: tuple[Rate, ...] = field(default=(), hash=False)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Plausible days of a sale.

    Attributes:
        before, after: days around the date in the object's key.
        start: first plausible day where the key has no date.
        days_ahead: days after today that are plausible where the key has no date.
    """

    before: int = 0
    after: int = 1
    start: date = date(2000, 1, 1)
    days_ahead: int = 1


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a day's file is expected.

    Attributes:
        every_days: days between two files.
        until: time of the day (HH:MM, in the source's zone) by which it has to be there; None: the end of the day.
        weekdays: days of the week with a file, Monday = 1.
    """

    every_days: int = 1
    until: str | None = None
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Contract:
    """A data contract.

    Attributes:
        sha256: hash of all keys that affect the reading, validation and counting of rows.
        text: the YAML document.
        cancellation: rows that cancel a sale; counts: rows that count towards their customer; None: none, all.
        date_range: None if every day is plausible.
        arrival: None if no frequency is declared.
    """

    id: str
    name: str
    version: str
    servers: tuple[Server, ...]
    columns: tuple[Column, ...]
    rules: tuple[RowRule, ...] = ()
    cancellation: Condition | None = None
    counts: Condition | None = None
    returns: Returns = "exclude"
    currency: Currency | None = None
    overlap: Overlap = "warn"
    date_range: DateRange | None = field(default_factory=DateRange)
    arrival: Arrival | None = None
    sha256: str = ""
    text: str = field(default="", repr=False)

    def column(self, name: str) -> Column | None:
        """Return a declared column by its name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def customer(self) -> Column:
        """Column of the customer's id, which every contract declares."""
        return next(column for column in self.columns if column.name == "customer_id")

    @property
    def rates(self) -> tuple[Rate, ...]:
        """Rates by which rows of other currencies are converted; none unless rows have a currency."""
        return self.currency.rates if self.currency is not None and self.column("currency") is not None else ()

    @property
    def identifiers(self) -> tuple[Column, ...]:
        """Columns by which customers can be looked up, beside the id."""
        return tuple(column for column in self.columns if column.is_identifier)


@dataclass(frozen=True, slots=True)
class SourceContract:
    """A contract as it applies to the files of one of its servers.

    Attributes:
        max_bytes: largest file after decompression.
        max_rows: rows that are read of each file, the first ones; None: all.
    """

    contract: Contract
    server: Server
    max_bytes: int = 2 * 1024**3
    max_rows: int | None = None

    @property
    def dialect(self) -> Dialect:
        """Dialect of the files."""
        return self.server.dialect
