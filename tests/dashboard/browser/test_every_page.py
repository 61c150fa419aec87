"""Every page in a browser: no error, no other host, accessible, in dark and light, on a phone."""

from collections.abc import Iterator

import httpx
import pytest

from tests.dashboard.browser.conftest import Opening, Profiles
from tests.dashboard.browser.watching import Watched
from tests.loading import until

PAGES = (
    *("/", "/segments", "/segments/{slug}", "/customers", "/customers/{customer_id}", "/clusters", "/movement"),
    *("/trends", "/quality", "/quality/quarantine", "/quality/files", "/contract", "/lineage"),
    *("/lineage/customers/{customer_id}", "/runs", "/runs/{run_id}", "/models", "/models/current/report"),
    *("/custom-segments", "/custom-segments/edit"),
)
STATES = (
    *("/?scheme=rules", "/segments?min_customers=1000000", "/customers?sort=-monetary&frequency_min=2"),
    *("/quality?day=2020-01-01", "/quality/quarantine?status=discarded", "/quality/files?state=failed"),
    *("/lineage?node=model", "/clusters?cluster=0&scale=linear", "/movement?scheme=rules&cause=customer"),
    "/trends?by=day&from=2026-02-01",
    "/custom-segments/edit?name=Big&condition=monetary+%3E+100",
)
"""Filtered, empty and selected states of pages."""
ERRORS = (
    "/nothing",
    "/segments?colour=red",
    "/segments/nothing",
    "/customers/nobody",
    "/clusters?cluster=77",
    "/trends?by=year",
    "/movement?from=2000-01-01",
    "/lineage?node=x",
)


@pytest.fixture(scope="module")
def names(client: httpx.Client) -> dict[str, str]:
    """A segment, a customer and a run of the service."""
    customer = client.get("/v1/customers", params={"sort": "-monetary", "limit": 1}).json()["data"][0]
    run = client.get("/v1/runs", params={"job": "ingest"}).json()["data"][0]
    return {"slug": customer["slug"], "customer_id": customer["customer_id"], "run_id": run["run_id"]}


@pytest.fixture(scope="module", params=PAGES)
def light(profiles: Profiles, site: str, names: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page in light colours; its tests share it, because drawing takes longer than they do."""
    with profiles.windows() as opened:
        yield opened(site + request.param.format(**names), color_scheme="light")


def test_axe_finds_nothing(light: Watched) -> None:
    assert light.violations() == []
    light.check()


def test_a_phone_scrolls_down_only(light: Watched) -> None:
    light.page.set_viewport_size({"width": 360, "height": 740})
    until(lambda: light.page.evaluate("document.documentElement.scrollWidth") <= 360, seconds=90)
    light.check()


@pytest.mark.parametrize("path", STATES)
def test_axe_finds_nothing_in_the_dark(opening: Opening, site: str, path: str) -> None:
    watched = opening(site + path, color_scheme="dark")
    assert watched.violations() == []
    watched.check()


@pytest.mark.parametrize("path", ERRORS)
def test_axe_finds_nothing_on_error_pages(opening: Opening, site: str, path: str) -> None:
    watched = opening(site + path)
    assert watched.violations() == []
    assert watched.foreign == []
