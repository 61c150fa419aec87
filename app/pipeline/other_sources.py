"""Check for an accidental load of a second source into a database."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from app.errors import Misconfigured
from app.pipeline import tables
from app.pipeline.tables import source_file
from app.source.protocol import Source, SourceObject, location

f, s = source_file.c, tables.source.c


def check_no_other_source(
    connection: Connection, source: Source, listed: Iterable[SourceObject], *, adds_source: bool = False
) -> None:
    """Refuse to load a new source into a database with files of another source.

    A moved source is accepted: it has the same name, and some of its files at the new location.

    Args:
        source: the source to be loaded.
        listed: its objects; read only if the database has files, and none at the location of the source.
        adds_source: whether to load the sales of both sources into one model.

    Raises:
        Misconfigured: the database has files, and none of this source; or the added source has the name of another
            source, whose files it would replace.
    """
    files = files_by_location(connection)
    if not files or location(source) in files:
        return
    if _is_latest(connection, source) or _is_moved(connection, source, listed):
        return
    is_named_alike = connection.execute(select(f.id).where(f.source == source.name).limit(1)).first() is not None
    if adds_source and not is_named_alike:
        return
    naming = f" with a REGULARS_SOURCE_NAME other than {source.name}" if is_named_alike else ""
    others = ", ".join(f"{count:,} of {name}" for name, count in files.items())
    raise Misconfigured(
        f"the database has files of another source ({others}) and none of {location(source)}; give this source a "
        "database of its own (--data-dir or REGULARS_DATABASE_URL), or load both sources into one model by "
        f"`regulars ingest --add-source`{naming}"
    )


def files_by_location(connection: Connection) -> dict[str, int]:
    """Return the number of files in the ledger by the location of their source."""
    query = select(s.location, func.count()).join_from(source_file, tables.source, s.name == f.source)
    return {row[0]: row[1] for row in connection.execute(query.group_by(s.location).order_by(s.location))}


def _is_latest(connection: Connection, source: Source) -> bool:
    """Return whether the latest ingest was of this source, which may have had no file yet."""
    latest = (s.name == source.name, s.location == location(source), s.is_configured)
    return connection.execute(select(s.name).where(*latest)).first() is not None


def _is_moved(connection: Connection, source: Source, listed: Iterable[SourceObject]) -> bool:
    # Two shops may have empty files of the same name.
    known = select(f.key, f.size).where(f.source == source.name, f.rows_read.is_distinct_from(0))
    files = {(row.key, row.size) for row in connection.execute(known)}
    return bool(files) and any((item.key, item.size) in files for item in listed)
