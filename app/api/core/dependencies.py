"""What operations ask for: the reading side, the writing side, and the parameters that many share."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Path, Query, Request
from sqlalchemy import Engine, Executable, Row
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.core.freshness import fresh
from app.api.core.problems import NO_MODEL, Problem
from app.db.engine import translated
from app.db.param_types import Text, storable
from app.errors import DatabaseUnusable
from app.segments.model.segment_table.rows import SCHEMES, SchemeName
from app.settings import Settings

__all__ = [
    "SCHEMES",
    "CustomerId",
    "Reader",
    "Reads",
    "Scheme",
    "SchemeName",
    "Slug",
    "Text",
    "Writes",
    "reader",
    "reading",
    "storable",
    "writer",
]
NOT_MIGRATED = ("42P01", "3F000")  # SQLSTATEs: no such table, no such schema


@contextmanager
def reading() -> Iterator[None]:
    """Whatever keeps a SELECT inside from being answered becomes DatabaseUnavailable or DatabaseUnusable."""
    try:
        with translated():
            yield
    except (ProgrammingError, psycopg.ProgrammingError) as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) in NOT_MIGRATED:
            raise DatabaseUnusable("the database is not migrated; run: regulars migrate") from error
        raise


@dataclass(slots=True)
class Reader:
    """The reading side of the database, and the settings that answers depend on."""

    engine: AsyncEngine
    settings: Settings

    async def rows(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of one SELECT; raises DatabaseUnavailable, also where no connection comes free in time."""
        with reading():
            async with self.engine.connect() as connection:
                return (await connection.execute(statement, values)).all()

    async def served(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The same of a SELECT from `freshness.served`; raises Problem before the first run is published."""
        rows = await self.rows(statement, values)
        if rows[0].served_run_id is None:
            raise Problem(NO_MODEL)
        return rows

    def fresh(self, row: Any, **given: Any) -> dict[str, Any]:
        """The freshness fields that go beside what a row says."""
        return fresh(row, self.settings, **given)


async def reader(request: Request) -> Reader:
    """The reader that the app was started with."""
    found: Reader = request.app.state.reader
    return found


async def writer(request: Request) -> Engine:
    """The engine by which the pipeline is asked to run."""
    found: Engine = request.app.state.writer
    return found


Reads = Annotated[Reader, Depends(reader)]
Writes = Annotated[Engine, Depends(writer)]
Scheme = Annotated[
    SchemeName,
    Query(
        description="Which segmentation: kmeans names the customer's cluster, rules goes by the customer's own numbers."
    ),
]
CustomerId = Annotated[
    Text,
    Path(description="As in the sales. Percent-encode what a path cannot hold.", examples=["12354"]),
]
Slug = Annotated[Text, Path(description="The segment's name in paths.", examples=["super-vip-champions"])]
