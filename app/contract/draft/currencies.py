"""Columns of currencies: by a name that contains a word for it, or by their values."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.contract.currency_codes import CURRENCY_CODES
from app.contract.draft.names import Match, loose_key
from app.contract.draft.sales import Names
from app.contract.draft.sample import Sample
from app.plurals import counted

WORDS: Final = (
    *("currency", "wahrung", "waehrung", "devise", "monnaie"),
    *("moneda", "divisa", "valuta", "moeda", "waluta"),
)
"""Words of names, without accents; a column with one of them is that of currencies if its values are codes."""
MAX_CODES_SHOWN: Final = 5


def with_currency(match: Match, sample: Sample) -> Match:
    """Return a match with the column of currencies, if its name only contains a word for it."""
    column = match.contract.column("currency")
    if column is None or match.name_of("currency") is not None:
        return match
    taken = {name for _, name in match.columns}
    found = [
        name
        for name in sample.names().values()
        if name not in taken and any(word in loose_key(name) for word in WORDS) and _codes(sample, name)
    ]
    if not found:
        return match
    rivals = {**match.rivals, "currency": tuple(found[1:])}
    return replace(match, columns=(*match.columns, (column, found[0])), rivals=rivals)


def undeclared_currencies(sample: Sample, names: Names, others: list[str], rivals: tuple[str, ...]) -> Iterator[str]:
    """Yield a remark on each other column with codes of currencies, unless they are those of the column currency.

    others: names of columns that are not declared; rivals: those that are remarked on already.
    """
    declared = names.get("currency")
    for name in others:
        codes = _codes(sample, name)
        if not codes or name in rivals or (declared is not None and _is_same(sample, declared, name)):
            continue
        shown = ", ".join(f"{code} ({counted(rows, 'row')})" for code, rows in codes.most_common(MAX_CODES_SHOWN))
        shown += ", …" if len(codes) > MAX_CODES_SHOWN else ""
        instead = f"declare it as currency in place of {declared}" if declared else "declare it as currency"
        yield f"{name} has codes of currencies, {shown}: if they are those of the money, {instead}."


def _codes(sample: Sample, name: str) -> Counter[str]:
    """Return the numbers of rows by the currency; none if a value is not the code of a currency."""
    found = Counter[str]()
    for text in sample.values(name):
        if text.upper() not in CURRENCY_CODES:
            return Counter()
        found[text.upper()] += 1
    return found


def _is_same(sample: Sample, one: str, other: str) -> bool:
    return all(a.strip().upper() == b.strip().upper() for _, (a, b) in sample.rows([one, other]))
