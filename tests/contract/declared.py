"""Contracts for tests: the smallest one, with parts replaced or added."""

import pytest

from app.contract.model import Column, Contract, Dialect
from app.contract.open import parse_contract
from app.errors import InvalidContract

FILE = "shop.yaml"
COLUMNS = {
    "invoice_no": "{name: invoice_no, physicalName: Invoice}",
    "invoice_date": "{name: invoice_date, physicalName: Date}",
    "customer_id": "{name: customer_id, physicalName: Customer}",
    "quantity": "{name: quantity, physicalName: Qty}",
    "unit_price": "{name: unit_price, physicalName: Price}",
}


def text(
    *,
    head: str = "apiVersion: v3.2.0\nkind: DataContract\nid: shop\nversion: 1.0.0\n",
    server: str = "",
    columns: dict[str, str] | None = None,
    rules: str = "",
    custom: str = "",
    tail: str = "",
) -> str:
    """A contract; a column without a declaration is left out."""
    declared = {**COLUMNS, **(columns or {})}
    listed = "".join(f"      - {declaration}\n" for declaration in declared.values() if declaration)
    parts = [head]
    if server:
        parts.append(f"servers:\n  - {{server: till, {server}}}\n")
    parts.append(f"schema:\n  - name: sales\n    properties:\n{listed}")
    if rules:
        parts.append(f"    quality:\n{rules}")
    if custom:
        parts.append(f"customProperties:\n{custom}")
    return "".join((*parts, tail))


def contract(**parts: object) -> Contract:
    """The contract of such a text."""
    return parse_contract(text(**parts).encode(), FILE)  # type: ignore[arg-type]


def dialect(server: str) -> Dialect:
    """The dialect of a contract with one server."""
    return contract(server=server).servers[0].dialect


def custom(name: str, value: str) -> str:
    """A custom property of the contract."""
    return f"  - {{property: {name}, value: {value}}}\n"


def dialect_with(name: str, value: str) -> Dialect:
    """The dialect with one custom property."""
    return dialect(server_with(name, value))


def server_with(name: str, value: str) -> str:
    """A server with one custom property."""
    return f"customProperties: [{{property: {name}, value: {value}}}]"


def column(name: str, declaration: str) -> Column:
    """One column of a contract."""
    found = contract(columns={name: declaration}).column(name)
    assert found is not None
    return found


def problems(document: str | bytes) -> list[str]:
    """The problems of a document, each without its file."""
    content = document.encode() if isinstance(document, str) else document
    with pytest.raises(InvalidContract) as refused:
        parse_contract(content, FILE)
    assert all(problem.startswith(f"{FILE}:") and "\n" not in problem for problem in refused.value.problems)
    return [problem.removeprefix(f"{FILE}:") for problem in refused.value.problems]


def problem(document: str | bytes) -> str:
    """The only problem of a document."""
    found = problems(document)
    assert len(found) == 1, found
    return found[0]
