"""SQL of date formats: the day of a sale from its text."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from app.contract.dates_format import FIRST_ADJUSTED, LAST_ADJUSTED, MAX_OCTETS, NAMES, SERIALS, DateFormat
from app.contract.dates_layout import layout_of
from app.contract.dates_reader import Row, quick_pattern, reader_of
from app.contract.quoting import quoted

PREFIXES: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
CALENDAR: Final = """case
        when year = '0000' or month not between '01' and '12' then null
        when day between '01' and case
            when month in ('04', '06', '09', '11') then '30'
            when month <> '02' then '31'
            when mod(cast(year as int), 400) = 0 then '29'
            when mod(cast(year as int), 100) = 0 then '28'
            when mod(cast(year as int), 4) = 0 then '29'
            else '28'
        end
        then cast(concat(year, '-', month, '-', day) as date)
    end"""
OF_SERIAL: Final = """case
        when year <> '#' then {calendar}
        when cast(month as int) between 1 and 2958465 then date '1899-12-30' + cast(month as int)
    end"""
YEAR: Final = """case
            when length(year) <> 2 then year
            when year < '69' then concat('20', year)
            else concat('19', year)
        end"""

MONTH: Final = """case
            when year = '#' then month
            when length(month) < 3 then lpad(month, 2, '0')
            else lpad(cast(
                (position(lower(left(month, 3)) in 'janfebmaraprmayjunjulaugsepoctnovdec') + 2) / 3 as text
            ), 2, '0')
        end"""


@dataclass(frozen=True, slots=True)
class DateSql:
    """PostgreSQL expressions that read dates in declared formats; none of them can fail, whatever the text.

    A text has a key: the part of it that decides the day, of which there are few. The days of the keys are worked
    out once each; only formats with an offset are adjusted to the shop's zone text by text. `texts` may be the distinct
    texts of many rows::

        with texts as (
            select b.*, {key('b.invoice_date')} as date_key from bronze.sales_row as b where … offset 0
        ),
        date_keys as (select date_key from texts group by date_key offset 0),
        dates as ({days('date_keys', 'date_key')})
        select t.*, {day('t.invoice_date', 't.date_key', 'd.day')} as invoice_day
        from texts as t
        left join dates as d on d.date_key = t.date_key

    The text contains colons: see `app.contract.quoting.escape_colons` for SQLAlchemy's text().

    Attributes:
        formats: tried in order; at most 36.
        timezone: the shop's zone, in which an instant becomes a day; PostgreSQL has to know its name.
    """

    formats: tuple[DateFormat, ...]
    timezone: str = "UTC"

    def key(self, raw: str) -> str:
        """Return the expression of the key of a text; null if no format has this layout.

        It is the text itself (`raw`) where no format has a time.
        """
        if not self._have_times:
            return raw
        # The names of months are checked once per key, unless they decide which format it is.
        named = [form for form in self.formats if {*NAMES} & {each.kind for each in form.elements}]
        pattern_of: Callable[[DateFormat], str] = quick_pattern if len(named) == 1 else attrgetter("pattern")
        branches = []
        for at, form in enumerate(self.formats):
            layout = layout_of(form, raw)
            if layout is not None and (form not in named or len(named) == 1):
                branches.append(f"when {layout.condition} then {self._prefixed(at, layout.part)}")
            branches.append(
                f"when {raw} ~ {quoted(pattern_of(form))} then {self._prefixed(at, reader_of(form).part(raw))}"
            )
        return f"case when octet_length({raw}) <= {MAX_OCTETS} then case {' '.join(branches)} end end"

    def days(self, keys: str, name: str) -> str:
        """Return the SELECT of `name` and `day` of every key that has the layout of a day, from distinct keys.

        Args:
            keys: relation of the keys, each once.
            name: its column.
        """
        kinds = {each.kind for form in self.formats for each in form.elements}
        has_serials = any(form.declared in SERIALS for form in self.formats)
        year = YEAR if "%y" in kinds else "year"
        month = MONTH if has_serials or kinds & {*NAMES} else "lpad(month, 2, '0')"
        return f"""select
    {name},
    {OF_SERIAL.format(calendar=CALENDAR) if has_serials else CALENDAR} as day
from (
    select
        {name},
        {year} as year,
        {month} as month,
        lpad(day, 2, '0') as day
    from (
        select
            {name},
            split_part(written, '|', 1) as year,
            split_part(written, '|', 2) as month,
            split_part(written, '|', 3) as day
        from (
            select {name}, {self._written(name)} as written
            from {keys}
            offset 0
        ) as written_days
        where written is not null
    ) as parts
    offset 0
) as padded_parts"""  # noqa: S608 - of literals that are quoted, and of names of the caller

    def day(self, raw: str, key: str, day: str) -> str:
        """Return the expression of the day in the shop's zone, from the text, its key, and the key's day or null.

        It is `day` itself where no format has an offset.
        """
        branches = []
        for at, form in enumerate(self.formats):
            length = f"length({key}) - 1" if self._are_prefixed else f"length({key})"
            if form.has_offset and not self._is_as_written(form):
                condition, instant = reader_of(form).instant(Row(raw, day, length))
                in_zone = f"cast(timezone({quoted(self.timezone)}, {instant}) as date)"
                of_format = [f"left({key}, 1) = '{PREFIXES[at]}'"] if self._are_prefixed else []
                branches.append(f"when {' and '.join([*of_format, condition])} then {in_zone}")
        if not branches:
            return day
        inside = f"{day} between date '{FIRST_ADJUSTED}' and date '{LAST_ADJUSTED}'"
        return f"case when {inside} then case {' '.join(branches)} else {day} end else {day} end"

    @property
    def _have_times(self) -> bool:
        return any(form.has_time for form in self.formats)

    @property
    def _are_prefixed(self) -> bool:
        return self._have_times and len(self.formats) > 1

    def _is_as_written(self, form: DateFormat) -> bool:
        """Whether every instant is written in the shop's zone, which is UTC."""
        is_literal = all(each.literal for each in form.elements if each.kind == "%z")
        return self.timezone == "UTC" and (form.declared in ("epoch", "epoch_ms") or bool(form.elements and is_literal))

    def _prefixed(self, at: int, part: str) -> str:
        return f"concat('{PREFIXES[at]}', {part})" if self._are_prefixed else part

    def _written(self, key: str) -> str:
        if not self._have_times:
            branches = [
                f"when {key} ~ {quoted(form.pattern)} then {reader_of(form).canonical(key)}" for form in self.formats
            ]
            return f"case when octet_length({key}) <= {MAX_OCTETS} then case {' '.join(branches)} end end"
        if not self._are_prefixed:
            return f"case when {key} is not null then {reader_of(self.formats[0]).canonical(key)} end"
        branches = [
            f"when '{PREFIXES[at]}' then {reader_of(form).canonical(f'substr({key}, 2)')}"
            for at, form in enumerate(self.formats)
        ]
        return f"case left({key}, 1) {' '.join(branches)} end"
