"""Declared CSV format: delimiter, decimal mark, encoding and date format; never guessed from the files."""

import codecs
import re
from dataclasses import dataclass, field

from app.errors import Misconfigured
from app.settings import Settings

WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
PLACES = {
    "%Y": "year_at",
    "%m": "month_at",
    "%d": "day_at",
    "%H": "hour_at",
    "%M": "minute_at",
    "%S": "second_at",
}


@dataclass(frozen=True, slots=True)
class DateFormat:
    """Declared date format, as the shape and positions that SQL compares.

    Formats other than ISO may omit leading zeros, as spreadsheets do: `1/12/2010 8:26` has the shape
    `00/00/0000 00:00`.

    Attributes:
        declared: the format in strftime notation.
        shape: the format with every digit as 0, `0000-00-00`.
        year_at, month_at, day_at, hour_at, minute_at, second_at: 1-based positions; None if not declared.
    """

    declared: str
    shape: str = field(init=False)
    year_at: int = field(init=False)
    month_at: int = field(init=False)
    day_at: int = field(init=False)
    hour_at: int | None = field(init=False)
    minute_at: int | None = field(init=False)
    second_at: int | None = field(init=False)

    def __post_init__(self) -> None:
        shape, places = "", {}
        for part in re.findall(r"%.|[^%]+|%$", self.declared):
            if part.startswith("%"):
                if part not in WIDTHS or part in places:
                    raise Misconfigured(
                        f"REGULARS_DATE_FORMAT {self.declared!r}: {part} is unknown or doubled; "
                        "use each of %Y, %m and %d once, and %H, %M, %S for times, e.g. %d/%m/%Y"
                    )
                places[part] = len(shape) + 1
                shape += "0" * WIDTHS[part]
            else:
                shape += part
        if not {"%Y", "%m", "%d"} <= places.keys() or re.search("[0-9]", self.declared):
            raise Misconfigured(
                f"REGULARS_DATE_FORMAT {self.declared!r} needs %Y, %m and %d and no digits, e.g. %d/%m/%Y"
            )
        object.__setattr__(self, "shape", shape)
        for directive, name in PLACES.items():
            object.__setattr__(self, name, places.get(directive))

    @property
    def pads(self) -> bool:
        """Whether a leading zero is added to single digits: in all formats but ISO."""
        return not self.declared.startswith("%Y-%m-%d")


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """Format of every file of a source; max_bytes: largest file after decompression."""

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    dates: DateFormat = DateFormat("%Y-%m-%d")
    max_bytes: int = 2 * 1024**3

    @property
    def marks(self) -> str:
        """The decimal mark and the thousands mark, which SQL translates to `.,`."""
        return ".," if self.decimal == "." else ",."

    @classmethod
    def declared(cls, settings: Settings) -> "CsvFormat":
        """Return the format of the settings; raises Misconfigured for an invalid encoding, delimiter or date format."""
        try:
            " ".encode(settings.encoding)  # rejects codecs that are not of text, such as hex, which lookup accepts
            encoding = codecs.lookup(settings.encoding).name
        except (LookupError, ValueError):
            raise Misconfigured(f"REGULARS_ENCODING {settings.encoding!r} is not an encoding of Python") from None
        if settings.delimiter in '"\r\n\0' or settings.delimiter.isalnum() or not settings.delimiter.isascii():
            raise Misconfigured(
                f"REGULARS_DELIMITER {settings.delimiter!r} cannot separate columns; use , ; | or a tab"
            )
        dates = DateFormat(settings.date_format)
        return cls(settings.delimiter, settings.decimal, encoding, dates, settings.max_object_bytes)
