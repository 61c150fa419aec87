"""Factory of the configured source, and the contract of its files."""

from collections.abc import Callable
from pathlib import Path

from app.contract.model import Server, SourceContract
from app.contract.open import open_contract
from app.errors import Misconfigured
from app.settings import Settings
from app.source.folder import FolderSource
from app.source.protocol import Source
from app.source.s3 import S3Source, make_client


def _open_s3(settings: Settings, url: str) -> Source:
    rules = declared_rules(settings)
    return S3Source(make_client(settings), url, settings.source_name, rules.dialect.suffixes, rules.max_bytes)


STORES: dict[str, Callable[[Settings, str], Source]] = {"s3": _open_s3}


def open_source(settings: Settings) -> Source:
    """Return the source of the settings; raises Misconfigured if there is none or its scheme is unknown,
    InvalidContract."""
    if not settings.source:
        raise Misconfigured("no source is set; give --source or REGULARS_SOURCE: s3://bucket/prefix or a folder")
    scheme, is_url, _ = settings.source.partition("://")
    if not is_url:
        rules = declared_rules(settings)
        return FolderSource(Path(settings.source), settings.source_name, rules.dialect.suffixes, rules.max_bytes)
    if scheme.lower() not in STORES:
        raise Misconfigured(f"source {settings.source!r} is neither s3://bucket/prefix nor a folder")
    return STORES[scheme.lower()](settings, settings.source)


def declared_rules(settings: Settings) -> SourceContract:
    """Return the contract as it applies to the files of the configured source; raises InvalidContract."""
    contract = open_contract(settings.contract)
    server = next((each for each in contract.servers if each.location is None), Server(settings.source_name))
    return SourceContract(contract, server, settings.max_object_bytes)
