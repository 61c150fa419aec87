"""Which rows of the quarantine are meant: by file, expectation, date and status."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal, Self, get_args

from sqlalchemy import ColumnElement, and_, or_, true

from app.errors import InvalidSelection
from app.silver.tables import quarantine

Status = Literal["open", "replayed", "discarded"]
Expectation = Literal[
    "parse",
    "valid_customer_id",
    "valid_invoice_date",
    "valid_invoice_no",
    "valid_quantity",
    "valid_stock_code",
    "valid_total_price",
    "valid_unit_price",
]
EXPECTATIONS: Final = get_args(Expectation)
STILL_OUT: Final = ("open", "discarded")
DATES: Final = ("invoice_date", "processing_date")
q = quarantine.c


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Filters that a row has to pass, all of them; None lets every row pass.

    source_file: the key or the whole name of its object; invoice_date: no row passes whose date cannot be read;
    processing_date: on which its file was received (UTC).
    """

    file_id: int | None = None
    source_file: str | None = None
    expectation: str | None = None
    invoice_date: date | None = None
    processing_date: date | None = None
    status: str | None = "open"

    @classmethod
    def read(cls, parameters: Mapping[str, Any]) -> Self:
        """The choice that `as_dict` gave, or that a person made; raises InvalidSelection, naming what is wrong with it.

        Nothing is no choice: every row has to be meant in so many words, by `all`.
        """
        given = {name: value for name, value in parameters.items() if name != "all" and value is not None}
        if unknown := sorted(given.keys() - {field.name for field in fields(cls)}):
            raise InvalidSelection(
                f"{unknown[0]!r} is no filter; choose by {', '.join(each.name for each in fields(cls))}"
            )
        if not (given.keys() - {"status"} or parameters.get("all")):
            raise InvalidSelection(
                "nothing is chosen; choose a file, an expectation or a date, or say that all rows are meant"
            )
        days: dict[str, Any] = {name: _day(name, given[name]) for name in DATES if name in given}
        chosen = cls(**(given | days))
        if chosen.expectation not in {None, *EXPECTATIONS}:
            raise InvalidSelection(
                f"there is no expectation {chosen.expectation!r}; there are {', '.join(EXPECTATIONS)}"
            )
        if chosen.status not in STILL_OUT:
            raise InvalidSelection(f"rows of status {chosen.status!r} are not out; choose {' or '.join(STILL_OUT)}")
        return chosen

    def having(self, status: str | None) -> Self:
        """The same rows with this status, or with any; raises InvalidSelection where there is none such."""
        if status not in {None, *get_args(Status)}:
            raise InvalidSelection(f"there is no status {status!r}; there are {', '.join(get_args(Status))}")
        return replace(self, status=status)

    def as_dict(self) -> dict[str, Any]:
        """The choice as JSON has it, without what is left open."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        shown = {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
        return shown if shown.keys() - {"status"} else {**shown, "all": True}

    def rows(self) -> ColumnElement[bool]:
        """The condition on `silver.quarantine`."""
        columns = (q.file_id, self.file_id), (q.invoice_date, self.invoice_date), (q.status, self.status)
        wanted: list[ColumnElement[bool]] = [column == value for column, value in columns if value is not None]
        if self.source_file is not None:
            named = q.source_file.endswith(f"/{self.source_file}", autoescape=True)
            wanted.append(or_(q.source_file == self.source_file, named))
        if self.expectation is not None:
            wanted.append(q.reasons.contains([{"expectation": self.expectation}]))
        if self.processing_date is not None:
            start = datetime.combine(self.processing_date, time(), UTC)
            wanted.append(q.quarantined_at >= start)
            if self.processing_date < date.max:
                wanted.append(q.quarantined_at < start + timedelta(days=1))
        return and_(true(), *wanted)


def _day(name: str, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidSelection(f"{name} {value!r} is no date; write YYYY-MM-DD") from None
