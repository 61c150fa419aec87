"""SELECT statements of sales by period and country, and of cohorts, from sums that loads keep up to date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Interval,
    Numeric,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    column,
    extract,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.gold.tables import ALL_COUNTRIES, Period, cohort_month, sales_period, uncounted_sales

LENGTHS: Final[dict[Period, str]] = {"day": "1 day", "week": "7 days", "month": "1 month"}
COUNTS: Final = ("orders", "customers", "new_customers", "uncounted_rows")
MONEY: Final = ("revenue", "uncounted_revenue")
SUMS: Final = (*COUNTS, *MONEY)


def start_of(by: Period, day: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the first day of the period of a day."""
    return cast(func.date_trunc(by, cast(day, DateTime)), Date)


def select_sales(by: Period) -> Select[Any]:
    """Select the sales of every period from the first to the last with sales."""
    s = sales_period.c
    sums = _sums(by, [s.period == by, s.country == ALL_COUNTRIES])
    bounds = select(
        func.min(sums.c.period_start).label("first"), func.max(sums.c.period_start).label("last")
    ).subquery()
    days = (
        func.generate_series(cast(bounds.c.first, DateTime), cast(bounds.c.last, DateTime), _length(by))
        .table_valued(column("start", DateTime), name="days")
        .render_derived()
    )
    series = select(cast(days.c.start, Date).label("period_start")).select_from(bounds.join(days, true()))
    periods = series.subquery("periods")
    found = select(periods.c.period_start, *(func.coalesce(sums.c[name], 0).label(name) for name in SUMS)).select_from(
        periods.outerjoin(sums, sums.c.period_start == periods.c.period_start)
    )
    each = found.subquery("each_period")
    before = func.lag(each.c.revenue).over(order_by=each.c.period_start)
    return _measured(by, each, before)


@dataclass(frozen=True, slots=True)
class CountryPage:
    """Filters and limits of a page of sales by country.

    Attributes:
        countries: names of countries; None for all.
        since, until: a day in the first, and in the last period; None without a limit.
        after: period and country after which the page begins; None for the first page.
        limit: rows of the page; None for all rows.
    """

    countries: Sequence[str] | None = None
    since: date | None = None
    until: date | None = None
    after: tuple[date, str] | None = None
    limit: int | None = None

    def of_sales(self, by: Period) -> list[ColumnElement[bool]]:
        """Return the conditions of rows of `sales_period`."""
        s = sales_period.c
        conditions = [s.period == by, s.country.is_distinct_from(ALL_COUNTRIES), *self._between(by, s.period_start)]
        if self.countries is not None:
            conditions.append(s.country.in_(self.countries))
        return conditions

    def of_uncounted(self, by: Period) -> list[ColumnElement[bool]]:
        """Return the conditions of rows of `uncounted_sales`."""
        u = uncounted_sales.c
        conditions = self._between(by, start_of(by, u.invoice_date))
        return conditions if self.countries is None else [*conditions, u.country.in_(self.countries)]

    def last(self, by: Period) -> ColumnElement[Any]:
        """Return an upper limit of the periods of the page: that of the first counted row after it."""
        start, country = sales_period.c.period_start, func.coalesce(sales_period.c.country, "")
        row = select(start).where(*self.of_sales(by)).order_by(start).offset(self.limit).limit(1)
        if self.after is not None:
            row = row.where(tuple_(start, country) > tuple_(literal(self.after[0], Date), literal(self.after[1], Text)))
        return func.coalesce(row.scalar_subquery(), literal(date.max))

    def _between(self, by: Period, start: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        conditions = [] if self.since is None else [start >= start_of(by, literal(self.since, Date))]
        if self.after is not None:
            conditions.append(start >= self.after[0])
        return conditions if self.until is None else [*conditions, start <= start_of(by, literal(self.until, Date))]


def select_countries(by: Period, page: CountryPage) -> Select[Any]:
    """Select the sales of periods and countries with sales; `sort_country` is empty for sales without a country."""
    counted, uncounted = page.of_sales(by), page.of_uncounted(by)
    if page.limit is not None:
        # Only the rows of the page are added up, not those of the whole history.
        counted.append(sales_period.c.period_start <= page.last(by))
        uncounted.append(start_of(by, uncounted_sales.c.invoice_date) <= page.last(by))
    each = _sums(by, counted, uncounted, by_country=True)
    # Not a window function: it is evaluated for the rows of the page only.
    p = sales_period.alias("before").c
    start = cast(cast(each.c.period_start, DateTime) - _length(by), Date)
    # Two conditions that the index has: coalesce would read every country of the period for each row of the page.
    of_country = or_(p.country == each.c.sort_country, and_(p.country.is_(None), each.c.sort_country == ""))
    before = (
        select(p.revenue)
        .where(p.period == by, p.period_start == start, p.country.is_distinct_from(ALL_COUNTRIES), of_country)
        .scalar_subquery()
    )
    country = func.nullif(each.c.sort_country, "", type_=Text).label("country")
    return _measured(by, each, before).add_columns(each.c.sort_country, country)


def select_cohorts() -> Select[Any]:
    """Select every cohort with its months."""
    c, size = cohort_month.c, cohort_month.alias("size")
    last = select(func.max(c.month)).scalar_subquery()
    first = func.least(size.c.cohort, select(func.min(c.month)).where(c.cohort == size.c.cohort).scalar_subquery())
    days = (
        func.generate_series(cast(first, DateTime), cast(last, DateTime), _length("month"))
        .table_valued(column("start", DateTime), name="months")
        .render_derived()
    )
    month = cast(days.c.start, Date)
    of_month = cohort_month.alias("of_month")
    customers, revenue = (func.coalesce(of_month.c[name], 0) for name in ("customers", "revenue"))
    months_since = 12 * (extract("year", month) - extract("year", size.c.cohort)) + (
        extract("month", month) - extract("month", size.c.cohort)
    )
    fields = {
        "months_since": months_since,
        "month": month,
        "customers": customers,
        "share": func.round(cast(customers, Numeric) / size.c.customers, 4),
        "revenue": cast(revenue, Text),
    }
    entry = func.jsonb_build_object(*(part for name, value in fields.items() for part in (literal(name, Text), value)))
    joined = size.join(days, true()).outerjoin(
        of_month, and_(of_month.c.cohort == size.c.cohort, of_month.c.month == month)
    )
    return (
        select(
            size.c.cohort,
            size.c.customers,
            func.sum(revenue).label("revenue"),
            func.jsonb_agg(aggregate_order_by(entry, month), type_=JSONB).label("months"),
        )
        .select_from(joined)
        .where(size.c.month == size.c.cohort)
        .group_by(size.c.cohort, size.c.month, size.c.customers)
    )


def _length(by: Period) -> ColumnElement[timedelta]:
    return cast(literal(LENGTHS[by], Text), Interval)


def _sums(
    by: Period,
    of_sales: Sequence[ColumnElement[bool]],
    of_uncounted: Sequence[ColumnElement[bool]] = (),
    *,
    by_country: bool = False,
) -> Subquery:
    """Return counted and uncounted sales by period, and by country on request."""
    s, u = sales_period.c, uncounted_sales.c
    counted = select(
        s.period_start,
        func.coalesce(s.country, "").label("sort_country"),
        *(s[name] for name in ("orders", "customers", "new_customers")),
        cast(literal(0), BigInteger).label("uncounted_rows"),
        s.revenue,
        cast(literal(0), Numeric).label("uncounted_revenue"),
    ).where(*of_sales)
    uncounted = select(
        start_of(by, u.invoice_date),
        func.coalesce(u.country, "") if by_country else literal("", Text),
        *(literal(0) for _ in range(3)),
        cast(u.rows, BigInteger),
        literal(0),
        u.revenue,
    ).where(*of_uncounted)
    rows = union_all(counted, uncounted).subquery("counted_and_not")
    keys = [rows.c.period_start, *([rows.c.sort_country] if by_country else [])]
    return select(*keys, *(func.sum(rows.c[name]).label(name) for name in SUMS)).group_by(*keys).subquery("sums")


def _measured(by: Period, each: Subquery, before: ColumnElement[Any]) -> Select[Any]:
    last = cast(cast(each.c.period_start, DateTime) + _length(by) - cast(literal("1 day", Text), Interval), Date)
    growth = func.round(each.c.revenue / func.nullif(func.greatest(before, 0), 0) - 1, 4)
    return select(
        each.c.period_start,
        last.label("period_end"),
        *(each.c[name] for name in SUMS),
        cast(growth, Float).label("growth"),
        (each.c.revenue / func.nullif(each.c.orders, 0)).label("average_order_value"),
    )


def in_periods(by: Period, statement: Select[Any], start: str, since: Any = None, until: Any = None) -> Select[Any]:
    """Return the statement restricted to the periods between two days, those of the days included."""
    rows = statement.subquery("all_periods")
    found = select(rows)
    if since is not None:
        found = found.where(rows.c[start] >= start_of(by, literal(since, Date)))
    return found if until is None else found.where(rows.c[start] <= start_of(by, literal(until, Date)))
