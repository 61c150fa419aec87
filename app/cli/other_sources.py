"""Check that a database is not loaded from a second source by mistake."""

from sqlalchemy import Connection, func, select

from app.errors import Misconfigured
from app.jobs.context import Context
from app.pipeline.tables import source_file
from app.source.open import open_source

f = source_file.c


def check_no_other_source(context: Context, *, add_source: bool = False) -> None:
    """Refuse to load a new source into a database that has files of another one.

    Args:
        context: its settings name the source.
        add_source: the operator wants the sales of both sources in one model.

    Raises:
        Misconfigured: the database has files, and none of them is of this source.
    """
    if add_source:
        return
    source = open_source(context.settings)
    with context.engine.connect() as connection:
        files = files_by_source(connection)
    if files and source.bucket not in files:
        others = ", ".join(f"{count:,} of {name}" for name, count in files.items())
        raise Misconfigured(
            f"the database has files of another source ({others}) and none of {source.bucket}; give --data-dir "
            "a folder of its own, or --add-source to load both sources into one model"
        )


def files_by_source(connection: Connection) -> dict[str, int]:
    """Return the number of files in the ledger by the source that they are from."""
    query = select(f.bucket, func.count()).group_by(f.bucket).order_by(f.bucket)
    return {row[0]: row[1] for row in connection.execute(query)}
