"""CSV format from the settings: delimiter, decimal mark, encoding and date format; never guessed from the files."""

from dataclasses import dataclass
from typing import Final

from app.settings import Settings
from app.settings.csv_dialect import DateFormat

ISO_DATES: Final = DateFormat("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """CSV format of all files of a source.

    Attributes:
        delimiter: one character.
        decimal: decimal mark, `.` or `,`.
        encoding: name of a Python codec.
        dates: format of InvoiceDate.
        max_bytes: largest allowed file, after decompression.
    """

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    dates: DateFormat = ISO_DATES
    max_bytes: int = 2 * 1024**3

    @property
    def marks(self) -> str:
        """The decimal mark followed by the thousands mark; SQL translates them to `.,`."""
        return ".," if self.decimal == "." else ",."

    @classmethod
    def declared(cls, settings: Settings) -> "CsvFormat":
        """Return the format of the settings."""
        return cls(
            settings.delimiter, settings.decimal, settings.encoding, settings.date_format, settings.max_object_bytes
        )
