import re
from pathlib import Path

from app.contract import business, columns, own_properties
from app.contract.conditions import FUNCTIONS
from app.contract.dates_format import DIRECTIVES, WORDS
from app.contract.model import KNOWN_COLUMNS
from app.contract.open import BUILT_IN

PAGE = Path(__file__).parents[2] / "docs/contracts.md"


def test_every_key_built_in_contract_and_known_column_is_documented() -> None:
    page = PAGE.read_text()
    own = [name for names in own_properties.PARTS.values() for name in names]
    names = (*BUILT_IN, *KNOWN_COLUMNS, *columns.ALL_OPTIONS, *own, *business.ARRIVAL)
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_function_of_conditions_is_documented_and_no_other() -> None:
    conditions = PAGE.read_text().split("\n### Conditions\n")[1].split("\n## ")[0]
    listed = conditions.split("- the functions ")[1].split(".")[0]
    assert re.findall(r"`(\w+)`", listed) == [*FUNCTIONS]


def test_every_directive_and_word_of_dates_is_documented_and_no_other() -> None:
    page = PAGE.with_name("data-contract.md").read_text()
    dates = page.split("\n### Dates\n")[1].split("\n### ")[0]
    assert sorted(re.findall(r"^\| `([^`]+)` \|", dates, re.MULTILINE)) == sorted([*DIRECTIVES, *WORDS])
