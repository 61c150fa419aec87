"""Steps of `regulars up`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.start import load_and_train
from app.cli.supervisor import addresses
from app.jobs.context import Context
from app.settings import Settings
from tests.loading import sale

Put = Callable[..., Path]


def test_it_says_why_no_sale_counts(context: Context, put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    put(sale().replace("85123A", "SKU-1"))
    load_and_train(context, add_source=False)
    said = "no sale counts: stock_code of 1 of 1 rows (15.30) do not meet countsWhen; change countsWhen of the contract"
    assert said in capsys.readouterr().err


def test_the_table_names_no_currency_that_is_not_declared(
    context: Context, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put(sale())
    load_and_train(context, add_source=False)
    assert " Revenue  " in capsys.readouterr().out


def test_the_address_of_the_dashboard_is_first() -> None:
    shown = addresses(Settings(host="0.0.0.0", port=8123)).splitlines()  # noqa: S104  # the address that is shown
    assert shown[0] == "Dashboard http://127.0.0.1:8123/"
    assert "http://127.0.0.1:8123/docs" in shown[1]
