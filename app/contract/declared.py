"""The contract that the settings declare, as processes use it: read once, when they start."""

from functools import cache
from typing import Literal

from app.contract.model import Contract
from app.contract.open import open_contract
from app.errors import Misconfigured
from app.settings import Settings

MonetaryBasis = Literal["gross", "net"]


@cache
def monetary_basis(name_or_path: str) -> MonetaryBasis:
    """Return what monetary values are: money of the sales (`gross`), or that minus returns (`net`)."""
    return "net" if open_contract(name_or_path).returns == "net" else "gross"


def with_currency(settings: Settings) -> Settings:
    """Return the settings with the currency that the contract declares; unchanged if it declares none.

    Raises Misconfigured where the settings declare another one, InvalidContract.
    """
    declared: Contract = open_contract(settings.contract)
    if declared.currency is None:
        return settings
    code = declared.currency.code
    if "currency" in settings.model_fields_set and settings.currency != code:
        raise Misconfigured(
            f"REGULARS_CURRENCY is {settings.currency}, but the contract {declared.id} declares {code}; "
            "unset REGULARS_CURRENCY"
        )
    return settings.model_copy(update={"currency": code})


def shown_currency(settings: Settings) -> str | None:
    """Return the currency shown beside amounts: of the contract, or of REGULARS_CURRENCY; None if neither declares one.

    settings: settings with the contract's currency.
    """
    return settings.currency if "currency" in settings.model_fields_set else None
