"""What is asked of PostgreSQL for an export: which customers, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, FromClause, Select, Text, bindparam, case, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.exports.row_text import Notation
from app.segments.customer_columns import state_columns
from app.segments.filters import CustomerFilters
from app.segments.tables import customer_segment, segment_summary

PAGE: Final = 5_000
PART: Final = 250
AFTER: Final = bindparam("after", type_=Text)
AFTERS: Final = bindparam("afters", type_=ARRAY(Text))
UNTILS: Final = bindparam("untils", type_=ARRAY(Text))
s = segment_summary.c


@dataclass(frozen=True, slots=True)
class Extract:
    """These states of a run's customers, those of them who pass the filters, written in a notation.

    Pages end at customers who are known before they are read, so that several can be read at once; no transaction of
    a stream is longer than a page.
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

    def ends(self, last: str | None = None) -> Select[tuple[list[str] | None]]:
        """The ids that are on the page behind the id `after`, null where there is none: so that the next page can be
        read while this one is. last: the id at which all end.

        Pages are cut by the run's customers of today, whose ids an index has in order; those behind them all are one.
        """

        def behind(states: FromClause) -> Select[tuple[str]]:
            wanted = (states.c.run_id == self.run, states.c.customer_id > AFTER)
            return select(states.c.customer_id).where(
                *wanted, *(() if last is None else (states.c.customer_id <= last,))
            )

        cut = behind(customer_segment).order_by(customer_segment.c.customer_id).limit(PAGE).subquery("cut").c
        rest = (
            select(func.max(behind(self.states).subquery("rest").c.customer_id).label("customer_id")).subquery("end").c
        )
        ids = select(func.array_agg(aggregate_order_by(cut.customer_id, cut.customer_id)))
        end = select(func.array_agg(rest.customer_id)).where(rest.customer_id.is_not(None))
        return select(func.coalesce(ids.scalar_subquery(), end.scalar_subquery()))

    def page(self, known: Mapping[str, str]) -> Select[tuple[bytes | None, int]]:
        """A row for each part of a page, from behind an id of `afters` to the one of `untils` beside it: the lines in
        UTF-8, in the order of ids, and how many they are; null and 0 where nobody passes.

        known: what `words` gave; a segment that the run has got since is looked up.
        """
        part = (
            func.unnest(AFTERS, UNTILS).table_valued("after", "until", with_ordinality="place").render_derived("part")
        )
        c, scheme = self.states.c, self.filters.scheme
        within = (c.customer_id > part.c.after, c.customer_id <= part.c.until)
        columns = (*state_columns(self.states, scheme), c[scheme].label("slug"))
        passing = select(*columns).where(*self.filters.conditions(self.states, self.run), *within)
        page = passing.order_by(c.customer_id).correlate(part).subquery("page")
        # Not by a join, which would sort the page anew.
        looked_up = select(self.notation.words(scheme, self.currency)).where(
            s.run_id == self.run, s.scheme == scheme, s.slug == page.c.slug
        )
        words = case(known, value=page.c.slug, else_=looked_up.scalar_subquery())
        # Parts, because a text of a whole page costs fresh memory for each, and a row for each line costs Python.
        text = func.string_agg(self.notation.line(page.c, words), literal("", Text)).label("text")
        lines = select(text, func.count().label("customers")).select_from(page).lateral("lines")
        joined = part.join(lines, true())
        return (
            select(func.convert_to(lines.c.text, "UTF8"), lines.c.customers).select_from(joined).order_by(part.c.place)
        )
