"""Workbooks in memory, and contracts that read them."""

import io
from dataclasses import replace
from typing import Any

import yaml
from openpyxl import Workbook

from app.contract.model import SourceContract
from app.contract.open import parse_contract
from tests.contracts import document, variant


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def sheet_of(*rows: list[Any]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    for cells in rows:
        book.worksheets[0].append(cells)
    return saved(book)


def workbook_contract(max_bytes: int = 2 * 1024**3, **server: Any) -> SourceContract:
    """The default contract for workbooks."""
    declared = yaml.safe_load(document(server={"format": "xlsx", "suffixes": [".xlsx"], **server}))
    declared["servers"][0].pop("encoding", None)
    contract = parse_contract(yaml.safe_dump(declared).encode(), "test.yaml")
    return replace(variant(), contract=contract, server=contract.servers[0], max_bytes=max_bytes)
