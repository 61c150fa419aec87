"""Factory of the configured sources, and the contract of the files of each."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.contract.model import Contract, Server, SourceContract
from app.contract.open import open_contract
from app.errors import Misconfigured
from app.settings import Settings
from app.settings.stores import S3, STORES, location_forms, store_of
from app.source.folder import FolderSource
from app.source.protocol import Source, location_setting
from app.source.s3 import open_s3

Opener = Callable[[Settings, str, str, SourceContract], Source]
"""Function that opens a source: settings, location, logical name, and the contract of its files."""
OPENERS: Final[dict[str, Opener]] = {S3.scheme: open_s3}
"""Openers of the stores that `app.settings.stores.STORES` registers, by their schemes."""


@dataclass(frozen=True, slots=True)
class DeclaredSources:
    """Sources of a contract by their names in the ledger.

    Attributes:
        default_name: name of the source whose server has no location.
        max_bytes: largest file after decompression.
    """

    contract: Contract
    default_name: str
    max_bytes: int

    def name(self, server: Server) -> str:
        """Return the name of a server's source in the ledger."""
        return self.default_name if server.location is None else server.name

    def source_contract(self, source_name: str) -> SourceContract:
        """Return the contract as it applies to the files of a source.

        A source that is not declared, such as a former one, is read as the one without a location, or by the defaults.
        """
        servers = {self.name(server): server for server in self.contract.servers}
        server = servers.get(source_name) or servers.get(self.default_name) or Server(source_name)
        return SourceContract(self.contract, server, self.max_bytes)


def declared_sources(settings: Settings) -> DeclaredSources:
    """Return the sources of the settings' contract; raises InvalidContract."""
    return DeclaredSources(open_contract(settings.contract), settings.source_name, settings.max_object_bytes)


def has_source(settings: Settings) -> bool:
    """Return whether the settings or their contract name a source; raises InvalidContract."""
    return bool(settings.source) or any(server.location for server in open_contract(settings.contract).servers)


def read_source_contract(settings: Settings) -> SourceContract:
    """Return the contract as it applies to the files of REGULARS_SOURCE; raises InvalidContract."""
    return declared_sources(settings).source_contract(settings.source_name)


def open_sources(settings: Settings) -> list[tuple[Source, SourceContract]]:
    """Return every declared source, in the order of the contract, with the contract of its files.

    Raises Misconfigured if none is set, two have one name, or a scheme is unknown.
    """
    declared = declared_sources(settings)
    servers = declared.contract.servers
    if settings.source and all(server.location for server in servers):
        raise Misconfigured(
            f"every server of the contract {settings.contract} has a location of its own, so that {settings.source} "
            "would not be read; remove REGULARS_SOURCE (--source), or the location of one server"
        )
    given = [server for server in servers if server.location or settings.source or len(servers) == 1]
    names = [declared.name(server) for server in given]
    if len(set(names)) < len(names):
        raise Misconfigured(
            f"two servers of the contract {settings.contract} are named {declared.default_name}; the one without a "
            "location is named by REGULARS_SOURCE_NAME: set another"
        )
    source_contract = [declared.source_contract(name) for name in names]
    return [
        (open_source(settings, server.location or settings.source, name, each), each)
        for server, name, each in zip(given, names, source_contract, strict=True)
    ]


def open_source(settings: Settings, location: str | None, name: str, source_contract: SourceContract) -> Source:
    """Open the source at a location; raises Misconfigured for an unknown scheme, or without a location."""
    if not location:
        forms = location_forms(STORES.values())
        raise Misconfigured(f"no source is set; give --source or REGULARS_SOURCE: {forms} or a folder")
    store = store_of(location)
    if store is None:
        dialect, setting = source_contract.dialect, location_setting(source_contract.server)
        return FolderSource(Path(location), name, dialect.suffixes, source_contract.max_bytes, setting)
    return OPENERS[store.scheme](settings, location, name, source_contract)
