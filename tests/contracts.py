"""Variants of the built-in contract `online-retail`, as objects and as files."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from app.contract.model import Contract, SourceContract
from app.contract.open import open_contract, parse_contract

ONLINE_RETAIL = open_contract("online-retail")
TODAY = date(2026, 3, 1)


def document(
    name: str = "online-retail",
    *,
    server: Mapping[str, Any] | None = None,
    columns: Mapping[str, Mapping[str, Any]] | None = None,
    keys: Mapping[str, Any] | None = None,
    quality: list[dict[str, Any]] | None = None,
    **custom: Any,
) -> bytes:
    """A built-in contract with changes.

    server: keys of the ODCS server, all others are custom properties of it; columns: keys of properties by their names,
    None for a column that is left out; keys: keys of the document; quality: row rules; custom: business rules,
    None for one that is left out.
    """
    declared = yaml.safe_load(open_contract(name).text)
    [listed], [sales] = declared["servers"], declared["schema"]
    for key, value in (server or {}).items():
        if key in {"server", "type", "format", "delimiter", "encoding", "location", "path"}:
            listed[key] = value
        else:
            _set(listed, key, value)
    properties = {each["name"]: each for each in sales["properties"]}
    for column, changes in (columns or {}).items():
        if changes is None:
            del properties[column]
            continue
        properties[column] = properties.get(column, {"name": column, "logicalType": "string"}) | changes
    sales["properties"] = [*properties.values()]
    sales["quality"] = quality or []
    for key, value in custom.items():
        _set(declared, key, value)
    return yaml.safe_dump({**declared, **(keys or {})}, allow_unicode=True, sort_keys=False).encode()


def variant(name: str = "online-retail", **changes: Any) -> SourceContract:
    """A built-in contract with the changes of `document`, in which every day is plausible unless it declares one."""
    contract: Contract = parse_contract(document(name, **changes), "test.yaml")
    if "dateRange" not in changes:
        contract = replace(contract, date_range=None)
    return SourceContract(contract, contract.servers[0])


def written(folder: Path, **changes: Any) -> str:
    """The path of a file with a changed contract."""
    path = folder / "contract.yaml"
    path.write_bytes(document(**changes))
    return str(path)


@cache
def with_dates(*formats: str) -> str:
    """The path of `online-retail` with other date formats, in which every day is plausible."""
    folder = Path(tempfile.mkdtemp(prefix="contract-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    return written(folder, columns={"invoice_date": {"logicalTypeOptions": {"format": [*formats]}}}, dateRange="none")


def any_day() -> str:
    """The path of `online-retail` in which every day is plausible, for tests with any date."""
    return with_dates("%Y-%m-%d")


def _set(entry: dict[str, Any], key: str, value: Any) -> None:
    others = [each for each in entry.get("customProperties", []) if each["property"] != key]
    entry["customProperties"] = others if value is None else [*others, {"property": key, "value": value}]
