"""Columns of headers by the names that the built-in contracts have for them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.contract.header_names import header_key
from app.contract.model import ALWAYS_NEEDED, Column, Contract
from app.contract.open import open_contract

GENERIC: Final = "generic-sales"
SHOPS: Final = ("shopify-orders", "woocommerce-orders")
"""Contracts of shop systems, whose headers no other files have."""


@dataclass(frozen=True, slots=True)
class Match:
    """The built-in contract that knows most names of a header.

    Attributes:
        columns: its columns that the header has, with their name in the header.
        others: names that it does not know.
    """

    contract: Contract
    columns: tuple[tuple[Column, str], ...]
    others: tuple[str, ...]

    @property
    def is_shop(self) -> bool:
        """Whether it is the export of a shop system, so that its rules apply too."""
        return self.contract.id in SHOPS

    def name_of(self, column: str) -> str | None:
        """Return the name in the header of a column of the contract."""
        return next((name for found, name in self.columns if found.name == column), None)


def best_match(names: Mapping[str, str]) -> Match:
    """Return the best match of the names in headers; names: by their key."""
    shops = [match for shop in SHOPS if _is_complete(match := _match(shop, names))]
    generic = _match(GENERIC, names)
    return max([generic, *shops], key=lambda match: len(match.columns))


def known_names() -> frozenset[str]:
    """Return the keys of all common column names."""
    return frozenset(key for contract in (GENERIC, *SHOPS) for column in open_contract(contract).columns
                     for name in column.header_names for key in (header_key(name), _loose(name)))  # fmt: skip


def _match(contract: str, names: Mapping[str, str]) -> Match:
    opened = open_contract(contract)
    loose = {_loose(name): key for key, name in reversed([*names.items()])}
    columns, taken = list[tuple[Column, str]](), set[str]()
    for column in opened.columns:
        key = next((key for key in _keys(column, loose) if key in names and key not in taken), None)
        if key is not None:
            taken.add(key)
            columns.append((column, names[key]))
    return Match(opened, tuple(columns), tuple(name for key, name in names.items() if key not in taken))


def _keys(column: Column, loose: Mapping[str, str]) -> Iterator[str]:
    yield from map(header_key, column.header_names)
    yield from (loose[key] for name in column.header_names if (key := _loose(name)) in loose)


def _is_complete(match: Match) -> bool:
    found = {column.name for column, _ in match.columns}
    return {*ALWAYS_NEEDED} <= found and ("line_total" in found or {"quantity", "unit_price"} <= found)


def _loose(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
