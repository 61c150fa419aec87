"""Runs in a browser: started by a button, followed while they run, and cancelled."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from app.jobs.context import Context
from app.prepare.demo import generate_demo
from app.settings import Settings
from tests.api.conftest import change
from tests.dashboard.browser.conftest import TODAY, Opening, serving
from tests.working import working


def test_a_run_is_started_moves_and_is_cancelled(opening: Opening, database_url: str) -> None:
    with serving(database_url) as site:
        watched = opening(f"{site}/runs")
        page = watched.page
        page.get_by_role("button", name="Load new files").click()
        page.wait_for_url("**/runs/*-*")
        run_id = page.url.rsplit("/", 1)[1]
        expect(page.locator("#run-state")).to_contain_text("It waits for a worker")
        page.evaluate("window.isSamePage = true")
        page.locator("#cancel").focus()
        move(database_url, run_id, {"files": 3, "files_total": 12, "rows_read": 4500, "rows_per_second": 900})
        expect(page.locator("progress")).to_have_js_property("value", 3)
        expect(page.locator("#run-state")).to_contain_text("running")
        expect(page.locator("#run-steps")).to_contain_text("listed <b>12</b> files")
        assert page.evaluate("document.activeElement.id") == "cancel"
        assert watched.violations() == []
        move(database_url, run_id, {"files": 9, "files_total": 12, "rows_read": 9000, "rows_per_second": 900})
        expect(page.locator("progress")).to_have_js_property("value", 9)
        assert page.evaluate("window.isSamePage")
        page.get_by_role("button", name="Cancel").click()
        change(database_url, "update pipeline.job_run set state = 'cancelled', finished_at = now()")
        expect(page.locator("#run-state")).to_contain_text("cancelled")
        expect(page.locator('[data-live="active"]')).to_have_count(0)
        expect(page.locator("#cancel")).to_have_count(0)
        watched.check()


def test_a_load_is_followed_to_its_end(opening: Opening, engine: Engine, tmp_path: Path) -> None:
    folder, url = tmp_path / "sales", engine.url.render_as_string(hide_password=False)
    generate_demo(folder, TODAY, customers=200, days=20)
    with serving(url) as site, httpx.Client(base_url=site) as client:
        watched = opening(f"{site}/runs")
        watched.page.get_by_role("button", name="Load new files").click()
        watched.page.wait_for_url("**/runs/*-*")
        with working(Context(engine, Settings(source=str(folder), as_of=TODAY))):
            expect(watched.page.locator('[data-live="ended"]')).to_have_count(4)
        run = client.get(f"/v1/runs/{watched.page.url.rsplit('/', 1)[1]}").json()
        counts = [str(value) for value in run["counts"].values() if isinstance(value, int)]
        assert watched.page.inner_text("#run-state .badge") == run["state"] == "succeeded"
        assert watched.numbers('section[aria-labelledby="counts"]', "integer") == counts
        steps = watched.page.locator("#run-steps li p:first-child").all_text_contents()
        assert steps == [each["message"] for each in run["steps"]]
        watched.check()


def test_a_run_is_followed_without_scripts(opening_without_scripts: Any, database_url: str) -> None:
    with serving(database_url) as site, httpx.Client(base_url=site) as client:
        run = client.post("/v1/runs", json={"job": "ingest"}).json()
        page = opening_without_scripts(f"{site}/runs/{run['run_id']}")
        expect(page.locator("#run-state")).to_contain_text("queued")
        change(database_url, "update pipeline.job_run set state = 'succeeded'")
        expect(page.locator("#run-state")).to_contain_text("succeeded")


@pytest.fixture
def opening_without_scripts(browser: Browser) -> Iterator[Any]:
    """Open an address in a browser without scripts."""
    context = browser.new_context(java_script_enabled=False)

    def opened(address: str) -> Any:
        page = context.new_page()
        page.goto(address)
        return page

    yield opened
    context.close()


def move(url: str, run_id: str, counts: dict[str, int]) -> None:
    """Record the progress and a step of a run, as a worker does."""
    statement = "update pipeline.job_run set state = 'running', started_at = now(), counts = :counts where run_id = :id"
    change(url, statement, counts=json.dumps(counts), id=run_id)
    step = "insert into pipeline.run_step values (:id, :number, now(), 'listed <b>12</b> files')"
    change(url, step, id=run_id, number=counts["files"])
