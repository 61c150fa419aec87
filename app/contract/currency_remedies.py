"""Remedies of rows whose currency is neither that of the contract nor converted by a rate."""

from collections.abc import Collection, Iterator
from typing import Final

from app.contract.model import Column, Currency
from app.contract.rates import CODE

CORRECT: Final = "correct the rows"
OTHER_MONEY: Final = "declare `rates` of `currency`, or another `code`"


def of_currencies(column: Column, codes: Collection[str], currency: Currency) -> str:
    """Return the remedy of the codes in such rows."""
    found = [*_remedies(column, codes, currency)]
    return "; ".join(found) if OTHER_MONEY in found else ", or ".join(filter(None, ("; ".join(found), CORRECT)))


def _remedies(column: Column, codes: Collection[str], currency: Currency) -> Iterator[str]:
    upper = {code.upper() for code in codes if CODE.fullmatch(code.upper())}
    converted = {rate.code for rate in currency.rates}
    others = ", ".join(sorted(upper - converted - {currency.code}))
    if column.case != "upper" and any(code.upper() in upper and not code.isupper() for code in codes):
        yield "declare `case: upper` for currency"
    if not currency.rates:
        yield from [OTHER_MONEY] if others or not upper else []
        return
    if others:
        yield f"add rates of {others} to the file of `rates`"
    read = codes if column.case == "keep" else {code.upper() for code in codes}
    if column.case != "lower" and (early := sorted(converted.intersection(read))):
        yield f"add rates of {', '.join(early)} for earlier days to the file of `rates`"
