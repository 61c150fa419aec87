"""SELECTs of an export: ids of a page, rows of a page, cells of segments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, ColumnElement, FromClause, Select, Text, bindparam, case, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.exports.row_text import Notation
from app.segments.customer_columns import state_columns
from app.segments.filters import CustomerFilters
from app.segments.tables import customer_segment, segment_summary

AFTER: Final = bindparam("after", type_=Text)
AFTERS: Final = bindparam("afters", type_=ARRAY(Text))
UNTILS: Final = bindparam("untils", type_=ARRAY(Text))
s = segment_summary.c


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Sizes of the pages of an export.

    Attributes:
        page_customers: customers of a page.
        part_customers: customers per text value; larger texts need more memory, smaller ones more Python time.
    """

    page_customers: int = 5_000
    part_customers: int = 250


DEFAULT_PAGES: Final = PageSizes()


@dataclass(frozen=True, slots=True)
class ExportStatements:
    """Statements that export the customers of a run that match filters.

    The ids at which pages end are read before the rows, so that several pages can be read concurrently; no transaction
    of a stream takes longer than a page.

    Attributes:
        states: customers' states, current or of a past day.
        run: id of the run, as SQL.
        filters: conditions on the customers.
        notation: notation of the rows.
        currency: ISO 4217 code; None if none is declared.
        sizes: sizes of pages.
    """

    states: FromClause
    run: ColumnElement[Any]
    filters: CustomerFilters
    notation: Notation
    currency: str | None
    sizes: PageSizes = DEFAULT_PAGES

    def segment_cells(self) -> Select[tuple[str, str]]:
        """Select (slug, cells) of each segment of the run, by descending number of customers."""
        scheme = self.filters.scheme
        cells = self.notation.segment_cells(scheme, self.currency).label("cells")
        return select(s.slug, cells).where(s.run_id == self.run, s.scheme == scheme).order_by(s.customers.desc())

    def page_ids(self, last: str | None = None) -> Select[tuple[list[str] | None]]:
        """Select the ids of the page after the id `after`, null if there is none.

        Page boundaries are ids of the run's current customers, read from an index; all later ids form one page.

        Args:
            last: the id at which the export ends.
        """

        def ids_after(states: FromClause) -> Select[tuple[str]]:
            until = () if last is None else (states.c.customer_id <= last,)
            return select(states.c.customer_id).where(states.c.customer_id > AFTER, *until)

        size = self.sizes.page_customers
        cut = ids_after(customer_segment).order_by(customer_segment.c.customer_id).limit(size).subquery("cut").c
        rest = (
            select(func.max(ids_after(self.states).subquery("rest").c.customer_id).label("customer_id"))
            .subquery("end")
            .c
        )
        ids = select(func.array_agg(aggregate_order_by(cut.customer_id, cut.customer_id)))
        end = select(func.array_agg(rest.customer_id)).where(rest.customer_id.is_not(None))
        return select(func.coalesce(ids.scalar_subquery(), end.scalar_subquery()))

    def page_rows(self, segment_cells: Mapping[str, str]) -> Select[tuple[bytes | None, int]]:
        """Select a row per part of a page: its rows as UTF-8, in the order of ids, and their number.

        A part begins after an id of `afters` and ends with the id of `untils` at the same position. The text is null
        and the number 0 if no customer matches the filters.

        Args:
            segment_cells: cells by slug; cells of segments added later are looked up.
        """
        part = (
            func.unnest(AFTERS, UNTILS)
            .table_valued("after", "until", with_ordinality="position")
            .render_derived("part")
        )
        c, scheme = self.states.c, self.filters.scheme
        within = (c.customer_id > part.c.after, c.customer_id <= part.c.until)
        columns = (*state_columns(self.states, scheme, self.run), c[scheme].label("slug"))
        passing = select(*columns).where(*self.filters.conditions(self.states, self.run), *within)
        page = passing.order_by(c.customer_id).correlate(part).subquery("page")
        # A subquery instead of a join, which would sort the page again.
        looked_up = select(self.notation.segment_cells(scheme, self.currency)).where(
            s.run_id == self.run, s.scheme == scheme, s.slug == page.c.slug
        )
        cells = case(segment_cells, value=page.c.slug, else_=looked_up.scalar_subquery())
        text = func.string_agg(self.notation.row(page.c, cells, scheme), literal("", Text)).label("text")
        rows = select(text, func.count().label("customers")).select_from(page).lateral("rows")
        joined = part.join(rows, true())
        return (
            select(func.convert_to(rows.c.text, "UTF8"), rows.c.customers).select_from(joined).order_by(part.c.position)
        )
