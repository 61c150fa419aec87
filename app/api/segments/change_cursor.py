"""Cursors of the change feed, with a fingerprint that detects a restored database."""

from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field
from sqlalchemy import BigInteger, ColumnElement, Text, cast, exists, extract, func, literal, select, true

from app.segments.tables import customer_change

PATTERN: Final = r"^[0-9]{1,15}(-[0-9a-f]{1,16})?$"
FIRST_CURSOR: Final = "0"
MICROSECONDS: Final = 1_000_000
CursorText = Annotated[str, Field(pattern=PATTERN)]
c = customer_change.c

cursor_of_entry: Final[ColumnElement[str]] = (
    cast(c.change_id, Text)
    .concat("-")
    .concat(func.to_hex(cast(extract("epoch", c.changed_at) * MICROSECONDS, BigInteger), type_=Text))
)
"""SQL expression of the cursor after an entry. It contains the entry's timestamp, because a restored database can
assign a change_id twice."""


@dataclass(frozen=True, slots=True)
class ChangeCursor:
    """Position in the change feed.

    Attributes:
        text: parameter as received: a cursor, or a bare change_id, for which only the range is checked.
        change_id: id of the last entry read; 0 before the first.
    """

    text: str
    change_id: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a cursor that matches PATTERN."""
        return cls(text, int(text.partition("-")[0]))

    def is_valid(self) -> ColumnElement[bool]:
        """Return the condition that the feed has this entry unchanged, or reaches a bare change_id."""
        if self.text == FIRST_CURSOR:
            return true()
        if "-" in self.text:
            return exists().where(c.change_id == self.change_id, cursor_of_entry == self.text)
        reached = func.coalesce(select(func.max(c.change_id)).scalar_subquery(), literal(0))
        return reached >= self.change_id


def newest_cursor() -> ColumnElement[str | None]:
    """Return the cursor after the newest entry, as a column of a SELECT; null without entries."""
    return select(cursor_of_entry).order_by(c.change_id.desc()).limit(1).scalar_subquery()
