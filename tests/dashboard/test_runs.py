"""Pages about runs and models: figures of the API, start, cancel, live parts, hostile texts."""

import json
import re

import pytest
from httpx import AsyncClient
from markupsafe import escape

from app.access.scopes import ScopeName
from tests.api.conftest import asking, change
from tests.api.granting import do, new_key
from tests.dashboard.conftest import FORM, IMAGE, SCRIPT, reading, section, until_signed_in, values
from tests.loading import query

pytestmark = pytest.mark.anyio
UNKNOWN = "57a8cb78-d20e-413a-ad4c-4a8edd5b367f"
JOBS = ("ingest", "rescore", "retrain", "report", "apply_contract")


async def test_the_history_is_that_of_the_api(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        rows = (await client.get("/v1/runs")).json()["data"]
    history = section((await reader.get("/runs")).text, "history")
    assert re.findall(r'href="/runs/([^"]+)"', history) == [row["run_id"] for row in rows]
    assert re.findall(r'class="badge ok">(\w+)', history) == [row["state"] for row in rows]


async def test_runs_are_filtered(reader: AsyncClient) -> None:
    page = (await reader.get("/runs?job=retrain&state=succeeded")).text
    assert len(re.findall(r'href="/runs/[^"]+"', section(page, "history"))) == 1
    assert "No run matches" in (await reader.get("/runs?job=export")).text
    assert (await reader.get("/runs?job=dance")).status_code == 422


async def test_a_replay_has_the_rows_that_it_loaded(own_shop: str) -> None:
    counts = json.dumps({"rows": 4, "rows_loaded": 0, "customers": 0})
    replay = "update pipeline.job_run set job = 'replay', counts = cast(:counts as jsonb) where job = 'retrain'"
    change(own_shop, replay, counts=counts)
    async with reading(own_shop) as reader:
        history = section((await reader.get("/runs?job=replay")).text, "history")
    assert "rows loaded" in history


async def test_the_tile_of_a_job_says_that_it_is_the_last_success(reader: AsyncClient) -> None:
    assert "Last successful retrain" in (await reader.get("/runs")).text


async def test_pages_of_runs_follow_each_other(reader: AsyncClient) -> None:
    first = (await reader.get("/runs?limit=1")).text
    found = re.search(r'rel="next" href="([^"]+)"', first)
    assert found is not None
    second = (await reader.get(found[1].replace("&amp;", "&"))).text
    ids = [re.findall(r'href="/runs/([^"]+)"', section(page, "history")) for page in (first, second)]
    assert len(ids[0]) == len(ids[1]) == 1
    assert ids[0] != ids[1]


async def test_a_run_has_its_counts_and_steps(reader: AsyncClient, shop: str) -> None:
    async with asking(shop) as client:
        (listed,) = (await client.get("/v1/runs?job=ingest")).json()["data"]
        run = (await client.get(f"/v1/runs/{listed['run_id']}")).json()
    page = (await reader.get(f"/runs/{run['run_id']}")).text
    steps = re.findall(r"<li><p>([^<]*)</p>", page)
    assert steps == [escape(each["message"]) for each in run["steps"]]
    counted = [str(value) for value in run["counts"].values() if isinstance(value, int)]
    assert values(section(page, "counts"), "integer") == counted
    assert f'href="/quality/files?run_id={run["run_id"]}"' in page
    assert 'data-live="active"' not in page
    assert 'http-equiv="refresh"' not in page


@pytest.mark.parametrize("path", [f"/runs/{UNKNOWN}", "/runs/nothing", f"/runs/{UNKNOWN}/steps"])
async def test_an_unknown_run_is_a_page(reader: AsyncClient, path: str) -> None:
    answer = await reader.get(path)
    assert answer.status_code == 404
    assert '<a class="button" href="/">Overview' in answer.text


@pytest.mark.parametrize("job", JOBS)
async def test_a_run_is_started_followed_and_cancelled(own_shop: str, job: str) -> None:
    async with reading(own_shop) as reader:
        assert f'name="job" value="{job}"><button>' in section((await reader.get("/runs")).text, "start")
        path = (await reader.post("/runs/start", data={"job": job}, headers=FORM)).headers["Location"]
        page = (await reader.get(path)).text
        assert page.count('data-live="active"') == 4
        assert '<noscript><meta http-equiv="refresh"' in page
        assert 'data-live="active"' in (await reader.get("/runs")).text
        answer = await reader.post(f"{path}/cancel", headers=FORM)
        assert (answer.status_code, answer.headers["Location"]) == (303, path)
        page = (await reader.get(path)).text
        assert 'data-live="active"' not in page
        assert "cancelled" in page
        again = await reader.post(f"{path}/cancel", headers=FORM)
        assert (again.status_code, again.headers["Location"]) == (303, path)
    runs = do(own_shop, query, "select state from pipeline.job_run where trigger = 'api'")
    assert [row[0] for row in runs] == ["cancelled"]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/runs/start", {"job": "purge"}, 422),
        ("/runs/start", {}, 422),
        (f"/runs/{UNKNOWN}/cancel", {}, 404),
        ("/runs/nothing/cancel", {}, 404),
    ],
)
async def test_a_wrong_form_is_a_page(own_shop: str, path: str, sent: dict[str, str], status: int) -> None:
    async with reading(own_shop) as reader:
        answer = await reader.post(path, data=sent, headers=FORM)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


async def test_start_and_cancel_need_their_scope(own_shop: str) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, ["quality:read"]).key)
        answers = [await reader.post(path, headers=FORM) for path in ("/runs/start", f"/runs/{UNKNOWN}/cancel")]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert all("runs:write" in answer.text for answer in answers)


async def test_cancel_is_refused_for_other_sites(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        path = (await reader.post("/runs/start", data={"job": "ingest"}, headers=FORM)).headers["Location"]
        answer = await reader.post(f"{path}/cancel", headers={**FORM, "Origin": "https://evil.example"})
        assert answer.status_code == 403
        assert 'data-live="active"' in (await reader.get(path)).text


@pytest.mark.parametrize(("scopes", "shown"), [(["quality:read"], False), (["quality:read", "segments:read"], True)])
async def test_models_need_their_scope(own_shop: str, scopes: list[ScopeName], shown: bool) -> None:
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, scopes).key)
        assert ('aria-labelledby="models"' in (await reader.get("/runs")).text) == shown
        assert (await reader.get("/models")).status_code == (200 if shown else 403)


@pytest.mark.parametrize(("path", "heading"), [("/runs", "models"), ("/models", "trainings")])
async def test_models_are_those_of_the_api(reader: AsyncClient, shop: str, path: str, heading: str) -> None:
    async with asking(shop) as client:
        (model,) = (await client.get("/v1/models")).json()["data"]
    part = section((await reader.get(path)).text, heading)
    assert values(part, "decimal") == [str(model["silhouette"])]
    sizes = [str(each["customers"]) for each in model["clusters"]]
    assert values(part, "integer") == [str(model["k"]), str(model["customers"]), *sizes]


@pytest.mark.parametrize("path", ["/runs", "/models"])
async def test_an_empty_database_has_pages(database_url: str, path: str) -> None:
    async with reading(database_url) as reader:
        answer = await reader.get(path)
    assert answer.status_code == 200, answer.text


async def test_errors_and_steps_are_never_html(hostile: str) -> None:
    async with reading(hostile) as reader:
        pages = [(await reader.get("/runs")).text]
        paths = re.findall(r'href="(/runs/[^"]+)"', pages[0])
        pages += [(await reader.get(path)).text for path in paths]
    assert len(pages) > 2
    for page in pages:
        assert escape(IMAGE) in page
        assert IMAGE not in page
        assert SCRIPT not in page


async def test_the_progress_of_a_load_is_shown(own_shop: str) -> None:
    counts = '{"files": 2, "files_total": 5, "rows_read": 700, "rows_per_second": 350}'
    change(own_shop, "update pipeline.job_run set state = 'running', finished_at = null, counts = :c", c=counts)
    async with reading(own_shop) as reader:
        history = section((await reader.get("/runs")).text, "history")
        path = re.findall(r'href="(/runs/[^"]+)"', history)[0]
        page = (await reader.get(path)).text
    assert values(section(page, "progress"), "integer") == ["2", "5", "700", "350"]
    assert '<progress max="5" value="2"' in page
