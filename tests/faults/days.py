"""A faulty file between two good days: loaded, with all that must hold of any load, and what became of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.jobs.context import Context
from tests.conftest import HEADER
from tests.loading import FROM_SCRATCH, gold, load, query, sale

FIRST, LAST = sale("500001", "first", day="2026-02-01"), sale("500003", "last", day="2026-02-03")
GOOD_KEYS = ("2026-02-01/2026-02-01_transactions.csv", "2026-02-03/2026-02-03_transactions.csv")
SILVER = """
    select
        line_no,
        concat_ws(
            ',', invoice_no, stock_code, coalesce(description, ''), quantity, unit_price, coalesce(customer_id, ''),
            coalesce(country, ''), invoice_date
        )
    from silver.retail_transactions
    where file_id = :file_id
    order by line_no
"""
QUARANTINE = """
    select line_no, raw, array(select jsonb_array_elements(reasons) ->> 'expectation')
    from silver.quarantine
    where file_id = :file_id
    order by line_no
"""
BRONZE = "select line_no from bronze.retail_transactions where file_id = :file_id order by line_no"


@dataclass(frozen=True)
class Found:
    """What the ledger says of the faulty file; its rows in silver by line, as CSV; in quarantine with raw and reasons.

    rows: read, loaded, quarantined.
    """

    state: str
    error: str
    rows: tuple[int | None, ...]
    silver: list[tuple[int, str]]
    quarantine: list[tuple[int, str, list[str]]]

    @property
    def whole(self) -> tuple[str, list[tuple[int, str]], list[tuple[int, str, list[str]]]]:
        """State, silver and quarantine."""
        return self.state, self.silver, self.quarantine


@dataclass(frozen=True)
class Days:
    """The days around a fault."""

    context: Context
    put: Callable[..., Path]

    def declared(self, **changed: object) -> "Days":
        """The same days with other settings of their source."""
        settings = self.context.settings.model_copy(update=changed)
        return replace(self, context=replace(self.context, settings=settings))

    def around(self, content: bytes, name: str | None = None) -> Found:
        """Load the content between two good days; asserts that those are in and that no row is lost or doubled."""
        self.put(FIRST, day="2026-02-01")
        self.put(content=content, day="2026-02-02", name=name)
        self.put(LAST, day="2026-02-03")
        load(self.context)
        return self.found()

    def found(self) -> Found:
        """What the tables say, once their sums are seen to be right."""
        columns = "id, key, state, coalesce(error, ''), rows_read, rows_loaded, rows_quarantined"
        ledger = query(self.context.engine, f"select {columns} from pipeline.source_file order by key")  # noqa: S608
        good = [(row[2], *row[4:]) for row in ledger if row[1] in GOOD_KEYS]
        [(file_id, _, state, error, *rows)] = [row for row in ledger if row[1] not in GOOD_KEYS]
        assert good == [("loaded", 1, 1, 0)] * 2
        bronze, silver, quarantine = (
            query(self.context.engine, statement, file_id=file_id) for statement in (BRONZE, SILVER, QUARANTINE)
        )
        assert sorted(line_no for line_no, *_ in [*silver, *quarantine]) == [line_no for (line_no,) in bronze]
        assert (len(bronze), len(silver), len(quarantine)) == tuple(number or 0 for number in rows)
        customers = gold(self.context.engine)
        assert {"first", "last"} <= {row[0] for row in customers}
        assert customers == query(self.context.engine, FROM_SCRATCH)
        return Found(state, error, tuple(rows), silver, quarantine)


def text(*lines: str, header: str = HEADER, end: str = "\n") -> bytes:
    """A file of these lines below a header, each with its end."""
    return "".join(f"{line}{end}" for line in (header, *lines)).encode()


def sold(customer: str) -> str:
    """A sale of the faulty day, to a customer who tells which of its lines it is."""
    return sale("500002", customer, day="2026-02-02")
