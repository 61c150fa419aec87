"""Columns of headers by the names that the built-in contracts have for them."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from app.contract.draft.foreign_names import FOREIGN_AMOUNTS, FOREIGN_NAMES
from app.contract.draft.shop_names import SHOP_NAMES
from app.contract.header_names import MAX_NAMES_KEPT, header_key
from app.contract.model import ALWAYS_NEEDED, Column, Contract
from app.contract.open import open_contract

GENERIC: Final = "generic-sales"
SHOPS: Final = ("shopify-orders", "woocommerce-orders")
"""Contracts of shop systems, whose headers no other files have."""
OTHER_BUILT_IN: Final = ("online-retail", *SHOPS)
"""Built-in contracts whose names of columns are added to those of the generic one."""
UNACCENTED: Final = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "°": "", "º": ""})
VAGUE: Final = ("Name",)
"""Names of columns that mean something else in other files: the number of an order at Shopify."""
STATUS: Final = (
    *("Status", "Order Status", "Financial Status", "Payment Status", "Transaction Status", "Invoice Status"),
    *("Sale Status", "Sales Status", "Receipt Status", "Order State", "Payment State"),
    *FOREIGN_NAMES["status"],
)
"""Names of the column with the state of an order."""
AMOUNTS: Final = (
    *("Total", "Amount", "Total Amount", "Amount Total", "Total Price", "Row Total", "Extended Price", "Subtotal"),
    *("Gross Amount", "Gross Total", "Net Total", "Amount Paid", "Total Paid", "Sum", "Turnover"),
    *("Order Total", "Order Total (inc tax)"),
    *FOREIGN_AMOUNTS,
)
"""Names of columns that have the money of a row, or of an order."""


@dataclass(frozen=True, slots=True)
class Match:
    """The built-in contract that declares most names of a header.

    Attributes:
        columns: its columns that the header has, with their name in the header.
        rivals: by the column, other names in the header that are known for it, and for no other column.
    """

    contract: Contract
    columns: tuple[tuple[Column, str], ...]
    rivals: Mapping[str, tuple[str, ...]]

    @property
    def is_shop(self) -> bool:
        """Whether it is the export of a shop system, so that its rules apply too."""
        return self.contract.id in SHOPS

    def name_of(self, column: str) -> str | None:
        """Return the name in the header of a column of the contract."""
        return next((name for found, name in self.columns if found.name == column), None)


def best_match(names: Mapping[str, str]) -> Match:
    """Return the best match of the names in headers; names: by their key."""
    shops = [match for shop in SHOPS if _is_complete(match := _match(open_contract(shop), names))]
    plain = _match(open_contract(GENERIC), names)
    best = max([plain, *shops], key=lambda match: len(match.columns))
    return _match(_generic(), names) if best is plain else best


@cache
def known_names() -> frozenset[str]:
    """Return the keys of all common column names."""
    return frozenset(key for contract in (_generic(), *map(open_contract, SHOPS)) for column in contract.columns
                     for name in column.header_names for key in (header_key(name), loose_key(name)))  # fmt: skip


def is_amount(name: str) -> bool:
    """Return whether a name in a header is that of an amount, of a row or of an order."""
    return loose_key(name) in {loose_key(amount) for amount in AMOUNTS}


@cache
def _generic() -> Contract:
    """Return the contract for files of no shop system, with the additional columns and names of drafts."""
    contract = open_contract(GENERIC)
    status = Column(name="status", header_names=STATUS, type="string", trim=True, case="lower")
    owners = {loose_key(name): column.name for column in (*contract.columns, status) for name in column.header_names}
    added = defaultdict[str, list[str]](list, line_total=[*AMOUNTS])
    for built_in in map(open_contract, OTHER_BUILT_IN):
        for column in built_in.columns:
            names = [name for name in column.header_names if name not in VAGUE and loose_key(name) not in owners]
            added[column.name] += names
            owners.update((loose_key(name), column.name) for name in names)
    for foreign, all_names in (*SHOP_NAMES.items(), *FOREIGN_NAMES.items()):
        names = [name for name in all_names if owners.setdefault(loose_key(name), foreign) == foreign]
        added[foreign] += names
    columns = [
        replace(column, header_names=(*column.header_names, *added[column.name]))
        for column in (*contract.columns, status)
    ]
    return replace(contract, columns=tuple(columns))


def _match(contract: Contract, names: Mapping[str, str]) -> Match:
    loose = {loose_key(name): key for key, name in reversed([*names.items()])}
    columns, taken = list[tuple[Column, str]](), set[str]()
    for column in contract.columns:
        key = next((key for key in _keys(column, loose) if key in names and key not in taken), None)
        if key is not None:
            taken.add(key)
            columns.append((column, names[key]))
    rivals = {
        column.name: tuple(names[key] for key in dict.fromkeys(_keys(column, loose)) if key in names.keys() - taken)
        for column, _ in columns
    }
    return Match(contract, tuple(columns), rivals)


def _keys(column: Column, loose: Mapping[str, str]) -> Iterator[str]:
    yield from map(header_key, column.header_names)
    yield from (loose[key] for name in column.header_names if (key := loose_key(name)) in loose)


def _is_complete(match: Match) -> bool:
    found = {column.name for column, _ in match.columns}
    if "email" in found:
        found.add("customer_id")
    return {*ALWAYS_NEEDED} <= found and ("line_total" in found or {"quantity", "unit_price"} <= found)


@lru_cache(maxsize=MAX_NAMES_KEPT)
def loose_key(name: str) -> str:
    """Return a name without accents, case, spaces and punctuation."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(UNACCENTED))
    return re.sub(r"[\W_]", "", letters)
