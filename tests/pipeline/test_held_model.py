"""The model that waits for a person: in the status, on the command line and on the overview."""

from datetime import timedelta
from uuid import UUID

import pytest
from typer.testing import CliRunner

from app.cli.command import make_app
from tests.api.conftest import AS_OF, anyio_backend, asking, challenge, change, own_shop, published, sales
from tests.dashboard.conftest import reading

__all__ = ["anyio_backend", "own_shop", "published", "sales"]
pytestmark = pytest.mark.anyio
HOLD = """update segments.model set outcome = 'held', reasons = '["Held: it would move 40 % of the customers."]'
    where run_id = :run_id"""


@pytest.fixture
def held(own_shop: str) -> UUID:
    """Run of a held model."""
    run_id = challenge(own_shop)
    change(own_shop, HOLD, run_id=run_id)
    return run_id


async def test_the_status_has_the_held_model(own_shop: str, held: UUID) -> None:
    async with asking(own_shop) as client:
        found = (await client.get("/v1/status")).json()["held"]
    day = str(AS_OF + timedelta(days=1))
    reasons = ["Held: it would move 40 % of the customers."]
    assert found == {"run_id": str(held), "as_of": day, "since": day, "reasons": reasons}


async def test_a_model_held_under_another_champion_is_not_named(own_shop: str, held: UUID) -> None:
    change(own_shop, "update segments.model set champion_run_id = :run_id where run_id = :run_id", run_id=held)
    async with asking(own_shop) as client:
        assert (await client.get("/v1/status")).json()["held"] is None


async def test_the_overview_says_that_a_model_waits(own_shop: str, held: UUID) -> None:
    async with reading(own_shop) as reader:
        page = (await reader.get("/")).text
    assert "it would move 40 % of the customers." in page.partition('id="held"')[2].partition("</p>")[0]


def test_regulars_status_names_the_commands_that_decide(
    own_shop: str, held: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", own_shop)
    shown = CliRunner().invoke(make_app("status"), ["status"], env={"COLUMNS": "400"}).output
    shown = " ".join(shown.split())
    assert f"held since {AS_OF + timedelta(days=1)}" in shown
    assert f"regulars models promote {held} or regulars models discard {held}" in shown
