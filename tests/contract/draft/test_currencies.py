"""Columns of currencies in drafted contracts."""

import pytest

from tests.contract.draft.samples import HEADER, checks, document, drafted, sampled

ROW = "1001,2026-03-25,13085,2,5.50"


def with_codes(name: str, *codes: str) -> str:
    return document(sampled(*(f"{ROW},{code}" for code in codes), header=f"{HEADER},{name}"))


@pytest.mark.parametrize(
    "name",
    [
        "Order Currency Code",
        "Transaction currency",
        "currency_of_order",
        "Presentment Currency",
        "Devise de la commande",
        "Zahlungswährung",
        "Rechnungswaehrung",
        "Moneda del pedido",
    ],
)
def test_a_name_with_a_word_for_currency_is_that_column(name: str) -> None:
    contract = drafted(sampled(f"{ROW},USD", header=f"{HEADER},{name}"))
    column = contract.column("currency")
    assert column is not None
    assert column.header_names == (name,)
    assert contract.currency is not None
    assert contract.currency.code == "USD"


def test_several_currencies_of_such_a_column_are_to_be_decided() -> None:
    file = sampled(f"{ROW},USD", f"{ROW},EUR", f"{ROW},JPY", header=f"{HEADER},Order Currency Code")
    assert [check[:24] for check in checks(file)] == ["EUR (1 row), JPY (1 row)"]


def test_a_name_with_a_word_for_currency_but_other_values_is_another_column() -> None:
    assert drafted(sampled(f"{ROW},1.10", header=f"{HEADER},Currency Exchange Rate")).column("currency") is None


def test_two_names_with_a_word_for_currency_are_to_be_decided() -> None:
    file = sampled(f"{ROW},USD,EUR", header=f"{HEADER},Shop Currency,Paid Currency")
    assert checks(file) == [
        "Shop Currency and Paid Currency match currency, and Shop Currency is used; write the one that is the currency."
    ]


def test_a_column_with_codes_of_currencies_is_to_be_decided() -> None:
    file = sampled(f"{ROW},USD", f"{ROW},eur", f"{ROW},USD", header=f"{HEADER},Tender")
    assert checks(file) == [
        "Tender has codes of currencies, USD (2 rows), EUR (1 row): if they are those of the money, declare it as "
        "currency."
    ]


def test_a_column_with_other_codes_than_the_currency_is_to_be_decided() -> None:
    file = sampled(f"{ROW},EUR,USD", header=f"{HEADER},Currency,Tender")
    assert checks(file) == [
        "Tender has codes of currencies, USD (1 row): if they are those of the money, declare it as currency in place "
        "of Currency."
    ]


def test_a_column_that_repeats_the_currency_is_not_to_be_decided() -> None:
    assert checks(sampled(f"{ROW},EUR,eur", header=f"{HEADER},Currency,Tender")) == []


@pytest.mark.parametrize("codes", [("USD", "USA"), ("US",), ("EUR", "red"), ()])
def test_other_values_are_no_currencies(codes: tuple[str, ...]) -> None:
    assert "codes of currencies" not in with_codes("Tender", *codes)
