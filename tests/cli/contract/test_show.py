"""Commands that show and compare contracts."""

import json
from pathlib import Path

import pytest

from app.contract.open import BUILT_IN, open_contract
from app.errors import InvalidContract
from tests.cli.contract.commands import contract
from tests.contract import declared

DAY_FIRST = "{name: invoice_date, physicalName: Date, logicalTypeOptions: {format: '%d/%m/%Y'}}"


@pytest.fixture
def shops(tmp_path: Path) -> tuple[str, str]:
    """Two contracts that differ in the format of the date."""
    (tmp_path / "iso.yaml").write_text(declared.text())
    (tmp_path / "day_first.yaml").write_text(declared.text(columns={"invoice_date": DAY_FIRST}))
    return str(tmp_path / "iso.yaml"), str(tmp_path / "day_first.yaml")


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_document_is_printed_as_it_is(name: str) -> None:
    assert contract("show", name, "--yaml").stdout == open_contract(name).text


def test_the_contract_of_the_settings_is_shown_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_CONTRACT", "shopify-orders")
    assert json.loads(contract("show", "--json").stdout)["summary"][0] == ["id", "shopify-orders"]


def test_a_table_has_every_column_with_its_names_type_and_expectation() -> None:
    shown = contract("show", "online-retail").stdout
    row = next(line for line in shown.splitlines() if line.startswith("  invoice_no "))
    assert [cell for cell in ("Invoice, InvoiceNo", "string", "invoice_no is not") if f"  {cell}" not in row] == []


def test_long_lists_of_names_are_cut() -> None:
    assert "Basket" not in contract("show", "generic-sales").stdout


def test_expectations_and_rules_are_shown() -> None:
    shown = contract("show", "online-retail").stdout
    names = ["parse", "plausible_date", "valid_total_price", "cancellationWhen", "countsWhen", "returns", "dateRange"]
    assert [name for name in names if f"  {name} " not in shown] == []


def test_a_difference_names_its_effect_key_and_values(shops: tuple[str, str]) -> None:
    (found,) = json.loads(contract("diff", *shops, "--json").stdout)
    wanted = {"where": "columns.invoice_date.format", "before": "%Y-%m-%d", "after": "%d/%m/%Y", "effect": "reading"}
    assert found == wanted


def test_different_contracts_end_with_1(shops: tuple[str, str]) -> None:
    assert contract("diff", *shops).exit_code == 1


def test_equal_contracts_end_with_0(shops: tuple[str, str]) -> None:
    assert contract("diff", shops[0], shops[0]).exit_code == 0


def test_a_missing_contract_is_refused_with_the_built_in_names() -> None:
    with pytest.raises(InvalidContract, match="did you mean online-retail"):
        contract("show", "online-retial")
