"""What is asked of PostgreSQL for an export: which customers, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Select, Text, bindparam, case, func, select

from app.pipeline.exports.lines import BEFORE, BEHIND, Notation
from app.segments.filters import CustomerFilters
from app.segments.tables import customer_segment, segment_summary

PAGE: Final = 5_000
AFTER: Final = bindparam("after", type_=Text)
UNTIL: Final = bindparam("until", type_=Text)
s = segment_summary.c


@dataclass(frozen=True, slots=True)
class Extract:
    """These states of a run's customers, those of them who pass the filters, written in a notation.

    Pages end at customers who are known before they are read, so that several can be read at once; no transaction is
    longer than a page.
    """

    states: FromClause
    run: ColumnElement[Any]
    filters: CustomerFilters
    notation: Notation
    currency: str

    def words(self) -> Select[tuple[str, str]]:
        """(slug, the `words` that its customers share) of each segment of the run, the largest first."""
        scheme = self.filters.scheme
        words = self.notation.words(scheme, self.currency).label("words")
        return select(s.slug, words).where(s.run_id == self.run, s.scheme == scheme).order_by(s.customers.desc())

    def end(self, last: str | None = None) -> Select[tuple[str | None]]:
        """The id at which the page behind the id `after` ends, null where there is none: so that the next page can be
        read while this one is. last: the id at which all end.

        Pages are cut by the run's customers of today, whose ids an index has in order; those behind them all are one.
        """

        def behind(states: FromClause) -> Select[tuple[str]]:
            wanted = (states.c.run_id == self.run, states.c.customer_id > AFTER)
            return select(states.c.customer_id).where(
                *wanted, *(() if last is None else (states.c.customer_id <= last,))
            )

        cut = behind(customer_segment).order_by(customer_segment.c.customer_id).limit(PAGE).subquery("cut")
        rest = behind(self.states).subquery("rest")
        ends = (select(func.max(each.c.customer_id)).scalar_subquery() for each in (cut, rest))
        return select(func.coalesce(*ends))

    def page(self, known: Mapping[str, str]) -> Select[tuple[bytes]]:
        """The lines in UTF-8 of those from behind the id `after` to the id `until`, in the order of ids.

        known: what `words` gave; a segment that the run has got since is looked up.
        """
        c, scheme = self.states.c, self.filters.scheme
        given = [c[name] for name in (*BEFORE, *BEHIND) if name in c]
        last = (c.as_of - c.recency).label("last_invoice_date")
        worked_out = (last, c[f"{scheme}_since"].label("segment_since"), c[scheme].label("slug"))
        passing = (*self.filters.conditions(self.states, self.run), c.customer_id > AFTER, c.customer_id <= UNTIL)
        page = select(*given, *worked_out).where(*passing).subquery("page")
        # Not by a join, which would sort the page anew.
        looked_up = select(self.notation.words(scheme, self.currency)).where(
            s.run_id == self.run, s.scheme == scheme, s.slug == page.c.slug
        )
        words = case(known, value=page.c.slug, else_=looked_up.scalar_subquery())
        # Line by line, because a text of all of them costs fresh memory for every page, several times over.
        line = func.convert_to(self.notation.line(page.c, words), "UTF8")
        return select(line).select_from(page).order_by(page.c.customer_id)
