"""Temporary database of a dry run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Engine, text

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate

SETTINGS: Final = {"synchronous_commit": "off", "autovacuum": "off", "max_wal_size": "8GB", "work_mem": "64MB"}
"""Server settings for one user and one load."""
UNLOGGED: Final = (
    *("bronze.sales_row", "silver.sales_row", "silver.quarantine"),
    *("gold.customer_invoice", "gold.customer_identifier"),
)


@contextmanager
def temporary_database() -> Iterator[Engine]:
    """Open an engine on a migrated database that is deleted at the end.

    Raises Misconfigured if the embedded PostgreSQL is not installed.
    """
    with TemporaryDirectory(prefix="regulars-check-") as folder, embedded_postgres(Path(folder), SETTINGS) as url:
        engine = make_engine(url)
        try:
            migrate(engine)
            with engine.begin() as connection:
                for table in UNLOGGED:
                    connection.execute(text(f"alter table {table} set unlogged"))
            yield engine
        finally:
            engine.dispose()
