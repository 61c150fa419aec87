"""Keyset pagination with opaque cursors."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Row, Select, func, literal, null, select, true, tuple_

from app.api.core.dependencies import Reader
from app.api.core.freshness import FRESHNESS
from app.api.core.problems import INVALID_CURSOR, Problem

CHECKSUM_BYTES: Final = 8


class PageParams(BaseModel):
    """Query parameters of a list: limit and cursor; subclasses add filters."""

    limit: Annotated[int, Field(description="Maximum number of rows on the page.", ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(description="`next_cursor` of the previous page.")] = None

    def list_name(self, name: str) -> str:
        """Return the name of the list with its filters; a cursor is valid for one such name."""
        return f"{name}?{self.model_dump_json(exclude={'limit', 'cursor', 'include'})}"


class PageParamsWithTotal(PageParams):
    """Query parameters of a list that can include the total number of rows."""

    include: Annotated[
        list[Literal["total"]], Field(description="total: the number of rows on all pages.", max_length=1)
    ] = []


@dataclass(frozen=True, slots=True)
class Position:
    """End of a page.

    Attributes:
        after: key of the last row.
        run_id: training run of the list; None for lists without one.
    """

    after: tuple[Any, ...]
    run_id: UUID | None = None

    def encode(self, list_name: str) -> str:
        """Return the cursor of this position in a list."""
        run_id = self.run_id.hex if self.run_id else None
        content = json.dumps([run_id, to_jsonable_python(self.after)], separators=(",", ":")).encode()
        return urlsafe_b64encode(_checksum(content, list_name) + content).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor: str, list_name: str, key_types: TypeAdapter[tuple[Any, ...]]) -> Self:
        """Decode a cursor; raises Problem for an invalid cursor or one of another list."""
        try:
            run_id, after = json.loads(_verified(cursor, list_name))
            return cls(key_types.validate_python(tuple(after)), UUID(run_id) if run_id else None)
        except (ValueError, TypeError, AttributeError, RecursionError):  # the client may have sent any text
            raise Problem(
                INVALID_CURSOR, "The cursor is damaged, or belongs to another list or other filters."
            ) from None


def _verified(cursor: str, list_name: str) -> bytes:
    stored = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    if stored[:CHECKSUM_BYTES] != _checksum(stored[CHECKSUM_BYTES:], list_name):
        raise ValueError("the checksum does not match")
    return stored[CHECKSUM_BYTES:]


def _checksum(content: bytes, list_name: str) -> bytes:
    return blake2b(
        content, digest_size=CHECKSUM_BYTES, key=blake2b(list_name.encode(), digest_size=32).digest()
    ).digest()


@dataclass(frozen=True)
class Keyset:
    """Order of a list.

    Attributes:
        columns: sort columns of the statement, unique together.
        key_types: types of the columns.
        is_descending: whether the order is descending.
    """

    columns: tuple[str, ...]
    key_types: TypeAdapter[tuple[Any, ...]]
    is_descending: bool = False

    def paginate(self, statement: Select[Any], after: tuple[Any, ...] | None, limit: int) -> Select[Any]:
        """Return the statement of the page after a key, with one more row to determine `has_more`."""
        columns = [statement.selected_columns[name] for name in self.columns]
        if after is not None:
            key = tuple_(*(literal(value, column.type) for value, column in zip(after, columns, strict=True)))
            statement = statement.where(tuple_(*columns) < key if self.is_descending else tuple_(*columns) > key)
        return statement.order_by(*self.order(columns)).limit(limit + 1)

    def order(self, columns: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
        """Return the order, given the columns of the key."""
        return [column.desc() if self.is_descending else column.asc() for column in columns]

    def page_fields(
        self, rows: list[Row[Any]], params: PageParams, list_name: str, run_id: UUID | None = None
    ) -> dict[str, Any]:
        """Return the fields of a page from the rows that the statement of `paginate` returned."""
        has_more = len(rows) > params.limit
        rows = rows[: params.limit]
        cursor = None
        if has_more:
            cursor = Position(tuple(getattr(rows[-1], name) for name in self.columns), run_id).encode(list_name)
        return {"data": [dict(row._mapping) for row in rows], "next_cursor": cursor, "has_more": has_more}  # noqa: SLF001


async def read_page(
    reader: Reader, statement: Select[Any], keyset: Keyset, params: PageParamsWithTotal, name: str
) -> dict[str, Any]:
    """Return the fields of one page of a statement, with freshness, by one SELECT."""
    list_name = params.list_name(name)
    after = Position.decode(params.cursor, list_name, keyset.key_types).after if params.cursor else None
    page = keyset.paginate(statement.add_columns(true().label("is_row")), after, params.limit).subquery("page")
    order = keyset.order([page.c[column] for column in keyset.columns])
    counted = select(func.count()).select_from(statement.subquery("every")).scalar_subquery()
    total = (counted if "total" in params.include else null()).label("total")
    # The outer join returns freshness and total for an empty page too; its only row then has no is_row.
    joined = FRESHNESS.outerjoin(page, true())
    rows = await reader.rows(select(FRESHNESS, total, page).select_from(joined).order_by(*order))
    found = [row for row in rows if row.is_row]
    return {**keyset.page_fields(found, params, list_name), "total": rows[0].total, **reader.freshness_fields(rows[0])}


def where_equal(statement: Select[Any], values: Mapping[Any, Any]) -> Select[Any]:
    """Add a condition to a statement for each column with a value or a list of values."""
    set_values = {column: value for column, value in values.items() if value is not None}
    return statement.where(
        *(column.in_(value) if isinstance(value, list) else column == value for column, value in set_values.items())
    )
