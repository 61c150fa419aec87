"""Quality, lineage and runs in a browser: figures of the API, and the ways between pages."""

import httpx

from tests.dashboard.browser.conftest import Opening


def test_rows_by_date_of_sale_are_drawn(opening: Opening, site: str, client: httpx.Client) -> None:
    counts = client.get("/v1/quality/daily-counts", params={"limit": 1000}).json()["data"]
    for line in opening(f"{site}/quality").figure("daily"):
        rows = {row["invoice_date"]: row["rows"] for row in counts if row["layer"] == line["name"].lower()}
        assert dict(zip(line["x"], line["y"], strict=True)) == {day: each for day, each in rows.items() if day}


def test_defects_and_failed_rows_are_drawn(opening: Opening, site: str, client: httpx.Client) -> None:
    layers = client.get("/v1/quality/layer-comparison").json()["data"]
    results = client.get("/v1/quality/daily-expectations").json()["data"]
    watched = opening(f"{site}/quality")
    for layer, bars in zip(layers, watched.figure("defects"), strict=True):
        assert bars["x"] == [layer[name.lower().replace(" ", "_")] for name in bars["y"]]
    failed = {bars["name"]: bars["y"] for bars in watched.figure("failed")}
    assert failed == {each["expectation"]: [each["failed"]] for each in results}


def test_a_click_on_a_reason_filters_the_quarantine(opening: Opening, site: str, client: httpx.Client) -> None:
    (row,) = client.get("/v1/quality/quarantine", params={"limit": 1}).json()["data"]
    reason = row["reasons"][0]["expectation"]
    watched = opening(f"{site}/quality/quarantine")
    watched.page.locator("td ul.plain a").first.click()
    watched.page.wait_for_url(f"**/quality/quarantine?expectation={reason}")
    watched.page.wait_for_selector("html[data-ready]")
    query = {"expectation": reason, "include": "total", "limit": "50"}
    answer = client.get("/v1/quality/quarantine", params=query).json()
    assert watched.numbers("#found", "integer") == [str(answer["total"])]
    assert watched.page.locator("code.raw").all_text_contents() == [each["raw"] for each in answer["data"]]
    watched.check()


def test_a_click_on_a_node_shows_it(opening: Opening, site: str, client: httpx.Client) -> None:
    (silver,) = [each for each in client.get("/v1/lineage").json()["nodes"] if each["id"] == "silver"]
    watched = opening(f"{site}/lineage")
    watched.page.locator("svg a", has_text="silver").click()
    watched.page.wait_for_url("**/lineage?node=silver#chosen")
    watched.page.wait_for_selector("html[data-ready]")
    assert watched.numbers("#chosen > p", "integer")[0] == str(silver["rows"])
    watched.check()


def test_numbers_of_the_graph_are_in_the_locale_of_the_reader(opening: Opening, site: str) -> None:
    texts = opening(f"{site}/lineage", locale="de-DE").page.locator("svg a", has_text="bronze").text_content()
    assert texts is not None
    assert "." in texts


def test_the_files_of_a_run_are_one_click_away(opening: Opening, site: str, client: httpx.Client) -> None:
    run = client.get("/v1/runs", params={"job": "ingest"}).json()["data"][0]
    watched = opening(f"{site}/runs")
    watched.page.locator(f'a[href="/runs/{run["run_id"]}"]').first.click()
    watched.page.get_by_role("link", name="Files of this run").click()
    watched.page.wait_for_selector("html[data-ready]")
    assert watched.numbers("#found", "integer") == [str(run["counts"]["loaded"])]
    watched.check()
