"""SQL of date formats: the day of a sale from its text."""

from dataclasses import dataclass

from app.contract.dates import DateFormat


@dataclass(frozen=True, slots=True)
class DateSql:
    """PostgreSQL expressions that read dates in declared formats; none of them can fail, whatever the text.

    A text has a key: the part of it that decides the day, of which there are few. The days of the keys are worked
    out once each; only formats with an offset are adjusted to the shop's zone row by row::

        with texts as (
            select b.*, {key('b.invoice_date')} as date_key from bronze.sales_row as b where … offset 0
        ),
        date_keys as (select date_key from texts group by date_key offset 0),
        dates as ({days('date_keys', 'date_key')})
        select t.*, {day('t.invoice_date', 't.date_key', 'd.day')} as invoice_day
        from texts as t
        left join dates as d on d.date_key = t.date_key

    The text contains colons: see `app.contract.conditions.escape_colons` for SQLAlchemy's text().

    Attributes:
        formats: tried in order.
        timezone: the shop's zone, in which an instant becomes a day.
    """

    formats: tuple[DateFormat, ...]
    timezone: str = "UTC"

    def key(self, raw: str) -> str:
        """Return the expression of the key of a text; null if no format has this layout.

        It is the text itself (`raw`) where no format has a time.
        """
        raise NotImplementedError

    def days(self, keys: str, name: str) -> str:
        """Return the SELECT of `name` and `day` of every key that is a day, from a relation of distinct keys."""
        raise NotImplementedError

    def day(self, raw: str, key: str, day: str) -> str:
        """Return the expression of the day in the shop's zone, from the text, its key, and the key's day or null.

        It is `day` itself where no format has an offset.
        """
        raise NotImplementedError
