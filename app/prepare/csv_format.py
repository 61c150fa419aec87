"""Declared CSV format: delimiter, decimal mark, encoding and date format; never guessed from the files."""

from dataclasses import dataclass
from typing import Final

from app.settings import Settings
from app.settings.csv_dialect import DateFormat

ISO: Final = DateFormat("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Format of every file of a source; max_bytes: largest file after decompression."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    dates: DateFormat = ISO
    max_bytes: int = 2 * 1024**3

    @property
    def marks(self) -> str:
        """The decimal mark and the thousands mark, which SQL translates to `.,`."""
        return ".," if self.decimal == "." else ",."

    @classmethod
    def declared(cls, settings: Settings) -> "CsvFormat":
        """Return the format that the settings declare."""
        return cls(
            settings.delimiter, settings.decimal, settings.encoding, settings.date_format, settings.max_object_bytes
        )
