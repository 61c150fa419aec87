"""Check for an accidental load of a second source into a database."""

from sqlalchemy import Connection, func, select

from app.errors import Misconfigured
from app.jobs.context import Context
from app.pipeline import tables
from app.pipeline.tables import source_file
from app.source.open import open_source
from app.source.protocol import Source, location

f, s = source_file.c, tables.source.c


def check_no_other_source(context: Context, *, add_source: bool = False) -> None:
    """Refuse to load a new source into a database with files of another source.

    A moved source is accepted: it has the same name, and some of its files at the new location.

    Args:
        context: database, and settings with the source.
        add_source: whether to load the sales of both sources into one model.

    Raises:
        Misconfigured: the database has files, and none of this source.
    """
    if add_source:
        return
    source = open_source(context.settings)
    with context.engine.connect() as connection:
        files = files_by_location(connection)
        is_known = not files or location(source) in files or _is_moved(connection, source)
    if not is_known:
        others = ", ".join(f"{count:,} of {name}" for name, count in files.items())
        raise Misconfigured(
            f"the database has files of another source ({others}) and none of {location(source)}; give another "
            "--data-dir, or --add-source to load both sources into one model"
        )


def files_by_location(connection: Connection) -> dict[str, int]:
    """Return the number of files in the ledger by the location of their source."""
    query = select(s.location, func.count()).join_from(source_file, tables.source, s.name == f.source)
    return {row[0]: row[1] for row in connection.execute(query.group_by(s.location).order_by(s.location))}


def _is_moved(connection: Connection, source: Source) -> bool:
    known = select(f.key, f.size).where(f.source == source.name)
    files = {(row.key, row.size) for row in connection.execute(known)}
    return any((listed.key, listed.size) in files for listed in source.list())
