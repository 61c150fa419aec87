"""Numbers and dates as elements that a script formats in the reader's locale, with a text for browsers without it."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup, escape
from pydantic_core import to_json

from app.segments.model.customer import format_amount

NOTHING: Final = Markup('<span class="nothing">\u2013</span>')
FIRST_FORMATTED_YEAR: Final = 1000
"""Browsers show earlier years without zeros, so that 0026 would look like 2026."""
UNSAFE_IN_SCRIPT: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028"}


def integer(value: float | None) -> Markup:
    """Return a number without decimals."""
    return NOTHING if value is None else _number(value, "integer", f"{value:,.0f}")


def decimal(value: float | Decimal | None, digits: int = 1) -> Markup:
    """Return a number with at most some decimals."""
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}f}"
    return _number(value, "decimal", text.rstrip("0").rstrip(".") if "." in text else text, digits=digits)


def percent(share: float | None, digits: int = 1) -> Markup:
    """Return a share of 0 to 1 as a percentage."""
    return NOTHING if share is None else _number(share, "percent", f"{share:.{digits}%}", digits=digits)


def change(share: float | None) -> Markup:
    """Return a growth as a percentage with its sign."""
    return NOTHING if share is None else _number(share, "change", f"{share:+.1%}", digits=1)


def money(amount: Decimal | None, currency: str | None, digits: int = 2) -> Markup:
    """Return an amount with its currency, if one is declared."""
    if amount is None:
        return NOTHING
    text = format_amount(amount, digits) + (f" {currency}" if currency else "")
    return _number(amount, "money", text, digits=digits, currency=currency)


def amounts(text: str, currency: str | None) -> Markup:
    """Return a text in which every amount with the currency, such as `1,352.32 GBP`, is formatted as money."""
    if not currency:
        return escape(text)
    pattern = re.compile(rf"(-?\d[\d,]*\.\d\d) {re.escape(currency)}\b")
    parts = pattern.split(text)
    found = [money(Decimal(each.replace(",", "")), currency) if n % 2 else escape(each) for n, each in enumerate(parts)]
    return Markup("").join(found)


def day(value: date | None) -> Markup:
    """Return a date."""
    if value is None:
        return NOTHING
    if value.year < FIRST_FORMATTED_YEAR:
        return Markup('<time datetime="{0}">{0}</time>').format(value.isoformat())
    return Markup('<time datetime="{0}" data-format="date">{0}</time>').format(value.isoformat())


def moment(value: datetime | None) -> Markup:
    """Return a time, to the minute, in the reader's time zone."""
    if value is None:
        return NOTHING
    text = f"{value:%Y-%m-%d %H:%M} UTC"
    return Markup('<time datetime="{}" data-format="time">{}</time>').format(value.isoformat(), text)


def embedded(value: Any) -> Markup:
    """Return JSON for a `<script type="application/json">`, which no text can end."""
    text = value if isinstance(value, str) else to_json(value).decode()
    return Markup(text.translate(UNSAFE_IN_SCRIPT))  # noqa: S704  # every character that HTML interprets is escaped


def _number(value: float | Decimal, kind: str, text: str, **options: Any) -> Markup:
    extra = "".join(f' data-{name}="{escape(given)}"' for name, given in options.items() if given is not None)
    # Not Markup.format: pages have thousands of numbers, and it takes ten times as long.
    return Markup(f'<data value="{value}" data-format="{kind}"{extra}>{escape(text)}</data>')  # noqa: S704  # escaped
