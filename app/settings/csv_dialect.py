"""Date format, encoding and delimiter of the files of a source."""

import codecs
import re
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator
from pydantic_settings import NoDecode

WIDTHS: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
POSITION_FIELDS: Final = {
    "%Y": "year_at",
    "%m": "month_at",
    "%d": "day_at",
    "%H": "hour_at",
    "%M": "minute_at",
    "%S": "second_at",
}
DATE_FORMAT_EXAMPLE: Final = "e.g. %d/%m/%Y"


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A declared date format; raises ValueError for a malformed one.

    Dates in formats other than ISO may omit leading zeros, as spreadsheets do: `1/12/2010 8:26` has the shape
    `00/00/0000 00:00`.

    Attributes:
        declared: the format as declared, `%Y-%m-%d`.
        shape: the format with every digit as 0, `0000-00-00`.
        year_at ... second_at: 1-based positions in the shape; None for a part that is not declared.
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
        shape, positions = "", {}
        for part in re.findall(r"%.|[^%]+|%$", self.declared):
            if part.startswith("%"):
                if part not in WIDTHS or part in positions:
                    raise ValueError(
                        f"{self.declared!r}: {part} is unknown or repeated; use each of %Y, %m and %d once, and "
                        f"%H, %M, %S for times, {DATE_FORMAT_EXAMPLE}"
                    )
                positions[part] = len(shape) + 1
                shape += "0" * WIDTHS[part]
            else:
                shape += part
        if not {"%Y", "%m", "%d"} <= positions.keys() or re.search("[0-9]", self.declared):
            raise ValueError(f"{self.declared!r} needs %Y, %m and %d and no digits, {DATE_FORMAT_EXAMPLE}")
        object.__setattr__(self, "shape", shape)
        for directive, name in POSITION_FIELDS.items():
            object.__setattr__(self, name, positions.get(directive))

    @property
    def accepts_unpadded(self) -> bool:
        """Whether leading zeros may be omitted: in all formats except ISO dates."""
        return not self.declared.startswith("%Y-%m-%d")

    def __str__(self) -> str:
        return self.declared


def check_encoding(text: str) -> str:
    """Return Python's name of a text encoding; raises ValueError."""
    try:
        " ".encode(text)  # refuses codecs that are not of text, such as hex, which lookup accepts
        return codecs.lookup(text).name
    except (LookupError, ValueError):
        raise ValueError(f"{text!r} is not an encoding known to Python; write e.g. utf-8 or windows-1252") from None


def check_delimiter(text: str) -> str:
    """Return a delimiter of one character; raises ValueError for an unusable one."""
    if len(text) != 1 or text in '"\r\n\0' or text.isalnum() or not text.isascii():
        raise ValueError(f"{text!r} cannot separate columns; use one of , ; | or a tab")
    return text


def _parse_dates(value: object) -> DateFormat:
    return value if isinstance(value, DateFormat) else DateFormat(str(value))


DateFormatSetting = Annotated[DateFormat, NoDecode, PlainValidator(_parse_dates), PlainSerializer(str)]
Encoding = Annotated[str, AfterValidator(check_encoding)]
Delimiter = Annotated[str, AfterValidator(check_delimiter)]
Decimal = Annotated[str, Field(pattern=r"^[.,]$")]
