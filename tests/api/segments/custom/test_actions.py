"""Custom segments over HTTP: created, changed, removed, listed; names and versions that conflict are refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change
from tests.api.granting import do, new_key
from tests.api.segments.custom.conftest import evaluate
from tests.loading import query

pytestmark = pytest.mark.anyio
SEGMENTS = "/v1/custom-segments"
GIVEN = {"name": "Lately", "condition": "recency < 30"}


@pytest.fixture
async def asked(own_segmented: str) -> AsyncIterator[AsyncClient]:
    async with asking(own_segmented) as client:
        yield client


async def created(client: AsyncClient, **given: Any) -> dict[str, Any]:
    answer = await client.post(SEGMENTS, json={**GIVEN, **given})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_created_segment_is_at_its_location(asked: AsyncClient) -> None:
    answer = await asked.post(SEGMENTS, json=GIVEN)
    found = (await asked.get(answer.headers["Location"])).json()
    assert (found["slug"], found["condition"], found["version"]) == ("lately", "recency < 30", 1)


async def test_absent_fields_have_defaults(asked: AsyncClient) -> None:
    found = await created(asked, recommendation={"goal": "Keep them"})
    recommendation = found["recommendation"]
    assert (found["tier"], recommendation["goal"], recommendation["urgency"], len(recommendation["actions"])) == (
        "Active Engagement",
        "Keep them",
        "ongoing",
        2,
    )


async def test_its_evaluation_is_queued(asked: AsyncClient, own_segmented: str) -> None:
    run_id = (await created(asked))["evaluation_run_id"]
    assert (await asked.get(f"/v1/runs/{run_id}")).json()["job"] == "evaluate_segments"


async def test_after_the_evaluation_the_list_has_its_numbers(asked: AsyncClient, own_segmented: str) -> None:
    await created(asked)
    evaluate(own_segmented)
    found = {each["slug"]: each for each in (await asked.get(SEGMENTS)).json()["data"]}["lately"]
    counted = do(own_segmented, query, "select count(*) from segments.custom_member where slug = 'lately'")[0][0]
    assert (found["customers"], found["evaluated_at"] is not None, float(found["revenue"]) > 0) == (counted, True, True)


async def test_before_the_evaluation_it_has_no_numbers(asked: AsyncClient) -> None:
    await created(asked)
    found = (await asked.get(f"{SEGMENTS}/lately")).json()
    assert (found["evaluated_at"], found["customers"], found["revenue"]) == (None, None, None)


async def test_a_new_version_keeps_what_is_absent(asked: AsyncClient) -> None:
    before = await created(asked, tier="Premium")
    after = (await asked.put(f"{SEGMENTS}/lately", json={"condition": "recency < 10"})).json()
    assert {name for name in before if before[name] != after[name]} == {"version", "condition", "created_at"}


async def test_versions_are_listed_newest_first(asked: AsyncClient) -> None:
    await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 4"})
    versions = (await asked.get(f"{SEGMENTS}/often")).json()["versions"]
    assert [each["condition"] for each in versions] == ["frequency > 4", "frequency > 3"]


async def test_a_name_can_change_its_letter_case(asked: AsyncClient) -> None:
    answer = await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 4", "name": "OFTEN"})
    assert (answer.json()["slug"], answer.json()["name"]) == ("often", "OFTEN")


async def test_a_new_name_is_a_new_segment(asked: AsyncClient) -> None:
    answer = await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 4", "name": "Regular guests"})
    assert (answer.status_code, "new name is a new segment" in answer.json()["detail"]) == (409, True)


async def test_an_update_of_an_older_version_conflicts(asked: AsyncClient) -> None:
    await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 4"})
    answer = await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 5", "expected_version": 1})
    assert (answer.status_code, "is 2, not 1" in answer.json()["detail"]) == (409, True)


async def test_a_removal_of_an_older_version_conflicts(asked: AsyncClient) -> None:
    answer = await asked.delete(f"{SEGMENTS}/often", params={"expected_version": 7})
    assert answer.status_code == 409


async def test_a_removed_segment_is_not_listed_and_keeps_its_versions(asked: AsyncClient) -> None:
    answer = await asked.delete(f"{SEGMENTS}/often")
    listed = [each["slug"] for each in (await asked.get(SEGMENTS)).json()["data"]]
    versions = (await asked.get(f"{SEGMENTS}/often")).json()["versions"]
    assert (answer.json()["condition"], listed, len(versions)) == (None, ["often-and-big"], 2)


async def test_a_removed_segment_cannot_be_changed(asked: AsyncClient) -> None:
    await asked.delete(f"{SEGMENTS}/often")
    assert (await asked.put(f"{SEGMENTS}/often", json={"condition": "frequency > 4"})).status_code == 404


async def test_the_name_of_a_removed_segment_can_be_used_again(asked: AsyncClient) -> None:
    await asked.delete(f"{SEGMENTS}/often")
    assert (await created(asked, name="Often"))["version"] == 3


async def test_who_saved_a_version_is_the_name_of_the_key(asked: AsyncClient, own_segmented: str) -> None:
    key = new_key(own_segmented, ["segments:write"])
    async with asking(own_segmented, key=key.key, api_key=None) as client:
        found = await created(client)
    (name,) = do(own_segmented, query, "select name from access.api_key")[0]
    assert found["created_by"] == name


async def test_a_repeated_request_saves_one_version(asked: AsyncClient) -> None:
    answers = [
        await asked.put(f"{SEGMENTS}/often", json={"condition": "recency < 5"}, headers={"Idempotency-Key": "a"})
        for _ in range(2)
    ]
    assert [each.json()["version"] for each in answers] == [2, 2]


@pytest.mark.parametrize(
    ("given", "status", "remedy"),
    [
        ({"name": "often"}, 409, "save a new version of it, or choose another name"),
        ({"name": "  OFTEN "}, 409, "choose another name"),
        ({"name": "Champions"}, 409, "is the name of a segment of the scheme kmeans"),
        ({"name": "Value band 3"}, 409, "is the name of a segment of the scheme value"),
        ({"name": "Preview"}, 409, "is reserved"),
        ({"name": "!?"}, 409, "has no letter or digit from A to Z; add one"),
        ({"name": "Big\n"}, 409, "has control characters or invisible ones; remove them"),
        ({"name": "Big\0"}, 409, "control"),
        ({"name": "n" * 61}, 422, "at most 60 characters"),
        ({"name": "a\tb\nc\u0007"}, 409, "control characters"),
        ({"condition": "colour = 'red'"}, 409, "there is no column colour"),
        ({"tier": "Gold"}, 422, "tier"),
        ({"recommendation": {"actions": ["one"]}}, 422, "actions"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
async def test_bad_input_is_refused_with_its_remedy(
    asked: AsyncClient, given: dict[str, Any], status: int, remedy: str
) -> None:
    answer = await asked.post(SEGMENTS, json={**GIVEN, **given})
    assert (answer.status_code, remedy in answer.json()["detail"]) == (status, True), answer.text


async def test_a_name_that_contains_another_one_is_a_segment_of_its_own(asked: AsyncClient) -> None:
    await created(asked, name="Often and")
    await created(asked, name="Often and big spenders")
    listed = [each["slug"] for each in (await asked.get(SEGMENTS)).json()["data"]]
    assert listed == ["often", "often-and", "often-and-big", "often-and-big-spenders"]


async def test_there_are_at_most_a_hundred(asked: AsyncClient, own_segmented: str) -> None:
    more = """
        insert into segments.custom_segment (slug, version, name, tier, recommendation, condition, created_by)
        select 's' || n, 1, 's' || n, tier, recommendation, condition, created_by
        from segments.custom_segment cross join generate_series(1, 98) as n where slug = 'often'
    """
    change(own_segmented, more)
    answer = await asked.post(SEGMENTS, json=GIVEN)
    assert (answer.status_code, "remove one first" in answer.json()["detail"]) == (409, True)


async def test_an_unknown_segment_is_not_found_and_has_the_nearest(asked: AsyncClient) -> None:
    answer = await asked.get(f"{SEGMENTS}/oftn")
    assert (answer.status_code, "did you mean often" in answer.json()["detail"]) == (404, True)


async def test_saving_needs_its_scope(asked: AsyncClient, own_segmented: str) -> None:
    key = new_key(own_segmented, ["segments:read", "customers:read"])
    async with asking(own_segmented, key=key.key, api_key=None) as client:
        assert (await client.post(SEGMENTS, json=GIVEN)).status_code == 403


async def test_a_segment_is_saved_before_the_first_model(empty: AsyncClient) -> None:
    await created(empty)
    (found,) = (await empty.get(SEGMENTS)).json()["data"]
    assert (found["slug"], found["customers"]) == ("lately", None)


async def test_columns_of_conditions_are_listed_with_their_types(asked: AsyncClient) -> None:
    found = {each["name"]: each for each in (await asked.get("/v1/custom-segment-columns")).json()["data"]}
    assert (found["recency"]["type"], found["country"]["type"], found["next_order"]["type"]) == (
        "integer",
        "string",
        "date",
    )
