"""Names of a header that are likely to be a missing column of the contract."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from app.contract.header_names import header_key
from app.contract.model import Column, Contract

MIN_LETTERS: Final = 3
FREE_TEXT: Final = re.compile(
    "note(?!d)|comment|description|message|remark|memo|reason|instruction|bemerkung|anmerkung|kommentar|notiz|nachricht"
)
"""Keys of names that are texts about a sale."""
PERSON: Final = re.compile(
    "customer|client|buyer|member|user|account|kunde|cliente|klient|klant|nabywca|comprador|acheteur|loyalty|card"
)
NUMBER: Final = re.compile("(id|no|nr|number|num|code|key|ref|nummer|#)$|^(id|nr|n[°º.]|n[uú]m|c[oó]d|kod)")
ATTRIBUTE: Final = re.compile(
    "country|city|kraj|paese|pa[ií]s$|stadt|ville|state|zip|post|phone|street|address|group|type|since|date|birth|age$|gender|segment|status|currency"
)
"""Keys of names that describe a customer and identify none."""
E_MAIL: Final = re.compile("e-?mail|courriel|correo")


def likely_name(column: Column, unused: Mapping[str, str], missing: int) -> str | None:
    """Return the key of the header name that is likely to be a missing column, not one of free text.

    Args:
        unused: header names that no column has, by their keys.
        missing: number of missing columns.
    """
    names = [key for key in unused if not FREE_TEXT.search(key)]
    if column.name == "customer_id":
        return likely_id(names)
    if missing == 1 and len(names) == 1:
        return names[0]
    keys = [header_key(column.name), *map(header_key, column.header_names)]
    close = (get_close_matches(key, names, 1, 0.6) for key in keys)
    parts = ([each for each in names if key in each or (len(each) >= MIN_LETTERS and each in key)] for key in keys)
    return next((found[0] for found in (*close, *parts) if found), None)


def likely_id(keys: Iterable[str]) -> str | None:
    """Return the key of a header name that identifies customers: a number of theirs, an e-mail address, or a name."""
    people = [key for key in keys if PERSON.search(key)]
    addresses = [key for key in keys if E_MAIL.search(key)]
    numbers = [key for key in people if NUMBER.search(key) and not ATTRIBUTE.search(key)]
    others = [key for key in people if not ATTRIBUTE.search(key)]
    return next(iter((*numbers, *addresses, *others)), None)


def identifying_column(names: Iterable[str], contract: Contract) -> tuple[str, Column] | None:
    """Return the name in a header, and its column in the contract, by which customers without an id are known."""
    columns = {header_key(name): each for each in contract.columns if each.is_identifier for name in each.header_names}
    found = ((name.strip(), columns[header_key(name)]) for name in names if header_key(name) in columns)
    return next(found, None)
