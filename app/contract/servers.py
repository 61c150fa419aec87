"""Sources of a contract, from its servers."""

import re
from itertools import combinations
from typing import Final

from app.contract.dialects import read_dialect
from app.contract.document import Entry
from app.contract.fields import fields_of
from app.contract.model import Column, Server
from app.contract.problems import Problems
from app.settings.locations import check_location
from app.settings.source import DEFAULT_SOURCE_NAME
from app.settings.stores import FOLDER, FOLDER_TYPE, STORES, location_forms, store_of

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
OTHERS: Final = [
    "account",
    "catalog",
    "catalogUrl",
    "database",
    "dataset",
    "host",
    "namespace",
    "port",
    "project",
    "region",
    "regionName",
    "schema",
    "serviceName",
    "stagingDir",
    "stream",
    "warehouse",
    "workgroup",
]
"""Keys that the standard has for servers of other types."""


def read_servers(root: Entry, columns: tuple[Column, ...], problems: Problems) -> tuple[Server, ...]:
    """Return the servers of a contract, or one that takes every default; errors are recorded."""
    listed = root.fields.get("servers")
    entries = [entry for entry in listed.items if isinstance(entry.value, dict)] if listed else []
    servers = [_server(entry, columns, problems) for entry in entries]
    for (one, first), (other, second) in combinations(zip(servers, entries, strict=True), 2):
        if one.name == other.name:
            problems.add(
                second.line, second.key, f"the server {one.name} is declared in line {first.line} too; rename one"
            )
        elif one.location is None and other.location is None:
            what = f"neither {one.name} nor {other.name} has a location, so both would take REGULARS_SOURCE"
            problems.add(second.line, second.key, f"{what}; give one of them a location")
        elif one.location and other.location and _overlap(one.location, other.location):
            what = f"its files also belong to {one.name}, and would be loaded twice"
            problems.add(second.line, second.key, f"{what}; give each server a location of its own")
    return tuple(servers) or (Server(DEFAULT_SOURCE_NAME),)


def _server(entry: Entry, columns: tuple[Column, ...], problems: Problems) -> Server:
    fields = fields_of(entry, problems)
    name = fields.text("server")
    if not NAME.fullmatch(name):
        fields.add("server", f"{name[:80]!r} is not a source name; use at most 63 of a-z, 0-9, _ and -")
    fields.reject(OTHERS, "Regulars reads files, by location only; remove it")
    fields.reject(("endpointUrl",), "the store's address is a setting; set REGULARS_S3_ENDPOINT_URL and remove it")
    location = _location(entry, problems)
    kind = fields.word("type", (*dict.fromkeys(store.server_type for store in STORES.values()), FOLDER_TYPE), "")
    store = store_of(location) if location else None
    actual = store.server_type if store else FOLDER_TYPE
    if location and kind and kind != actual:
        form = location_forms(each for each in STORES.values() if each.server_type == kind) or FOLDER
        fields.add("type", f"{location!r} is not of the type {kind}; write {form}, or type: {actual}")
    return Server(name, location, read_dialect(entry, columns, problems))


def _location(entry: Entry, problems: Problems) -> str | None:
    fields = fields_of(entry, problems)
    if "location" in fields and "path" in fields:
        fields.add("path", "location says the same; keep one of them")
    key = "location" if "location" in fields else "path"
    location = fields.text(key)
    if key in fields and not location:
        fields.add(
            key,
            f"the location is empty; write {location_forms(STORES.values())} or a folder, or remove it to take "
            "REGULARS_SOURCE",
        )
    try:
        return check_location(location) if location else None
    except ValueError as error:
        fields.add(key, f"{error}")
        return None


def _overlap(one: str, other: str) -> bool:
    first, second = (location.rstrip("/") + "/" for location in (one, other))
    return first.startswith(second) or second.startswith(first)
