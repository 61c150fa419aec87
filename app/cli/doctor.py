"""What `regulars doctor` looks at."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.access.api_keys import has_keys
from app.api.middleware.auth import api_key, check_binding
from app.bronze.load import inspect
from app.db.engine import check_version, make_engine
from app.db.migrate import check_migrated
from app.db.open import open_database
from app.errors import DatabaseUnusable, Misconfigured, RegularsError
from app.pipeline.ledger import former_sources
from app.settings import Settings
from app.source.csv_format import CsvFormat
from app.source.open import open_source
from app.suppression.filter import count_erased
from app.suppression.key import Key


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: fine or wrong, and what was found or what to do."""

    check: str
    verdict: str
    found: str


def examine(settings: Settings) -> list[Finding]:
    """Every check, whatever the others say."""
    checks: dict[str, Callable[[Settings], str]] = {
        "file format": _format,
        "database": _database,
        "source": _source,
        "former sources": _former_sources,
        "API": _api,
        "erasures": _erasures,
    }
    return [_examined(name, check, settings) for name, check in checks.items()]


def _examined(name: str, check: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(name, "fine", check(settings))
    except RegularsError as error:
        return Finding(name, "wrong", str(error))


def _format(settings: Settings) -> str:
    declared = CsvFormat.declared(settings)
    dates = declared.dates.declared
    return f"{declared.encoding}, columns by {declared.delimiter!r}, decimals by {declared.decimal!r}, dates {dates}"


def _database(settings: Settings) -> str:
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            major = check_version(engine)
            if settings.database_url is None:
                return f"embedded PostgreSQL {major} in {settings.data_dir}"
            check_migrated(engine)
            return f"PostgreSQL {major}, schema up to date"
        finally:
            engine.dispose()


def _source(settings: Settings) -> str:
    source = open_source(settings)
    listed = list(source.list())  # to its end, where folders that cannot be read are named
    first = listed[:1]
    if not first:
        return "reachable, but holds no .csv or .csv.gz file yet"
    with source.fetch(first[0]).content as content:
        inspect(content, first[0].key, CsvFormat.declared(settings))
    return f"reachable; the header of {first[0].key} is understood"


def _former_sources(settings: Settings) -> str:
    found: dict[str, int] = {}
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            with suppress(DatabaseUnusable), engine.connect() as connection:
                check_migrated(engine)
                found = former_sources(connection, settings.source_name)
        finally:
            engine.dispose()
    if found:
        names = ", ".join(f"{name} ({files:,} files)" for name, files in found.items())
        raise Misconfigured(
            f"sales of sources that are not configured count in the results: {names}; run "
            f"`regulars source move OLD {settings.source_name}`, or set REGULARS_SOURCE_NAME"
        )
    return f"none; {settings.source_name} is configured"


def _api(settings: Settings) -> str:
    has_one = _has_keys(settings)
    check_binding(settings, has_keys=has_one)
    ways = [*(["REGULARS_API_KEY"] if api_key(settings) else []), *(["keys in the database"] if has_one else [])]
    guard = f"guarded by {' and '.join(ways)}" if ways else "open, so on loopback only"
    return f"would bind {settings.host}:{settings.port}, {guard}"


def _erasures(settings: Settings) -> str:
    number = 0
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            with suppress(DatabaseUnusable), engine.connect() as connection:
                check_migrated(engine)  # which another check tells
                number = count_erased(connection, settings)
        finally:
            engine.dispose()
    key = Key.read(settings)
    return f"{number:,} customers erased, under the key {key.fingerprint}" if key else "no key is set; nobody is erased"


def _has_keys(settings: Settings) -> bool:
    with open_database(settings) as url:
        engine = make_engine(url)
        try:
            check_migrated(engine)
            return has_keys(engine)
        except DatabaseUnusable:
            return False  # which another check tells
        finally:
            engine.dispose()
