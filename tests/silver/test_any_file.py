"""Files of random bytes and random cells: nothing is lost, and what is typed is what Python would type."""

import csv
import io
import re
from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.errors import BrokenFile
from tests.layers import COLUMNS, HEADER, CleanCounts, cleaned, received

BREAK = re.compile("\r\n|\r|\n")
EXACT = Context(prec=2_000)
CENT = Decimal("0.01")
PIECES = [*[bytes([byte]) for byte in b'"",,\n\n\r\0\xa31'], b",,,,,,,", b"\r\n", b"\\.", "£🛒".encode()]
SPANNING = b'489434,85048,"a\nb",1,1,,,2026-02-01\n'
TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
DIGITS = st.from_regex(r"[ +-]?[0-9]{0,12}[.,]?[0-9]{0,4} ?", fullmatch=True)
PLAUSIBLE = {
    "invoice": st.from_regex(r"[Cc]?[0-9]{6}", fullmatch=True),
    "stock_code": st.sampled_from(["85048", "79323P", "POST"]),
    "description": TEXT,
    "quantity": st.integers(1, 999).map(str) | st.integers(1, 99).map("{}.0".format) | st.integers(1, 2**31).map(str),
    "price": st.decimals(0, 999, places=3).map(str) | st.sampled_from(["0.005", "99999999.99", "-0", ".5"]),
    "customer_id": st.from_regex(r" ?[0-9]{1,6}(\.[05]{1,2})? ?", fullmatch=True) | TEXT,
    "country": TEXT,
    "invoice_date": st.dates().map(str),
}
STRANGE = TEXT | DIGITS | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True)
CELLS = [st.tuples(st.integers(0, 15), PLAUSIBLE[column], STRANGE) for column in COLUMNS]
ROW = st.tuples(*CELLS).map(lambda cells: tuple(plain if n else strange for n, plain, strange in cells))
ROWS = st.lists(ROW, max_size=12)
DIALECTS = [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]


def rolled_back(engine: Engine, content: bytes, key: str = "day.csv") -> CleanCounts:
    with engine.connect() as connection:
        return cleaned(connection, content, key=key)


def whole(text: str) -> int | None:
    if not re.fullmatch(r"[+-]?[0-9]+[.]?0*", text.strip(" ")):
        return None
    number = int(Decimal(text.strip(" ")))
    return number if 0 < number < 2**31 else None


def cents(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)", text.strip(" ")):
        return None
    exact = Decimal(text.strip(" "))
    rounded = abs(exact).quantize(CENT, ROUND_HALF_UP, EXACT)
    return rounded if exact >= 0 and rounded < 10**8 else None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None


def customer(text: str) -> str | None:
    return re.sub(r"^([0-9]+)[.]0+$", r"\1", text.strip(" ")) or None


def typed(cells: tuple[str, ...]) -> dict[str, Any] | None:
    """The silver row of a row's cells, None where it fails an expectation."""
    invoice, stock_code, description, quantity, price, customer_id, country, invoice_date = cells
    number, unit_price, sold = whole(quantity), cents(price), day(invoice_date)
    if re.fullmatch(r"[0-9]+([.,][0-9]+)?[eE][+]?[0-9]+", customer_id.strip(" ")):  # a spreadsheet's, with lost digits
        return None
    present = 6 <= len(invoice) <= 7 and invoice.strip(" ") and stock_code.strip(" ")
    if not present or number is None or unit_price is None or sold is None or number * unit_price >= 10**12:
        return None
    return {
        "invoice_no": invoice,
        "stock_code": stock_code,
        "description": description or None,
        "quantity": number,
        "unit_price": unit_price,
        "customer_id": customer(customer_id),
        "country": country or None,
        "invoice_date": sold,
        "is_cancellation": invoice[0] in "Cc",
        "total_price": number * unit_price,
        "year": sold.year,
        "month": sold.month,
        "day_of_week": sold.isoweekday() % 7 + 1,
        "surrogate_key": f"{invoice}_{stock_code}_{number}",
    }


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join),
    st.sampled_from([".csv", ".csv.gz"]),
)
@settings(max_examples=150)
def test_any_bytes_are_a_file_or_a_broken_one(shared_engine: Engine, content: bytes, suffix: str) -> None:
    with suppress(BrokenFile):
        assert rolled_back(shared_engine, content, f"day{suffix}").silver == []


@given(st.binary(max_size=200) | st.lists(st.sampled_from([*PIECES, SPANNING]), max_size=80).map(b"".join))
@settings(max_examples=300)
def test_every_line_is_part_of_one_row_or_blank(shared_engine: Engine, content: bytes) -> None:
    with shared_engine.connect() as connection:
        try:
            rows = received(connection, HEADER.encode() + b"\n" + content)
        except BrokenFile as error:
            assert re.search("are not valid UTF-8|cannot be split", str(error))  # noqa: PT017  # the dialect is wrong
            return
    left = dict(enumerate(content.splitlines(), 2))
    for row in rows:
        breaks = sum(len(BREAK.findall(row[column] or "")) for column in COLUMNS)
        for line_no in range(row["line_no"], row["line_no"] + breaks + 1):
            del left[line_no]
    assert not any(left.values())


@given(ROWS, st.sampled_from(DIALECTS))
@example([("000000", "0", "", "1", "0.000", "0E0", "", "2000-01-01")], DIALECTS[0])
@settings(max_examples=200)
def test_silver_is_what_python_types(
    shared_engine: Engine, rows: list[tuple[str, ...]], dialect: tuple[str, int]
) -> None:
    text, expected, line_no = f"{HEADER}\n", {}, 2
    for cells in rows:
        line = io.StringIO()
        csv.writer(line, lineterminator=dialect[0], quoting=dialect[1]).writerow(cells)  # type: ignore[arg-type]
        expected[line_no] = typed(cells)
        line_no += len(BREAK.findall(line.getvalue()))
        text += line.getvalue()
    found = rolled_back(shared_engine, text.encode())
    silver = {row["line_no"]: row for row in found.silver}
    assert silver.keys() | {row["line_no"] for row in found.quarantine} == expected.keys()
    for number, row in expected.items():
        assert (row is None) == (number not in silver)
        assert row is None or {column: silver[number][column] for column in row} == row
