"""Trends, clusters, movement and one segment in a browser, compared with the API."""

from base64 import b64encode
from typing import Final

import httpx
from playwright.sync_api import Page, expect

from tests.dashboard.browser.conftest import Opening

POINTS: Final = '[data-figure="figure-space"] canvas'
COLOURED: Final = """
    async encoded => {
        const image = new Image();
        image.src = "data:image/png;base64," + encoded;
        await image.decode();
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [image.width, image.height];
        const context = canvas.getContext("2d", { willReadFrequently: true });
        context.drawImage(image, 0, 0);
        const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < pixels.length; i += 4) {
            const channels = [pixels[i], pixels[i + 1], pixels[i + 2]];
            if (Math.max(...channels) - Math.min(...channels) > 40) found += 1;
        }
        return found;
    }
"""
"""Number of pixels of a picture that have a colour, as points do and axes do not."""


def coloured(page: Page) -> int:
    """Number of pixels with a colour of the figure in three dimensions, as a reader sees it."""
    picture = page.locator(POINTS).first.screenshot()
    return int(page.evaluate(COLOURED, b64encode(picture).decode()))


def test_clusters_are_drawn_in_three_dimensions(opening: Opening, site: str, client: httpx.Client) -> None:
    sample = client.get("/v1/customers/sample").json()
    watched = opening(f"{site}/clusters")
    traces = watched.figure("space")
    assert {each["type"] for each in traces} == {"scatter3d"}
    assert sum(len(each["x"]) for each in traces) == sample["sampled"]
    assert coloured(watched.page) > len(sample["data"])
    watched.check()


def test_the_policy_of_clusters_is_that_of_every_page(site: str) -> None:
    headers = {"Accept": "text/html"}
    policies = {
        httpx.get(site + path, headers=headers).headers["Content-Security-Policy"] for path in ("/", "/clusters")
    }
    assert len(policies) == 1


def test_clusters_are_filtered(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/clusters")
    watched.page.get_by_label("Cluster 1", exact=True).check()
    watched.page.get_by_role("button", name="Filter").click()
    watched.page.wait_for_url("**/clusters?cluster=1**")
    watched.page.wait_for_selector("html[data-ready]")
    assert [each["name"] for each in watched.figure("space")] == ["Cluster 1"]
    watched.check()


def test_flows_are_those_of_the_api(opening: Opening, site: str, client: httpx.Client) -> None:
    matrix = client.get("/v1/transitions").json()
    watched = opening(f"{site}/movement")
    sankey, *_ = watched.figure("flows")
    assert matrix["moved"] > 0
    assert sum(sankey["link"]["value"]) == matrix["moved"] + matrix["entered"] + matrix["gone"]
    watched.page.get_by_label("New boundaries", exact=True).check()
    watched.page.get_by_role("button", name="Show").click()
    watched.page.wait_for_url("**cause=model**")
    watched.page.wait_for_selector("html[data-ready]")
    by_model = sum(cell["causes"]["model"] for cell in matrix["data"])
    assert sum(watched.figure("flows")[0]["link"]["value"]) == by_model
    watched.check()


def test_revenue_by_week_is_that_of_the_api(opening: Opening, site: str, client: httpx.Client) -> None:
    rows = client.get("/v1/trends/sales", params={"by": "week"}).json()["data"]
    watched = opening(f"{site}/trends")
    watched.page.get_by_role("link", name="week").click()
    watched.page.wait_for_url("**/trends?by=week")
    watched.page.wait_for_selector("html[data-ready]")
    assert watched.figure("revenue")[0]["y"] == [float(row["revenue"]) for row in rows]
    watched.check()


def test_a_segment_has_its_trend_and_distributions(opening: Opening, site: str, client: httpx.Client) -> None:
    row = client.get("/v1/segments").json()["data"][0]
    watched = opening(f"{site}/segments/{row['slug']}")
    customers, revenue = watched.figure("trend")
    assert (customers["y"][-1], revenue["y"][-1]) == (row["customers"], float(row["revenue"]))
    assert watched.figure("boxes-recency")[0]["median"] == [row["median_recency"]]
    watched.check()


def test_a_figure_below_the_screen_is_drawn_when_the_reader_is_near(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/clusters")
    last = watched.page.locator("[data-figure]").last
    assert last.get_attribute("data-drawn") is None
    last.scroll_into_view_if_needed()
    expect(last).to_have_attribute("data-drawn", "true")
    watched.check()
