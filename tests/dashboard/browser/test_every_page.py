"""Every page in a browser: no error, no other host, accessible, in dark and light, on a phone."""

import httpx
import pytest

from tests.dashboard.browser.conftest import Opening

PAGES = (
    *("/", "/?scheme=rules", "/segments", "/segments?min_customers=1000000", "/segments/{slug}"),
    *("/customers", "/customers?sort=-monetary&frequency_min=2", "/customers/{customer_id}"),
    *("/quality", "/quality?day=2020-01-01", "/quality/quarantine", "/quality/quarantine?status=discarded"),
    *("/quality/files", "/quality/files?state=failed", "/contract", "/lineage", "/lineage?node=silver"),
    *("/lineage?node=model", "/lineage/customers/{customer_id}", "/runs", "/runs/{run_id}", "/models"),
    *("/clusters", "/clusters?cluster=0&scale=linear", "/movement", "/movement?scheme=rules&cause=customer"),
    *("/trends", "/trends?by=day&from=2026-02-01"),
)
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


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opening: Opening, site: str, names: dict[str, str], path: str, theme: str) -> None:
    watched = opening(site + path.format(**names), color_scheme=theme)
    assert watched.violations() == []
    watched.check()


@pytest.mark.parametrize("path", ERRORS)
def test_axe_finds_nothing_on_error_pages(opening: Opening, site: str, path: str) -> None:
    watched = opening(site + path)
    assert watched.violations() == []
    assert watched.foreign == []


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_scrolls_down_only(opening: Opening, site: str, names: dict[str, str], path: str) -> None:
    watched = opening(site + path.format(**names), viewport={"width": 360, "height": 740})
    width = watched.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360
    watched.check()
