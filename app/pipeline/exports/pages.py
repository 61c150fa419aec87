"""Pages of an export as the driver is asked for them: statements that are made once, bytes that are never decoded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Dialect, Select

from app.pipeline.exports.extract import Extract

ASKED: Final = {"prepare": True, "binary": True}
"""How the driver is to be asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """A statement as the driver takes it."""

    sql: bytes
    values: Mapping[str, Any]

    @classmethod
    def of(cls, statement: Select[Any], dialect: Dialect, values: Mapping[str, Any]) -> Self:
        """The statement with these values; those of a page come with it."""
        compiled = statement.compile(dialect=dialect)
        return cls(compiled.string.encode(), compiled.construct_params({"after": "", "until": "", **values}))

    def about(self, **values: str) -> tuple[bytes, dict[str, Any]]:
        """What the driver is asked about a page."""
        return self.sql, {**self.values, **values}


@dataclass(frozen=True, slots=True)
class Pages:
    """What is asked for each page of an export: where it ends (of `after`), and what is in it (of `after`, `until`)."""

    end: Question
    content: Question

    @classmethod
    def of(
        cls,
        extract: Extract,
        known: Mapping[str, str],
        dialect: Dialect,
        values: Mapping[str, Any],
        last: str | None = None,
    ) -> Self:
        """The pages of an extract, as its `page` and `end` describe them."""
        asked = (extract.end(last), extract.page(known))
        return cls(*(Question.of(each, dialect, values) for each in asked))
