"""What the database holds, beside what the model says that it must hold."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Engine

from app.contract.open import open_contract
from app.plurals import counted
from tests.contracts import with_dates
from tests.faults.model import ACTIVE, DUPLICATE, Model, Place
from tests.faults.validating import BRITISH, ISO, NOTHING, Content, Validated, aggregate, validate, validate_changed
from tests.faults.world import Store
from tests.gold.sums import stored_sums, sums_of_silver
from tests.loading import FROM_SCRATCH, gold, query

FORMATS = {open_contract(with_dates(each)).sha256: each for each in (ISO, BRITISH)}
"""Date formats by the hash of the contract that declares them."""
SERVES = ("loaded", "empty", "source_missing")
ROLES = {"duplicate": DUPLICATE}
LEDGER = """
    select
        f.key, f.sha256, f.state, f.rows_read, f.rows_loaded, f.rows_quarantined, twin.state, f.contract_sha256,
        f.quarantine_contract_sha256
    from pipeline.source_file as f
    left join pipeline.source_file as twin on twin.id = f.duplicate_of_id and twin.sha256 = f.sha256
    where f.sha256 is not null
    order by f.key, f.id
"""
COUNTED = """
    select
        f.key, f.sha256,
        (select count(*) from bronze.retail_transactions as r where r.file_id = f.id),
        (select coalesce(sum(rows), 0) from quality.file_dates as r where r.file_id = f.id and layer = 'bronze'),
        (select coalesce(sum(rows), 0) from quality.file_profile as r where r.file_id = f.id and layer = 'bronze'),
        (select coalesce(sum(rows), 0) from quality.file_dates as r where r.file_id = f.id and layer = 'silver'),
        (select coalesce(sum(failed), 0) from quality.expectation_results as r where r.file_id = f.id)
    from pipeline.source_file as f
    where f.sha256 is not null
"""
SILVER = """
    select
        f.key, f.sha256, r.line_no, r.invoice_no, r.stock_code, r.quantity, r.unit_price, r.customer_id, r.country,
        r.invoice_date
    from silver.retail_transactions as r
    left join pipeline.source_file as f on f.id = r.file_id
    order by f.key, r.line_no
"""
SILVER_OF = """
    select r.line_no
    from silver.retail_transactions as r
    inner join pipeline.source_file as f on f.id = r.file_id
    where f.key = :key
"""
QUARANTINE = """
    select
        f.key, f.sha256, r.line_no, r.raw,
        array(select reason ->> 'expectation' from jsonb_array_elements(r.reasons) as reason order by 1),
        r.invoice_date
    from silver.quarantine as r
    left join pipeline.source_file as f on f.id = r.file_id
    where r.status = 'open'
    order by f.key, r.line_no
"""
TOTALS = """
    select
        (select count(*) from bronze.retail_transactions as r inner join pipeline.source_file as f on f.id = r.file_id
            where f.state in ('loaded', 'empty', 'source_missing')),
        (select count(*) from silver.retail_transactions)
            + (select count(*) from silver.quarantine where status = 'open'),
        (select coalesce(sum(rows_read), 0) from pipeline.source_file
            where state in ('loaded', 'empty', 'source_missing'))
"""


def _counts(validated: Validated) -> tuple[int, int, int]:
    loaded, quarantined = len(validated.silver), len(validated.quarantine)
    return loaded + quarantined, loaded, quarantined


class Line(NamedTuple):
    """A content of a key in the ledger; twin: the state of what it duplicates; by: date formats of its contracts."""

    key: str
    sha256: str
    state: str
    read: int | None
    loaded: int | None
    quarantined: int | None
    twin: str | None
    by: str | None
    quarantined_by: str | None


@dataclass
class Held:
    """A database; contents: what has these bytes."""

    engine: Engine
    contents: dict[str, Content] = field(default_factory=dict)

    def ledger(self) -> list[Line]:
        """Every content that was ever read, by key."""
        return [Line(*row[:-2], *map(FORMATS.get, row[-2:])) for row in query(self.engine, LEDGER)]

    def unread(self) -> list[tuple[Any, ...]]:
        """Versions that wait."""
        return query(
            self.engine, "select key, state from pipeline.source_file where state in ('discovered', 'loading')"
        )

    def compare(self, model: Model) -> None:
        """The database is what the model is, table by table."""
        ledger = self.ledger()
        assert {(line.key, line.sha256): line.state for line in ledger} == model.states()
        assert [line for line in ledger if line.state == "duplicate" and line.twin not in SERVES] == []
        active = list(model.active())
        assert {line[:2]: line[3:6] for line in ledger if line.state in SERVES} == {
            (key, content.sha256): _counts(validated) for key, content, validated in active
        }
        assert {line[:2]: (line.by, line.quarantined_by) for line in ledger if line.state in SERVES} == {
            (key, content.sha256): (validated.by, validated.quarantined_by) for key, content, validated in active
        }
        self._compare_rows(active)
        self._compare_counts(model, active)
        assert gold(self.engine) == query(self.engine, FROM_SCRATCH) == aggregate(model.sales())
        with self.engine.connect() as connection:
            assert stored_sums(connection) == sums_of_silver(connection)
        self._compare_freshness(model)

    def _compare_rows(self, active: list[tuple[str, Content, Validated]]) -> None:
        silver = [(key, content.sha256, *sold) for key, content, validated in active for sold in validated.silver]
        assert query(self.engine, SILVER) == silver
        assert query(self.engine, QUARANTINE) == [
            (key, content.sha256, row.line_no, row.raw, list(row.reasons), row.day)
            for key, content, validated in active
            for row in validated.quarantine
        ]
        ((bronze, either, read),) = query(self.engine, TOTALS)
        assert bronze == either == read

    def _compare_counts(self, model: Model, active: list[tuple[str, Content, Validated]]) -> None:
        validations = {(key, content): validated for key, content, validated in active}
        expected = {}
        for key, content in model.known:
            rows = len(content.rows) if (key, content) in model.received else 0
            validated = validations.get((key, content), NOTHING)
            failed = sum(len(row.reasons) for row in validated.quarantine)
            expected[key, content.sha256] = (rows, rows, rows, len(validated.silver), failed)
        assert {row[:2]: row[2:] for row in query(self.engine, COUNTED)} == expected

    def _compare_freshness(self, model: Model) -> None:
        rejected = sum(place.rejected is not None for place in model.places.values())
        noted = query(self.engine, "select data_through, coalesce(warning, '') from pipeline.freshness")
        days = [sale.day for sale in model.sales()]
        for through, warning in noted:
            assert through == max(days, default=None)
            assert [part for part in warning.split("; ") if "rejected" in part] == (
                [f"{counted(rejected, 'file')} rejected or failed, see /v1/files"] if rejected else []
            )
        assert noted or not model.received

    def adopt(self, model: Model, store: Store) -> None:
        """Take over what was committed of an ingest that did not end; it may be no other than before or after."""
        ledger, places = self.ledger(), {key: Place() for key in model.places}
        known = {(line.key, self._content(line.sha256, model, store)) for line in ledger}
        assert model.known <= known
        model.known |= known
        for line in sorted(ledger, key=lambda line: line.state in SERVES):
            place, content = places[line.key], self._content(line.sha256, model, store)
            if line.state == "rejected":
                place.rejected, place.rejected_by = content, line.by
            elif line.state == "discovered":
                place.queued = content
            elif line.state in (*SERVES, *ROLES):
                place.serving, place.role = content, ROLES.get(line.state, ACTIVE)
                place.is_missing = line.state == "source_missing"
            if line.read is not None:
                model.received.add((line.key, content))
        accepted = {each.active: each.validated for each in model.places.values() if each.active is not None}
        for key, place in places.items():
            before, shown = model.places[key], store.shown.get(key)
            listed = None if shown is None else shown[1]
            if place.active is not None:
                line = next(line for line in ledger if line.key == key and line.state in SERVES)
                place.validated = _validated(line, place.active, before, accepted, model)
            duplicates = [each.serving for each in model.places.values() if each.role == DUPLICATE]
            allowed = {before.serving, listed or before.serving}
            if before.role == DUPLICATE or before.serving in duplicates:
                allowed.add(None)
            assert place.serving in allowed, f"{key} serves neither what it did nor what was delivered"
        model.places = places

    def _content(self, sha256: str, model: Model, store: Store) -> Content:
        for content in (*store.ever, *(content for _, content in model.known)):
            self.contents[content.sha256] = content
        return self.contents[sha256]


def _validated(
    line: Line, active: Content, before: Place, accepted: dict[Content, Validated], model: Model
) -> Validated:
    """What became of the rows of a content in an ingest that may have died before or after it validated them again."""
    fresh, former = validate(active, model.date_format, model.erased), accepted.get(active)
    # Another key may have given up this content within the ingest: then its rows are as they were validated there.
    former = before.validated if active == before.active else former
    if former is None:
        return fresh
    again = validate_changed(active, former, model.date_format, model.erased)
    found = (line.by, line.quarantined_by, line.loaded)
    return next((each for each in (former, again) if (each.by, each.quarantined_by, len(each.silver)) == found), fresh)
