"""Who moved from which segment to which, and why."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from httpx import AsyncClient
from sqlalchemy import select

from app.db.engine import make_engine
from app.segments.registry import load_model
from app.segments.registry_tables import model
from tests.api.conftest import GROWN, asking, assign_again, change, train_again

pytestmark = pytest.mark.anyio
BETWEEN = "from=2026-03-01&to=2026-03-20"


@pytest.fixture(scope="module")
async def moved(moved_shop: str) -> AsyncIterator[AsyncClient]:
    async with asking(moved_shop, as_of=date(2026, 3, 20)) as client:
        yield client


async def body(client: AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def everybody(client: AsyncClient, query: str) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in (await body(client, f"/v1/customers?limit=1000&{query}"))["data"]}


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_the_matrix_agrees_with_the_lists_of_both_days(moved: AsyncClient, scheme: str) -> None:
    before = await everybody(moved, f"scheme={scheme}&as_of=2026-03-01")
    after = await everybody(moved, f"scheme={scheme}&as_of=2026-03-20")
    pairs = Counter(
        (before.get(each, {}).get("segment"), after.get(each, {}).get("segment")) for each in before | after
    )
    cells = (await body(moved, f"/v1/transitions?{BETWEEN}&scheme={scheme}"))["data"]
    assert {(cell["from_segment"], cell["to_segment"]): cell["customers"] for cell in cells} == pairs


async def test_the_sums_are_those_of_the_cells(moved: AsyncClient) -> None:
    matrix = await body(moved, f"/v1/transitions?{BETWEEN}&scheme=rules")
    assert [matrix[name] for name in ("entered", "gone")] == [40, 1]
    assert matrix["stayed"] + matrix["moved"] + matrix["gone"] == 59
    causes = sum(sum(cell["causes"].values()) for cell in matrix["data"])
    assert matrix["moved"] == causes > 0


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
async def test_each_move_is_one_of_the_matrix(moved: AsyncClient, scheme: str) -> None:
    cells = (await body(moved, f"/v1/transitions?{BETWEEN}&scheme={scheme}"))["data"]
    moves = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme={scheme}&limit=1000"))["data"]
    counted = Counter((each["from_slug"], each["to_slug"], each["cause"]) for each in moves)
    assert counted == Counter(
        {
            (cell["from_slug"], cell["to_slug"], cause): number
            for cell in cells
            for cause, number in cell["causes"].items()
            if number
        }
    )


async def test_the_cause_follows_from_the_old_model_and_the_new_features(moved: AsyncClient, moved_shop: str) -> None:
    """Against the stored estimator, not against what the answer was worked out from."""
    moves = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&limit=1000"))["data"]
    matrix = await body(moved, f"/v1/transitions?{BETWEEN}")
    engine, run_id = make_engine(moved_shop), UUID(matrix["before"]["run_id"])
    with engine.connect() as connection:
        old = load_model(connection, run_id)
        names = connection.execute(select(model.c.segment_of_cluster).where(model.c.run_id == run_id)).scalar_one()
    engine.dispose()
    rfm = np.array([[each["recency"], each["frequency"], float(each["monetary"])] for each in moves])
    under_old = [names[str(cluster)] for cluster in old.predict(rfm).tolist()]
    assert [each["cause"] for each in moves] == [
        "customer" if said == each["to_slug"] else "model" if said == each["from_slug"] else "both"
        for said, each in zip(under_old, moves, strict=True)
    ]


async def test_within_a_run_it_is_always_the_customer(moved: AsyncClient) -> None:
    moves = await body(moved, "/v1/transitions/moves?from=2026-03-01&to=2026-03-09&scheme=rules")
    assert {each["cause"] for each in moves["data"]} == {"customer"}


@pytest.mark.parametrize("path", ["/v1/transitions?", "/v1/transitions/moves?limit=1000&"])
async def test_by_default_it_is_since_the_end_of_the_day_of_the_training_before(moved: AsyncClient, path: str) -> None:
    by_default, by_days = [await body(moved, path + days) for days in ("", "from=2026-03-01&to=2026-03-10")]
    assert by_default["data"] == by_days["data"] != []


async def test_by_default_moves_by_loads_between_the_trainings_are_included(moved: AsyncClient) -> None:
    moves = (await body(moved, "/v1/transitions/moves?limit=1000"))["data"]
    (grown,) = [move for move in moves if move["customer_id"] == "O00"]
    assert (grown["frequency_before"], grown["frequency"]) == (1, 9)


async def test_a_second_training_of_the_same_day_has_the_same_moves(own_shop: str) -> None:
    change(own_shop, GROWN)
    train_again(own_shop, date(2026, 3, 10))
    async with asking(own_shop, as_of=date(2026, 3, 20)) as client:
        first = await body(client, "/v1/transitions")
        train_again(own_shop, date(2026, 3, 10))
        assert (await body(client, "/v1/transitions"))["data"] == first["data"]
    assert first["moved"] > 0


async def test_the_last_day_of_the_newest_state_is_that_of_the_last_assignment(own_shop: str) -> None:
    change(own_shop, GROWN)
    assign_again(own_shop, date(2026, 3, 5))
    async with asking(own_shop, as_of=date(2026, 3, 20)) as client:
        after = (await body(client, "/v1/transitions"))["after"]
    assert (after["as_of"], after["day"], after["last_day"]) == ("2026-03-01", None, "2026-03-05")


async def test_trainings_of_one_day_are_compared_with_each_other(own_shop: str) -> None:
    train_again(own_shop)
    async with asking(own_shop) as client:
        matrix = await body(client, "/v1/transitions")
    assert matrix["before"]["run_id"] != matrix["after"]["run_id"]
    assert matrix["before"]["day"] is None


async def test_without_a_beginning_it_is_the_publication_before(moved: AsyncClient) -> None:
    matrix = await body(moved, "/v1/transitions?to=2026-03-12")
    assert (matrix["before"]["as_of"], matrix["after"]["day"]) == ("2026-03-01", "2026-03-12")


async def test_after_one_training_no_customer_moved(client: AsyncClient) -> None:
    matrix = await body(client, "/v1/transitions")
    assert [matrix[name] for name in ("stayed", "moved", "entered", "gone")] == [59, 0, 0, 0]


async def test_pages_hold_every_move_once(moved: AsyncClient) -> None:
    whole = await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=1000")
    found, cursor = [], ""
    while cursor is not None:
        page = await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=3&cursor={cursor}")
        found += page["data"]
        cursor = page["next_cursor"]
    assert found == whole["data"] != []


async def test_moves_may_be_those_between_two_segments(moved: AsyncClient) -> None:
    moves = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=1000"))["data"]
    source, target = moves[0]["from_slug"], moves[0]["to_slug"]
    query = f"{BETWEEN}&scheme=rules&from_segment={source}&to_segment={target}"
    some = (await body(moved, f"/v1/transitions/moves?{query}"))["data"]
    assert some == [each for each in moves if (each["from_slug"], each["to_slug"]) == (source, target)]


@pytest.mark.parametrize("end", ["from", "to"])
async def test_moves_may_be_those_of_several_segments(moved: AsyncClient, end: str) -> None:
    moves = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=1000"))["data"]
    two = sorted({each[f"{end}_slug"] for each in moves})[:2]
    query = "&".join(f"{end}_segment={slug}" for slug in two)
    some = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=1000&{query}"))["data"]
    assert some == [each for each in moves if each[f"{end}_slug"] in two]
    assert len({each[f"{end}_slug"] for each in some}) == 2


async def test_the_total_is_of_all_pages_and_of_the_filters(moved: AsyncClient) -> None:
    moves = (await body(moved, f"/v1/transitions/moves?{BETWEEN}&scheme=rules&limit=1000"))["data"]
    target = moves[0]["to_slug"]
    query = f"{BETWEEN}&scheme=rules&to_segment={target}&limit=1&include=total"
    first = await body(moved, f"/v1/transitions/moves?{query}")
    second = await body(moved, f"/v1/transitions/moves?{query}&cursor={first['next_cursor']}")
    expected = sum(each["to_slug"] == target for each in moves)
    assert first["total"] == second["total"] == expected > 2


@pytest.mark.parametrize("path", ["/v1/transitions", "/v1/transitions/moves"])
@pytest.mark.parametrize(
    ("query", "status", "kind"),
    [
        ("from=2026-02-01", 404, "not-published-yet"),
        ("from=2026-03-01&to=2026-12-01", 404, "not-published-yet"),
        ("from=yesterday", 422, "invalid-request"),
        ("from_run=06a2e338-cf44-4528-a6b1-19c221002140", 404, "unknown-run"),
        ("from=2026-03-01&from_run=06a2e338-cf44-4528-a6b1-19c221002140", 404, "unknown-run"),
        ("from_run=x", 422, "invalid-request"),
        ("scheme=dice", 422, "invalid-request"),
    ],
)
async def test_snapshots_that_cannot_be_compared_are_problems(
    moved: AsyncClient, path: str, query: str, status: int, kind: str
) -> None:
    answer = await moved.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


@pytest.mark.parametrize("end", ["from_segment", "to_segment"])
async def test_an_unknown_segment_names_the_nearest(moved: AsyncClient, end: str) -> None:
    answer = await moved.get(f"/v1/transitions/moves?{end}=champion")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-segment")
    assert "champions" in answer.json()["detail"]


async def test_before_the_first_training_there_is_no_model(empty: AsyncClient) -> None:
    assert (await empty.get("/v1/transitions")).json()["type"] == "/problems/no-model"
