"""The contract that the settings declare, as processes use it: read once, when they start."""

from functools import cache
from typing import Literal

from app.contract.model import Contract
from app.contract.open import BUILT_IN, open_contract
from app.errors import Misconfigured
from app.settings import Settings

MonetaryBasis = Literal["gross", "net"]


@cache
def monetary_basis(name_or_path: str) -> MonetaryBasis:
    """Return the basis of monetary values: money of the sales (`gross`), or that minus returns (`net`)."""
    return "net" if open_contract(name_or_path).returns == "net" else "gross"


def with_currency(settings: Settings) -> Settings:
    """Return the settings with the currency that the contract declares; unchanged if it declares none.

    A currency of the settings goes before that of a built-in contract. Raises Misconfigured where the settings declare
    another one than your own contract, InvalidContract.
    """
    declared: Contract = open_contract(settings.contract)
    is_built_in = settings.contract in BUILT_IN
    if declared.currency is None or (is_built_in and settings.currency is not None):
        return settings
    code = declared.currency.code
    if settings.currency not in {None, code}:
        raise Misconfigured(
            f"REGULARS_CURRENCY is {settings.currency}, but the contract {declared.id} declares {code}; "
            "unset REGULARS_CURRENCY"
        )
    return settings.model_copy(update={"currency": code})
