"""What is declared about the files of a source; nothing here is ever guessed from the files."""

from dataclasses import dataclass
from typing import Final

from app.settings import Settings
from app.settings.csv_dialect import DateFormat

ISO: Final = DateFormat("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Delimiter, decimal mark, encoding and date format of every file of a source."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    dates: DateFormat = ISO
    max_bytes: int = 2 * 1024**3

    @property
    def marks(self) -> str:
        """The decimal mark, then the other: what SQL translates to `.,`."""
        return ".," if self.decimal == "." else ",."

    @classmethod
    def declared(cls, settings: Settings) -> "CsvFormat":
        """Return the format that the settings declare."""
        return cls(
            settings.delimiter, settings.decimal, settings.encoding, settings.date_format, settings.max_object_bytes
        )
