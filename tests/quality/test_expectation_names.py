"""Names of expectations that quarantined rows are selected by."""

import pytest

from app.errors import InvalidSelection
from app.quality.expectation_names import check_expectation
from tests.contracts import variant

OWN = [{"name": "no_gifts", "type": "custom", "engine": "regulars", "implementation": "stock_code <> 'GIFT'"}]
CONTRACT = variant(quality=OWN).contract


@pytest.mark.parametrize("name", ["parse", "valid_quantity", "no_gifts", "rule_of_last_year"])
def test_names_of_the_contract_and_of_loaded_files_are_known(name: str) -> None:
    check_expectation(name, CONTRACT, ["rule_of_last_year"])


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidSelection, match="'valid_price' not found; choose one of no_gifts, parse, valid_cust"):
        check_expectation("valid_price", CONTRACT, ["parse"])
