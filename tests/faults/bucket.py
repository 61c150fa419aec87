"""A bucket of five days, reached through a proxy by one database and without it by another, to be compared."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine

from app.db.engine import make_engine
from app.jobs.context import Context
from app.pipeline.load_batch import Counts
from tests.faults.days import text
from tests.faults.proxy import Proxy, proxy
from tests.loading import BAD, FROM_SCRATCH, VOLATILE, everything, gold, load, query, sale
from tests.postgres import fresh_database
from tests.s3 import REGION, S3Server

DAYS = [f"2026-02-0{number}" for number in range(1, 6)]
REPLACED = "changed since it was listed; the next ingest lists it again"
REMOVED = "is no longer in the source; put it back if it is to be read"


def key(day: str) -> str:
    return f"retail/{day}/{day}_transactions.csv"


def day_of(day: str, *customers: str) -> bytes:
    return text(*(sale(f"5{day[-2:]:>05}", customer, day=day) for customer in customers), BAD)


@dataclass(frozen=True)
class Store:
    """A bucket of five days, a context that reaches it through a proxy, and one that does so undisturbed."""

    context: Context
    undisturbed: Context
    proxy: Proxy
    server: S3Server
    bucket: str

    def put(self, name: str, content: bytes) -> None:
        self.server.client.put_object(Bucket=self.bucket, Key=name, Body=content)

    def delete(self, name: str) -> None:
        self.server.client.delete_object(Bucket=self.bucket, Key=name)

    def of(self, bucket: str) -> Context:
        """The context that reaches another bucket through the proxy."""
        settings = self.context.settings.model_copy(update={"source": f"s3://{bucket}/retail"})
        return replace(self.context, settings=settings)

    def load(self) -> Counts:
        return load(self.context)

    def loaded_as_undisturbed(self) -> bool:
        """Load without a fault here, and undisturbed there: the same tables, and gold is what silver says."""
        self.proxy.clear()
        self.load()
        load(self.undisturbed)
        assert gold(self.context.engine) == query(self.context.engine, FROM_SCRATCH) != []
        here, there = comparable(self.context.engine), comparable(self.undisturbed.engine)
        assert here == there
        return True

    def ledger(self) -> list[tuple[Any, ...]]:
        return query(self.context.engine, "select state, attempts, error from pipeline.source_file order by key, id")


def comparable(engine: Engine) -> Mapping[str, list[str]]:
    """Every table without ids and timestamps; without versions that were deleted before they were read."""
    tables = dict(everything(engine, *VOLATILE, named_files=True))
    tables["pipeline.source_file"] = [
        row for row in tables["pipeline.source_file"] if REPLACED not in row and REMOVED not in row
    ]
    return tables


@contextmanager
def open_store(context: Context, server: S3Server, bucket: str, postgres: str) -> Iterator[Store]:
    """A store of this bucket; the undisturbed context has a database of its own."""
    with proxy(server.endpoint) as at, fresh_database(postgres) as url:
        given = {"source": f"s3://{bucket}/retail", "s3_region": REGION, "max_attempts": 2}
        here, there = (
            context.settings.model_copy(update={**given, "s3_endpoint_url": endpoint})
            for endpoint in (at.endpoint, server.endpoint)
        )
        engine = make_engine(url)
        undisturbed = replace(context, settings=there, engine=engine)
        store = Store(replace(context, settings=here), undisturbed, at, server, bucket)
        for number, day in enumerate(DAYS):
            store.put(key(day), day_of(day, "always", f"of day {number}"))
        yield store
        engine.dispose()
