"""The statement that validates rows, as the decision about it shows it."""

from pathlib import Path

from app.contract.model import SourceContract
from app.silver.statement import validated
from tests.contracts import ONLINE_RETAIL

DECISION = Path(__file__).parents[2] / "docs/adr/0046-render-the-statement-that-validates-rows-from-the-contract.md"


def test_the_decision_shows_the_statement_of_the_default_contract() -> None:
    shown = DECISION.read_text().split("```sql\n")[1].split("```")[0]
    rendered = validated(SourceContract(ONLINE_RETAIL, ONLINE_RETAIL.servers[0]))
    assert rendered[rendered.index("validated as materialized") :].strip() == shown.strip()
