"""The command that drafts a contract."""

from pathlib import Path

from app.contract.open import parse_contract
from tests.cli.contract.commands import contract
from tests.pipeline.dry_run.runs import HEADER, row


def test_a_valid_contract_is_printed_and_the_lines_to_decide_are_counted(folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([HEADER, row(), row("2", quantity="-1"), ""]))
    done = contract("init", str(folder))
    assert parse_contract(done.stdout.encode(), "shop.yaml").returns == "net"
    assert "1 lines to decide (# CHECK:)" in done.stderr
