"""Shops with too little data for clusters: the same reason everywhere, with the defaults of `regulars up`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.command import make_app
from app.cli.start import load_and_train
from app.errors import NoCustomers
from app.jobs.context import Context
from app.pipeline.staleness import AgeLimit
from app.pipeline.status import read_status
from app.source.open import declared_sources
from tests.api.conftest import AS_OF, anyio_backend, asking
from tests.dashboard.conftest import reading
from tests.loading import load, sale

__all__ = ["anyio_backend"]
pytestmark = pytest.mark.anyio
Put = Callable[..., Path]
SAME = "is the same for every customer but outliers; clusters need differences."
NOBODY = "no sale counts"
SHOPS = {
    NOBODY: [sale(customer="")],
    "There is 1 customer; clusters need at least 30.": [sale()],
    "There are 12 customers; clusters need at least 30.": [sale(f"5{n}", f"{n}") for n in range(12_340, 12_352)],
    f"The number of days since the last order {SAME}": [
        sale(f"5{n}", f"{n}", quantity=n % 9 + 1) for n in range(12_340, 12_380)
    ],
}


@pytest.fixture
def context(context: Context) -> Context:
    """The context with the default limits of `regulars up`."""
    return replace(context, settings=context.settings.model_copy(update={"least_customers": 30, "least_spread": 1e-8}))


@pytest.fixture(params=SHOPS, ids=["nobody", "one", "twelve", "yesterday"])
def reason(request: pytest.FixtureRequest, context: Context, put: Put, capsys: pytest.CaptureFixture[str]) -> str:
    """Reason of a shop that was started, as it was printed."""
    put(*SHOPS[request.param])
    load_and_train(context, add_source=False)
    printed = " ".join(capsys.readouterr().err.split())
    assert request.param.removesuffix(".") in printed
    assert ".." not in printed
    return str(request.param)


def test_a_rescore_without_a_model_says_why(
    context: Context, database_url: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(*SHOPS["There is 1 customer; clusters need at least 30."])
    load_and_train(context, add_source=False)
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    result = CliRunner().invoke(make_app("rescore"), ["rescore"])
    assert isinstance(result.exception, NoCustomers)
    assert str(result.exception) == (
        "nothing is scored: There is 1 customer; clusters need at least 30. Load more sales (regulars ingest), or set "
        "a lower REGULARS_LEAST_CUSTOMERS, and train again."
    )


def test_a_day_before_the_first_sale_is_not_said_to_lack_customers(
    context: Context, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put(sale())
    load(context)
    capsys.readouterr()
    early = replace(context, settings=context.settings.model_copy(update={"as_of": date(2026, 1, 1)}))
    load_and_train(early, add_source=False)
    printed = " ".join(capsys.readouterr().err.split())
    assert "before the first sale" in printed
    assert "Until a training run succeeds, there are no segments." in printed


async def test_an_empty_page_with_a_reason_has_no_steps_of_a_first_set_up(
    context: Context, database_url: str, put: Put
) -> None:
    put(*SHOPS["There is 1 customer; clusters need at least 30."])
    load_and_train(context, add_source=False)
    async with reading(database_url) as reader:
        page = unescape((await reader.get("/segments")).text)
    assert ("REGULARS_LEAST_CUSTOMERS" in page, "REGULARS_SOURCE" in page) == (True, False)


async def test_the_reason_is_the_same_everywhere(reason: str, context: Context, database_url: str) -> None:
    async with asking(database_url) as client:
        for path in ("/v1/segments", "/v1/customers/12340/segment", "/v1/customers", "/v1/transitions"):
            answer = await client.get(path)
            assert (answer.status_code, reason in answer.json()["detail"]) == (503, True), path
    async with reading(database_url) as reader:
        assert reason in unescape((await reader.get("/segments")).text)
    with context.engine.connect() as connection:
        found = read_status(
            connection, declared_sources(context.settings).contract, AgeLimit(AS_OF, 9), is_contract_set=False
        )
    assert any(reason in cause for cause in found.stale_causes)
