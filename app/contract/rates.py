"""Exchange rates of a contract: a CSV file with a date, a code and a rate in each row."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.contract.fields import Fields, shortest
from app.contract.model import Rate
from app.contract.problems import Problems

COLUMNS: Final = ("date", "code", "rate")
CODE: Final = re.compile(r"[A-Z]{3}")
RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
OTHER_MARKS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MAX_BYTES: Final = 8 * 1024**2


def read_rates(path: Path, fields: Fields, own_code: str) -> tuple[Rate, ...]:
    """Return the rates of a file, by day and code; errors are recorded with their line and column."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        fields.add("rates", f"the file is not UTF-8; save it as UTF-8: {path}")
        return ()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or error
        fields.add("rates", f"the file cannot be read: {why}; write its path from the contract's folder: {path}")
        return ()
    if len(content) > MAX_BYTES:
        fields.add(
            "rates", f"{path} is larger than {MAX_BYTES // 1024**2} MB; keep the currencies and days that are needed"
        )
        return ()
    return _Reading(str(path), fields.problems, own_code).rates(text)


class _Reading:
    def __init__(self, file: str, problems: Problems, own_code: str) -> None:
        self._file, self._problems, self._own_code = file, problems, own_code
        self._seen: dict[tuple[date, str], int] = {}

    def rates(self, text: str) -> tuple[Rate, ...]:
        rows = csv.reader(text.splitlines())
        header = [name.strip().lower() for name in next(rows, [])]
        if sorted(header) != sorted(COLUMNS):
            self._add(1, "header", _wrong_header(header))
            return ()
        given = [(rows.line_num, row) for row in rows if row]
        found = [rate for line, row in given for rate in self._row(header, row, line)]
        if not given:
            self._add(1, "rate", "the file has no rates; add a row such as 2026-03-01,EUR,0.87")
        return tuple(sorted(found, key=lambda rate: (rate.day, rate.code)))

    def _row(self, header: list[str], row: list[str], line: int) -> Iterator[Rate]:
        if fault := _wrong_width(header, row):
            self._add(line, *fault)
            return
        given = dict(zip(header, row, strict=False))
        texts = {name: given.get(name, "").strip() for name in COLUMNS}
        day, code, rate = self._day(texts["date"], line), texts["code"].upper(), texts["rate"]
        is_rate = RATE.fullmatch(rate) is not None and Decimal(rate) > 0
        if not is_rate:
            self._add(line, "rate", _wrong_rate(rate))
        if not CODE.fullmatch(code):
            self._add(line, "code", f"{code[:40]!r} is not a currency code; write three letters, for example EUR")
        elif code == self._own_code:
            self._add(line, "code", f"{code} is the currency of the contract; remove the row")
        elif day is not None:
            first = self._seen.setdefault((day, code), line)
            if first != line:
                self._add(line, "date", f"line {first} has a rate of {code} for {day} too; keep one of them")
            elif is_rate:
                yield Rate(day, code, shortest(rate))

    def _day(self, text: str, line: int) -> date | None:
        try:
            if DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        what = f"{text[:40]!r} is not a date" if text else "the day is missing"
        self._add(line, "date", f"{what}; write it as 2026-03-01")
        return None

    def _add(self, line: int, column: str, message: str) -> None:
        self._problems.add(line, column, message, self._file)


def _wrong_header(header: list[str]) -> str:
    names = ",".join(COLUMNS)
    mark = _other_mark(header)
    if mark is not None:
        return f"{_separated(mark)}, {names}, and write rates with a point, 0.87"
    return f"the columns are {','.join(header)[:60]!r}, not date, code and rate; write the header {names}"


def _wrong_width(header: list[str], row: list[str]) -> tuple[str, str] | None:
    """Return the column and the message of a row with other columns than the header; None where cells are missing."""
    mark = _other_mark(row)
    if mark is not None:
        return "row", _separated(mark)
    others = [cell.strip() for cell in row[len(header) - 1 :]]
    if len(others) <= 1 or not any(others[1:]):
        return None
    if header[-1] == "rate" and all(map(str.isdigit, others)):
        what = f"the row has {len(row)} columns, and the rate seems to have a decimal comma"
        return "rate", f"{what}; write it with a point, {'.'.join(others)[:40]}"
    return "row", f"the row has {len(row)} columns, not {len(header)}; remove the others"


def _wrong_rate(rate: str) -> str:
    if "," in rate and RATE.fullmatch(rate.replace(",", ".")):
        return f"{rate[:40]!r} has a decimal comma; write it with a point, {rate.replace(',', '.')[:40]}"
    return f"{rate[:40]!r} is not a rate; write a decimal number above 0, for example 0.87"


def _other_mark(cells: list[str]) -> str | None:
    """Return what separates the columns of a row other than commas; None for commas."""
    return next((word for mark, word in OTHER_MARKS.items() if cells and cells[0].count(mark) > 1), None)


def _separated(mark: str) -> str:
    return f"the columns are separated by {mark}; separate them by commas"
