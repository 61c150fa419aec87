"""Check for an accidental load of a second source into a database."""

from collections.abc import Iterable

from sqlalchemy import Connection, distinct, func, or_, select

from app.contract.model import Server
from app.errors import Misconfigured
from app.pipeline import tables
from app.pipeline.tables import source_file
from app.source.protocol import Source, SourceObject, location

f, s = source_file.c, tables.source.c


def check_no_other_source(
    connection: Connection, source: Source, listed: Iterable[SourceObject], server: Server, *, adds_source: bool = False
) -> None:
    """Refuse to load a new source into a database with files of another source, or a source under a second name.

    A moved source is accepted: it has the same name, and most of its known files have the same size as before.

    Args:
        source: the source to be loaded.
        listed: its objects; read only if the database has files, and none at the location of the source.
        server: its server in the contract.
        adds_source: whether to load the sales of both sources into one model.

    Raises:
        Misconfigured: the database has files, and none of this source; the database has the files at this location
            under another name; or the added source has the name of another source, whose files it would replace.
    """
    files = _files(connection)
    names_here = [name for name, at in files if at == location(source)]
    if not files or source.name in names_here:
        return
    if names_here:
        raise _under_other_name(source, names_here[0], server)
    if _is_latest(connection, source):
        return
    same, other = _compare(connection, source, listed)
    if same > other:
        return
    is_named_alike = any(name == source.name for name, _ in files)
    if not adds_source or is_named_alike:
        raise _other_source(source, files, other if is_named_alike else None, server)


def _files(connection: Connection) -> dict[tuple[str, str], int]:
    """Return the number of files by name and location of their source, without superseded files."""
    query = select(s.name, s.location, func.count(distinct(f.key)).label("files")).join_from(
        source_file, tables.source, s.name == f.source
    )
    grouped = query.where(f.state != "superseded").group_by(s.name, s.location)
    ordered = grouped.order_by(s.location.collate("C"), s.name.collate("C"))
    return {(row.name, row.location): row.files for row in connection.execute(ordered)}


def _is_latest(connection: Connection, source: Source) -> bool:
    """Return whether the latest ingest was of this source, which may have had no file yet."""
    latest = (s.name == source.name, s.location == location(source), s.is_configured)
    return connection.execute(select(s.name).where(*latest)).first() is not None


def _compare(connection: Connection, source: Source, listed: Iterable[SourceObject]) -> tuple[int, int]:
    """Return the numbers of known keys that are listed with the same size, and with another one.

    Small files of two shops may have the same key and size, and empty ones always have: those are not compared.
    """
    chosen = (
        f.source == source.name,
        f.state != "superseded",
        or_(f.rows_read.is_distinct_from(0), f.not_read.is_not(None)),
    )
    sizes: dict[str, set[int]] = {}
    for row in connection.execute(select(f.key, f.size).where(*chosen)):
        sizes.setdefault(row.key, set()).add(row.size)
    known = [item.size in sizes[item.key] for item in listed if item.key in sizes] if sizes else []
    return known.count(True), known.count(False)


def _under_other_name(source: Source, name: str, server: Server) -> Misconfigured:
    instead = f"rename the server {server.name} of the contract" if server.location else "set REGULARS_SOURCE_NAME"
    return Misconfigured(
        f"the database has the files of {location(source)} as source {name}, and would record them a second time as "
        f"{source.name}; run `regulars source move {name} {source.name}`, or {instead} to {name}"
    )


def _other_source(
    source: Source, files: dict[tuple[str, str], int], replaced: int | None, server: Server
) -> Misconfigured:
    """Return the error; `replaced` is the number of files that would be replaced, None if the name is a new one."""
    others = ", ".join(f"{count:,} of {at}" for (_, at), count in files.items())
    naming, replacing = "", ""
    if replaced is not None:
        setting = "a name of the server in the contract" if server.location else "a REGULARS_SOURCE_NAME"
        naming = f" with {setting} other than {source.name}"
    if replaced:
        replacing = f"{replaced:,} of these files would be replaced by files of the same name with other content; "
    return Misconfigured(
        f"the database has files of another source ({others}) and none of {location(source)}; {replacing}give this "
        "source a database of its own (--data-dir or REGULARS_DATABASE_URL), or load both sources into one model by "
        f"`regulars ingest --add-source`{naming}"
    )
