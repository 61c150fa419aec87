"""Sales as rows of a file, ingests of them, and what the tables then hold."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

import app.bronze.tables
import app.gold.tables
import app.pipeline.tables
import app.quality.checks.tables
import app.quality.tables
import app.segments.tables
import app.silver.tables
from app.contract.model import SourceContract
from app.db.metadata import metadata
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.ingest import IngestPolicy, ingest
from app.pipeline.load_batch import Counts
from app.pipeline.processing import Processor
from app.source.open import declared_sources, open_sources
from app.source.protocol import Source

BAD = "536365,85123A,LANTERN,-6,2.55,17850,France,2026-02-01"
VOLATILE = (
    *("id", "file_id", "supersedes_id", "duplicate_of_id", "run_id", "etag", "last_modified", "discovered_at"),
    *("loaded_at", "received_at", "quarantined_at", "updated_at", "computed_at"),
)
OF_RUNS = (app.quality.checks.tables.check_result, app.quality.checks.tables.check_state)
"""Tables of what each run found, which depend on the number of runs."""
LISTING = ("etag", "last_modified", "discovered_at")
FROM_SCRATCH = """
    select
        customer_id, min(invoice_date), max(invoice_date), count(distinct invoice_no), sum(total_price),
        (array_agg(country
            order by invoice_date desc, invoice_no collate "C" desc, country collate "C" desc nulls last))[1]
    from silver.retail_transactions
    where customer_id is not null and invoice_no !~* '^c' and stock_code ~ '^([0-9]{5}[A-Za-z]*|PADS)$'
    group by customer_id
    order by customer_id collate "C"
"""


def sale(invoice: str = "536365", customer: str = "17850", *, quantity: int = 6, day: str = "2026-02-01") -> str:
    """A row that counts, of 2.55 a piece."""
    return f"{invoice},85123A,LANTERN,{quantity},2.55,{customer},France,{day}"


def load(
    context: Context,
    source: Source | None = None,
    policy: IngestPolicy = IngestPolicy(),  # noqa: B008
    processor: Processor | None = None,
) -> Counts:
    """Run an ingest of the settings' source, or of another."""
    sources = open_sources(context.settings) if source is None else only(context, source)
    return ingest(context, sources, Run(uuid4(), "ingest"), policy=policy, processor=processor)


def only(context: Context, source: Source) -> list[tuple[Source, SourceContract]]:
    """A source with the contract of the settings, for an ingest of no other."""
    return [(source, declared_sources(context.settings).source_contract(source.name))]


def with_limit(context: Context, share: float) -> Context:
    """The context with another share of rows that may be quarantined."""
    return replace(context, settings=context.settings.model_copy(update={"max_quarantined_share": share}))


def query(engine: Engine, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement), values)]


def change(engine: Engine, *statements: str) -> None:
    """Run statements in a transaction, as an operator would."""
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def states(engine: Engine) -> list[str]:
    """States in the ledger, by key and in the order in which the versions were seen."""
    return [state for (state,) in query(engine, "select state from pipeline.source_file order by key, id")]


def gold(engine: Engine) -> list[tuple[Any, ...]]:
    """Every customer without updated_at."""
    columns = "customer_id, first_invoice_date, last_invoice_date, frequency, monetary, country"
    return query(engine, f"select {columns} from gold.customer_rfm order by customer_id")  # noqa: S608


def everything(engine: Engine, *leaving_out: str, named_files: bool = False) -> Mapping[str, list[str]]:
    """Every row of every table as text, without some columns; with the keys of files in place of their ids."""
    found = {}
    with engine.connect() as connection:
        for table in (each for each in metadata.sorted_tables if each not in OF_RUNS):
            file = "file.key" if named_files and "file_id" in table.c else "null"
            join = "left join pipeline.source_file as file on file.id = r.file_id" if file != "null" else ""
            wanted = f"select to_jsonb(r) || jsonb_build_object('of', {file}) from {table} as r {join}"  # noqa: S608
            rows = connection.execute(text(wanted)).scalars()
            kept = ({name: value for name, value in row.items() if name not in leaving_out} for row in rows)
            found[str(table)] = sorted(json.dumps(row) for row in kept)
    return found


def until(holds: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for another process or thread to bring something about: true, or it fails."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)
    return True


def until_somebody_waits(engine: Engine) -> None:
    """Wait until a transaction in this database waits for a lock."""
    waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    until(lambda: query(engine, waiting) != [])
