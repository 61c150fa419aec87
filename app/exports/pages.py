"""Pages of an export as the driver is asked for them: statements that are made once, bytes that are never decoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Dialect, Select

from app.exports.query import PART, Extract

Asked = tuple[bytes, dict[str, Any]]
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
        return cls(
            compiled.string.encode(), compiled.construct_params({"after": "", "afters": [], "untils": [], **values})
        )

    def about(self, **values: Any) -> Asked:
        """What the driver is asked about a page."""
        return self.sql, {**self.values, **values}


@dataclass(frozen=True, slots=True)
class Pages:
    """What is asked for each page of an export: who is on it (`after`), and what is in it (`afters`, `untils`)."""

    ends: Question
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
        """The pages of an extract, as its `page` and `ends` describe them."""
        asked = (extract.ends(last), extract.page(known))
        return cls(*(Question.of(each, dialect, values) for each in asked))

    def within(self, after: str, ids: Sequence[str]) -> Asked:
        """What the driver is asked about the page of these ids, the first of them behind `after`."""
        untils = [*ids[PART - 1 : -1 : PART], ids[-1]]
        return self.content.about(afters=[after, *untils[:-1]], untils=untils)
