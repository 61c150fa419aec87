"""Checks of `regulars doctor`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Final, Literal, get_args

from sqlalchemy import Engine, select

from app.access.api_keys import has_keys
from app.alerts.receivers import open_receivers
from app.api.middleware.auth import api_key, check_binding
from app.bronze.load import inspect
from app.cli.database import has_no_database, unchecked_engine
from app.cli.options import DEMO_SALES, with_demo_source
from app.cli.sample import describe_sample
from app.contract.model import Dialect, SourceContract
from app.db.embedded import is_installed
from app.db.engine import check_version
from app.db.migrate import check_migrated
from app.engines.open import check_spark
from app.errors import (
    BadData,
    DatabaseUnusable,
    FoldersUnreadable,
    Misconfigured,
    ObjectRefused,
    RegularsError,
    StoreUnavailable,
    StoreUnusable,
)
from app.lake.lake import check_lake, open_lake
from app.pipeline.dry_run.newest_files import validate_newest_files
from app.pipeline.dry_run.report import DryRun
from app.pipeline.ledger import former_sources
from app.pipeline.not_read import describe_objects
from app.pipeline.tables import freshness
from app.pipeline.validations import describe_others
from app.plurals import counted
from app.quality.data_warnings import why_no_sale_counts
from app.settings import Settings
from app.settings.source import DEMO_SOURCE_NAME
from app.source.archive import is_archive, list_members
from app.source.archive_reader import ArchiveReader
from app.source.open import declared_sources, open_sources
from app.source.protocol import Source, SourceObject, location
from app.suppression.filter import count_erased
from app.suppression.key import Key

CheckVerdict = Literal["fine", "warning", "wrong"]
VERDICTS: Final[tuple[CheckVerdict, ...]] = get_args(CheckVerdict)
SOURCE_ERRORS: Final = (StoreUnavailable, StoreUnusable, ObjectRefused)
UNREADABLE: Final = "not validated: the source cannot be read"


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check.

    Attributes:
        check: name of the check.
        verdict: `wrong` if something does not work, `warning` if results may be wrong, otherwise `fine`.
        found: description of the state, or the error with its remedy.
        sample: dry run of the first rows of the newest files, for the check of files.
    """

    check: str
    verdict: CheckVerdict
    found: str
    sample: DryRun | None = None


def examine(settings: Settings) -> list[Finding]:
    """Run all checks, independently of each other, without creating anything.

    Without a source, the source of the demonstration is checked if the data directory has its sales.
    """
    if settings.source is None and (settings.data_dir / DEMO_SALES).is_dir():
        settings = with_demo_source(settings)
    checks: dict[str, Callable[[Settings], str | Finding]] = {
        "file format": _format,
        "database": _database,
        "source": _sources,
        "files": _files,
        "former sources": _former_sources,
        "contract": _contract,
        "sales": _sales,
        "engine": _engine,
        "API": _api,
        "erasures": _erasures,
        "alerts": _alerts,
    }
    return [_examined(name, check, settings) for name, check in checks.items()]


def _examined(name: str, check: Callable[[Settings], str | Finding], settings: Settings) -> Finding:
    try:
        found = check(settings)
        return found if isinstance(found, Finding) else Finding(name, "fine", found)
    except RegularsError as error:
        return Finding(name, "wrong", str(error))


def _format(settings: Settings) -> str:
    contract = declared_sources(settings).contract
    dates = contract.column("invoice_date")
    formats = " or ".join(each.declared for each in dates.formats) if dates is not None else "none"
    is_one = len(contract.servers) == 1
    written = "; ".join(_dialect(each.dialect, "" if is_one else f"{each.name}: ") for each in contract.servers)
    return f"{contract.id} {contract.version}: {written}; dates {formats}"


def _dialect(dialect: Dialect, name: str) -> str:
    written = "xlsx" if dialect.format == "xlsx" else f"{dialect.encoding}, column delimiter {dialect.delimiter!r}"
    return f"{name}{written}, decimal mark {dialect.decimal!r}"


def _database(settings: Settings) -> str:
    if has_no_database(settings):
        return f"none in {settings.data_dir} yet; `regulars up` or `regulars ingest` creates it"
    with unchecked_engine(settings) as engine:
        major = check_version(engine)
        if settings.database_url is None:
            return f"embedded PostgreSQL {major} in {settings.data_dir}"
        check_migrated(engine)
        return f"PostgreSQL {major}, schema up to date"


def _sources(settings: Settings) -> Finding:
    sources = open_sources(settings)
    found = [_examined(source.name, partial(_source, source, each), settings) for source, each in sources]
    verdict = max((each.verdict for each in found), key=VERDICTS.index)
    texts = [each.found if len(found) == 1 else f"{each.check}: {each.found}" for each in found]
    return Finding("source", verdict, "; ".join(texts))


def _source(source: Source, source_contract: SourceContract, _settings: Settings) -> str | Finding:
    listed = list(source.list())  # to its end, because unreadable folders are reported last
    first = listed[:1]
    if not first:
        suffixes = " or ".join(source_contract.dialect.suffixes)
        nothing = f"reachable, but there is nothing to read: no {suffixes} file in {location(source)}"
        return Finding(source.name, "warning", f"{nothing}{_left_out(source, source_contract)}")
    with ArchiveReader(source, source_contract.max_bytes) as reader:
        try:
            found = _inspect(reader, first[0], source_contract)
        except BadData as error:
            raise type(error)(f"{location(source)}{first[0].key}: {error}") from None
    return f"reachable; {found}{_left_out(source, source_contract)}"


def _inspect(reader: ArchiveReader, listed: SourceObject, source_contract: SourceContract) -> str:
    """Check the header of a file, or of the first member of an archive; raises BrokenFile."""
    if is_archive(listed.key):
        with reader.fetch(listed).content as content:
            members = list_members(
                content, listed.key, source_contract.dialect.member_suffixes, source_contract.max_bytes
            ).files
        if not members:
            return f"{listed.key} has no file that is read"
        listed = replace(members[0], key=f"{listed.key}/{members[0].key}", archive=listed)
    with reader.fetch(listed).content as content:
        inspect(content, listed.key, source_contract)
    return f"the header of {listed.key} is valid"


def _left_out(source: Source, source_contract: SourceContract) -> str:
    return f"; {describe_objects(source.skipped, source_contract.dialect.suffixes)}" if source.skipped else ""


def _files(settings: Settings) -> str | Finding:
    if not is_installed():
        return "not validated: this needs the embedded PostgreSQL; run pip install 'regulars[embedded]'"
    try:
        sources = open_sources(settings)
    except Misconfigured:
        return UNREADABLE
    readable = [each for each in sources if _is_listed(each[0])]
    if not readable:
        return UNREADABLE
    try:
        found = validate_newest_files(settings, readable)
    except SOURCE_ERRORS:
        return UNREADABLE
    others = ", ".join(each.name for each, _ in sources if each.name not in {source.name for source, _ in readable})
    text = describe_sample(found) + (f"; not validated, because it cannot be read: {others}" if others else "")
    return Finding("files", "wrong" if found.rejected else "fine", text, found if found.files else None)


def _is_listed(source: Source) -> bool:
    try:
        return all(source.list())
    except SOURCE_ERRORS:
        return False
    except FoldersUnreadable:  # the others are listed
        return True


def _former_sources(settings: Settings) -> str:
    with _migrated_engine(settings) as engine:
        if engine is None:
            return "the database is not set up yet"
        declared = declared_sources(settings)
        names = [declared.name(server) for server in declared.contract.servers]
        with engine.connect() as connection:
            found = former_sources(connection, names)
    if demo_files := found.pop(DEMO_SOURCE_NAME, 0):
        raise Misconfigured(
            f"the generated sales of the demonstration ({counted(demo_files, 'file')}) count in the results; load your "
            "own sales into another --data-dir"
        )
    if found:
        former = ", ".join(f"{name} ({counted(files, 'file')})" for name, files in found.items())
        moves = " and ".join(f"`regulars source move {name} {names[0]}`" for name in found)
        is_named_by_setting = any(server.location is None for server in declared.contract.servers)
        instead = "set REGULARS_SOURCE_NAME" if is_named_by_setting else "give a server of the contract its former name"
        raise Misconfigured(
            f"sales of sources that are not configured count in the results: {former}; run {moves}, or {instead}"
        )
    return f"none; {', '.join(names)} {'is' if len(names) == 1 else 'are'} configured"


def _contract(settings: Settings) -> str | Finding:
    with _migrated_engine(settings) as engine:
        if engine is None:
            return "the database is not set up yet"
        with engine.connect() as connection:
            others = describe_others(connection, declared_sources(settings).contract, is_set=settings.is_contract_set)
    return Finding("contract", "warning", others) if others else "validated every loaded file"


def _sales(settings: Settings) -> str | Finding:
    with _migrated_engine(settings) as engine:
        if engine is None:
            return "the database is not set up yet"
        with engine.connect() as connection:
            reason = why_no_sale_counts(connection)
            warning = connection.execute(select(freshness.c.warning)).scalar_one_or_none()
    if reason is not None:
        raise Misconfigured(reason)
    return Finding("sales", "warning", f"quality is warn: {warning}") if warning else "no warning about the data"


def _engine(settings: Settings) -> str:
    if settings.engine == "local":
        return "local: this machine reads and validates files"
    found = check_spark(settings)
    check_lake(open_lake(settings), BytesIO(b"probe"))
    return f"{found}; {settings.lake} can be written and read from here"


def _api(settings: Settings) -> str:
    with _migrated_engine(settings) as engine:
        is_keyed = engine is not None and has_keys(engine)
    check_binding(settings, has_keys=is_keyed)
    ways = [*(["REGULARS_API_KEY"] if api_key(settings) else []), *(["keys in the database"] if is_keyed else [])]
    guard = f"guarded by {' and '.join(ways)}" if ways else "without keys, so for this machine only"
    return f"binds {settings.host}:{settings.port}, {guard}"


def _erasures(settings: Settings) -> str:
    number = 0
    with _migrated_engine(settings) as engine:
        if engine is not None:
            with engine.connect() as connection:
                number = count_erased(connection, settings)
    key = Key.read(settings)
    return (
        f"{number:,} customers erased, with the key {key.fingerprint}" if key else "no key is set, no customer erased"
    )


def _alerts(settings: Settings) -> str:
    receivers = open_receivers(settings.alert_urls)
    names = ", ".join(each.name for each in receivers)
    return f"to {names}; the addresses are well-formed, nothing was sent" if receivers else "no address is set"


@contextmanager
def _migrated_engine(settings: Settings) -> Iterator[Engine | None]:
    """Open an engine; None if there is no usable database, which another check reports."""
    if has_no_database(settings):
        yield None
        return
    with unchecked_engine(settings) as engine:
        try:
            check_migrated(engine)
            usable = True
        except DatabaseUnusable:
            usable = False
        yield engine if usable else None
