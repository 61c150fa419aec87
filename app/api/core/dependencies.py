"""Dependencies of operations: reader, writer, and common parameters."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Path, Query, Request
from sqlalchemy import Engine, Executable, Row
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.api.core.freshness import freshness_fields
from app.api.core.problems import NO_MODEL, Problem
from app.contract.model import Contract
from app.contract.open import open_contract
from app.db.engine import translate_db_errors
from app.db.param_types import Text, storable
from app.errors import DatabaseUnusable
from app.segments.model.schemes import CUSTOM, CUSTOM_SEGMENTS, METHODS, SCHEMES, AnySchemeName, SchemeName
from app.settings import Settings

__all__ = [
    "SCHEMES",
    "AnyScheme",
    "AnySchemeName",
    "Reader",
    "ReaderDependency",
    "Scheme",
    "SchemeName",
    "Slug",
    "Text",
    "WriterDependency",
    "reader",
    "storable",
    "translate_read_errors",
    "writer",
]
NOT_MIGRATED = ("42P01", "3F000")  # SQLSTATEs: no such table, no such schema


@contextmanager
def translate_read_errors() -> Iterator[None]:
    """Translate errors of a SELECT into DatabaseUnavailable or DatabaseUnusable."""
    try:
        with translate_db_errors():
            yield
    except (ProgrammingError, psycopg.ProgrammingError) as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) in NOT_MIGRATED:
            raise DatabaseUnusable("the database is not migrated; run: regulars migrate") from error
        raise


@dataclass(slots=True)
class Reader:
    """Reader of the database.

    Attributes:
        engine: asynchronous engine in autocommit.
        settings: settings of the process.
        contract: data contract of the settings, as it was when the process started.
    """

    engine: AsyncEngine
    settings: Settings
    contract: Contract = field(init=False)

    def __post_init__(self) -> None:
        """Read the contract; raises InvalidContract."""
        self.contract = open_contract(self.settings.contract)

    async def rows(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Return all rows of one SELECT; raises DatabaseUnavailable, also if every connection is busy."""
        with translate_read_errors():
            async with self.engine.connect() as connection:
                return (await connection.execute(statement, values)).all()

    async def published_rows(self, statement: Executable, values: dict[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Return all rows of a SELECT from `freshness.FRESHNESS`; raises Problem before the first run is published."""
        rows = await self.rows(statement, values)
        if rows[0].answer_run_id is None:
            raise Problem(NO_MODEL, rows[0].warning)
        return rows

    def freshness_fields(self, row: Any, **overrides: Any) -> dict[str, Any]:
        """Return the freshness fields of a response from a row."""
        return freshness_fields(row, self.settings, **overrides)


async def reader(request: Request) -> Reader:
    """Return the reader of the app."""
    found: Reader = request.app.state.reader
    return found


async def writer(request: Request) -> Engine:
    """Return the synchronous engine for writes."""
    found: Engine = request.app.state.writer
    return found


ReaderDependency = Annotated[Reader, Depends(reader)]
WriterDependency = Annotated[Engine, Depends(writer)]
Scheme = Annotated[
    SchemeName,
    Query(description=f"Segmentation: {METHODS}."),
]
AnyScheme = Annotated[
    AnySchemeName,
    Query(description=f"Segmentation: {METHODS}, {CUSTOM} {CUSTOM_SEGMENTS.method}."),
]
Slug = Annotated[Text, Path(description="Slug of the segment.", examples=["super-vip-champions"])]
