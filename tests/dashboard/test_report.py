"""Report of a model: the page has the numbers of the API, and says why there are none."""

from collections.abc import Iterator

import pytest
from httpx import AsyncClient

from app.api.segments.report_example import REPORT_EXAMPLE
from app.db.engine import make_engine
from app.segments.publish import current_run_id
from app.segments.reports.store import store_report
from tests.conftest import NOW
from tests.dashboard.conftest import figure, reading, section, values
from tests.postgres import fresh_database

pytestmark = pytest.mark.anyio
UNKNOWN = "57a8cb78-d20e-413a-ad4c-4a8edd5b367f"


@pytest.fixture(scope="module")
def reported(postgres: str, published: str) -> Iterator[str]:
    """URL of the published shop with the report of the documentation."""
    with fresh_database(postgres, published) as url:
        engine = make_engine(url)
        with engine.begin() as connection:
            run_id = current_run_id(connection)
            assert run_id is not None
            store_report(connection, run_id, REPORT_EXAMPLE, NOW)
        engine.dispose()
        yield url


@pytest.fixture(scope="module")
async def page(reported: str) -> str:
    async with reading(reported) as reader:
        return (await reader.get("/models/current/report")).text


async def test_clusters_have_their_stability(page: str) -> None:
    assert values(section(page, "clusters"), "decimal")[:2] == ["0.41", "0.78"]


async def test_a_scheme_is_a_point_with_its_interval(page: str) -> None:
    spend = figure(page, "schemes")[0]
    assert spend["x"] == [0.4, 0.255, 0.548]
    assert spend["error_x"]["array"] == pytest.approx([0.04] * 3)


async def test_the_page_says_that_it_shows_rankings(page: str) -> None:
    assert "These are rankings" in page


async def test_predictions_are_beside_outcomes(page: str) -> None:
    assert figure(page, "spend")[1]["y"] == [2280.06]


async def test_without_a_report_the_page_says_how(reader: AsyncClient) -> None:
    answer = await reader.get("/models/current/report")
    assert (answer.status_code, "regulars report" in answer.text) == (200, True)


@pytest.mark.parametrize("model", [UNKNOWN, "nothing"])
async def test_an_unknown_model_has_no_page(reader: AsyncClient, model: str) -> None:
    assert (await reader.get(f"/models/{model}/report")).status_code == 404


async def test_clusters_have_the_names_of_their_segments(page: str) -> None:
    assert "High Value Active" in section(page, "clusters")
