from pathlib import Path

import pytest

from app.contract.declared import monetary_basis, with_currency
from app.errors import Misconfigured
from app.settings import Settings
from tests.contracts import written


@pytest.mark.parametrize(("contract", "basis"), [("online-retail", "gross"), ("generic-sales", "net")])
def test_the_basis_follows_from_the_contract(contract: str, basis: str) -> None:
    assert monetary_basis(contract) == basis


def test_the_currency_is_the_one_of_the_contract(tmp_path: Path) -> None:
    assert with_currency(Settings(contract=written(tmp_path, currency={"code": "EUR"}))).currency == "EUR"


def test_a_setting_goes_before_a_built_in_contract() -> None:
    assert with_currency(Settings(currency="JPY")).currency == "JPY"


def test_a_setting_that_contradicts_the_contract_is_refused(tmp_path: Path) -> None:
    settings = Settings(contract=written(tmp_path, currency={"code": "EUR"}), currency="GBP")
    with pytest.raises(Misconfigured, match=r"^REGULARS_CURRENCY is GBP, but the contract online-retail declares EUR;"):
        with_currency(settings)


def test_the_default_contract_is_in_pounds() -> None:
    assert with_currency(Settings()).currency == "GBP"


def test_no_currency_is_declared_by_default() -> None:
    assert with_currency(Settings(contract="generic-sales")).currency is None
