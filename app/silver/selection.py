"""Selection of quarantined rows by file, expectation, date and status."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal, Self, get_args

from sqlalchemy import ColumnElement, and_, false, true

from app.db.sql import named
from app.errors import InvalidSelection
from app.silver.tables import QuarantineStatus, quarantine

RejectedState = Literal["rejected", "failed"]
STILL_QUARANTINED: Final = ("open", "discarded")
LISTS: Final = ("file_ids", "file_states")
DATES: Final = ("invoice_date", "processing_date")
q = quarantine.c


@dataclass(frozen=True, slots=True)
class QuarantineFilter:
    """Filters of quarantined rows, combined with AND; None: no filter.

    Attributes:
        file_id: id in the ledger; file_ids: any of these.
        file_states: states of rejected or failed files, which are read again as a whole; they have no quarantined rows.
        source_file: key or URL of the file.
        expectation: name of a failed expectation; `app.quality.expectation_names` checks it.
        invoice_date: date of sale; excludes rows whose date cannot be parsed.
        processing_date: day on which the file was received (UTC).
        status: open, replayed or discarded.
    """

    file_id: int | None = None
    file_ids: tuple[int, ...] | None = None
    file_states: tuple[RejectedState, ...] | None = None
    source_file: str | None = None
    expectation: str | None = None
    invoice_date: date | None = None
    processing_date: date | None = None
    status: str | None = "open"

    @classmethod
    def from_values(cls, parameters: Mapping[str, Any]) -> Self:
        """Build a filter from JSON parameters; raises InvalidSelection for invalid ones.

        Without a filter, `all` must be true, so that no client selects all rows by accident.
        """
        given = {name: value for name, value in parameters.items() if name != "all" and value is not None}
        if unknown := sorted(given.keys() - {field.name for field in fields(cls)}):
            raise InvalidSelection(
                f"{unknown[0]!r} is not a filter; use {', '.join(each.name for each in fields(cls))}"
            )
        if not (given.keys() - {"status"} or parameters.get("all")):
            raise InvalidSelection(
                "no filter is given; select by file, expectation or date, or select all rows explicitly"
            )
        days: dict[str, Any] = {name: _day(name, given[name]) for name in DATES if name in given}
        lists: dict[str, Any] = {name: tuple(given[name]) for name in LISTS if name in given}
        chosen = cls(**(given | days | lists))
        if others := {*(chosen.file_states or ())} - {*get_args(RejectedState)}:
            raise InvalidSelection(f"{others.pop()!r} is not a state of files to replay; choose rejected or failed")
        if chosen.status not in STILL_QUARANTINED:
            raise InvalidSelection(
                f"Rows of status {chosen.status!r} are not quarantined; choose {' or '.join(STILL_QUARANTINED)}"
            )
        return chosen

    @property
    def files(self) -> tuple[int, ...]:
        """The ids of the selected files, of which every one has to exist."""
        return (*([] if self.file_id is None else [self.file_id]), *(self.file_ids or ()))

    def having(self, status: str | None) -> Self:
        """Return the filter with another status, None for any; raises InvalidSelection for an unknown status."""
        if status not in {None, *get_args(QuarantineStatus)}:
            raise InvalidSelection(
                f"Status {status!r} not found; choose one of {', '.join(get_args(QuarantineStatus))}"
            )
        return replace(self, status=status)

    def as_dict(self) -> dict[str, Any]:
        """Return the filter as a JSON object without unset fields."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        shown = {name: _as_json(value) for name, value in given.items()}
        return shown if shown.keys() - {"status"} else {**shown, "all": True}

    def rows(self) -> ColumnElement[bool]:
        """Return the condition on `silver.quarantine`."""
        columns = (q.file_id, self.file_id), (q.invoice_date, self.invoice_date), (q.status, self.status)
        conditions: list[ColumnElement[bool]] = [column == value for column, value in columns if value is not None]
        if self.file_ids is not None:
            conditions.append(q.file_id.in_(self.file_ids))
        if self.file_states is not None:
            conditions.append(false())
        if self.source_file is not None:
            at_address = named(__package__, "files_at_address").bindparams(source_file=self.source_file)
            conditions.append(q.file_id.in_(at_address.columns(q.file_id)))
        if self.expectation is not None:
            conditions.append(q.reasons.contains([{"expectation": self.expectation}]))
        if self.processing_date is not None:
            start = datetime.combine(self.processing_date, time(), UTC)
            conditions.append(q.quarantined_at >= start)
            if self.processing_date < date.max:
                conditions.append(q.quarantined_at < start + timedelta(days=1))
        return and_(true(), *conditions)


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return [*value] if isinstance(value, tuple) else value


def _day(name: str, value: Any) -> date:
    try:
        return value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidSelection(f"Invalid {name} {value!r}; write YYYY-MM-DD") from None
