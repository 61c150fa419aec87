"""Command `regulars contract apply`."""

import json
from pathlib import Path

import pytest

from app.errors import Misconfigured
from app.jobs.context import Context
from tests.cli.contract.commands import contract
from tests.loading import load, query, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import FEWER, declaring


@pytest.fixture
def loaded(context: Context, put: Put, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A loaded file of which one row fails another contract; the database and source in the environment."""
    put(sale(), sale(quantity=1), sale(quantity=2))
    load(context)
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_SOURCE", str(context.settings.source))
    return context


def test_files_are_validated_again(loaded: Context) -> None:
    done = contract("apply", "--contract", declaring(loaded, columns=FEWER).settings.contract, "--json")
    assert (done.exit_code, json.loads(done.stdout)["rows_quarantined"]) == (0, 1)


def test_a_dry_run_shows_what_would_change_and_changes_nothing(loaded: Context) -> None:
    changed = declaring(loaded, columns=FEWER).settings.contract
    shown = json.loads(contract("apply", "--contract", changed, "--dry-run", "--json").stdout)
    rows = query(loaded.engine, "select count(*) from silver.sales_row")
    assert (shown["before"]["rows_loaded"], shown["after"]["rows_loaded"], rows) == (3, 2, [(3,)])


def test_a_file_that_keeps_its_rows_is_named_and_ends_it_with_1(loaded: Context, folder: Path) -> None:
    rejecting = {"invoice_no": {"logicalTypeOptions": {"minLength": 9}}}
    done = contract("apply", "--contract", declaring(loaded, columns=rejecting).settings.contract)
    assert (done.exit_code, f"1 file was not changed: {folder}" in done.stderr) == (1, True)


def test_the_default_contract_is_applied_only_if_it_is_given(loaded: Context) -> None:
    with pytest.raises(Misconfigured, match=r"REGULARS_CONTRACT is not set.* give --contract online-retail"):
        contract("apply")


def test_the_default_contract_is_applied_if_it_is_given(loaded: Context) -> None:
    assert contract("apply", "--contract", "online-retail").exit_code == 0
