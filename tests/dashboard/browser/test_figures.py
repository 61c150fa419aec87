"""Figures, filters, formats, themes and sign-in in a browser, compared with the API."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.dashboard.browser.conftest import Opening, serving, show

KEY = "a-key-for-tests-that-nobody-can-guess-0123456789"


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
def test_the_overview_draws_the_shares_of_the_api(
    opening: Opening, site: str, client: httpx.Client, scheme: str
) -> None:
    rows = client.get("/v1/segments", params={"scheme": scheme}).json()["data"]
    customers, revenue = opening(f"{site}/?scheme={scheme}").figure("shares")
    assert customers["y"] == revenue["y"] == [row["segment"].replace("&", "&amp;") for row in rows]
    assert customers["x"] == [row["share"] for row in rows]
    assert revenue["x"] == [row["revenue_share"] for row in rows]


def test_what_moved_is_that_of_the_api(opening: Opening, site: str, client: httpx.Client) -> None:
    matrix = client.get("/v1/transitions").json()
    numbers = opening(site).numbers('section[aria-labelledby="moved"] p', "integer")
    assert numbers == [str(matrix[name]) for name in ("moved", "stayed", "entered", "gone")]


def test_the_heat_map_has_the_medians_of_the_api(opening: Opening, site: str, client: httpx.Client) -> None:
    rows = client.get("/v1/segments").json()["data"]
    (heat,) = opening(f"{site}/segments").figure("heat")
    largest = max(row["median_recency"] for row in rows)
    assert [z[0] for z in heat["z"]] == pytest.approx([row["median_recency"] / largest for row in rows])


def test_a_table_is_sorted_by_a_column(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/segments")
    watched.page.locator('button.sort:text-is("Customers")').click()
    counts = [int(each) for each in watched.numbers("table[data-sortable] td:nth-child(3)", "integer")]
    assert counts == sorted(counts, reverse=True)
    watched.page.locator('button.sort:text-is("Customers")').click()
    assert watched.numbers("table[data-sortable] td:nth-child(3)", "integer") == [str(each) for each in sorted(counts)]


def test_a_reload_keeps_the_order_of_a_table(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/segments?scheme=rules")
    watched.page.locator('button.sort:text-is("Customers")').click()
    watched.page.locator('button.sort:text-is("Customers")').click()
    assert watched.page.url == f"{site}/segments?scheme=rules&order=segments.customers.asc"
    show(watched.page, watched.page.url)
    counts = [int(each) for each in watched.numbers("table[data-sortable] td:nth-child(3)", "integer")]
    assert counts == sorted(counts)
    watched.page.get_by_role("button", name="Filter").click()
    watched.page.wait_for_url("**order=segments.customers.asc**")


def test_filters_of_customers_are_in_the_address(opening: Opening, site: str, client: httpx.Client) -> None:
    watched = opening(f"{site}/customers")
    watched.page.get_by_label("Orders from", exact=True).fill("2")
    watched.page.get_by_label("Sort by", exact=True).select_option("-monetary")
    watched.page.get_by_role("button", name="Filter").click()
    watched.page.wait_for_selector("html[data-ready]")
    assert "frequency_min=2" in watched.page.url
    query: dict[str, str | int] = {"frequency_min": 2, "sort": "-monetary", "limit": 50, "include": "total"}
    answer = client.get("/v1/customers", params=query).json()
    assert watched.numbers("tbody td:nth-child(6)", "money") == [row["monetary"] for row in answer["data"]]
    assert watched.numbers("#found", "integer") == [str(answer["total"])]
    watched.check()


def test_a_customer_is_found_by_id(opening: Opening, site: str, client: httpx.Client) -> None:
    row = client.get("/v1/customers", params={"limit": 1}).json()["data"][0]
    watched = opening(f"{site}/customers")
    watched.page.get_by_label("Customer id").fill(row["customer_id"])
    watched.page.get_by_role("button", name="Find").click()
    expect(watched.page.get_by_role("heading", level=1)).to_have_text(f"Customer {row['customer_id']}")
    explanation = client.get(f"/v1/customers/{row['customer_id']}/explanation").json()["explanation"]
    shown = re.sub(r"([\d,]+\.\d\d) GBP", r"£\1", explanation["summary"])
    assert shown in watched.page.inner_text("main")


@pytest.mark.parametrize(("locale", "expected"), [("en-GB", "1 Mar 2026"), ("de-DE", "01.03.2026")])
def test_dates_are_in_the_locale_of_the_reader(opening: Opening, site: str, locale: str, expected: str) -> None:
    watched = opening(site, locale=locale, timezone_id="America/Los_Angeles")
    assert f"as of {expected}" in watched.page.inner_text(".freshness")


def test_numbers_are_in_the_locale_of_the_reader(opening: Opening, site: str) -> None:
    tile = ".tile >> nth=1 >> data"
    assert "." in opening(site, locale="de-DE").page.inner_text(tile)
    assert "," in opening(site, locale="en-GB").page.inner_text(tile).split(".")[0]


def test_the_heat_map_has_the_numbers_of_the_table(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/segments", locale="de-DE")
    (heat,) = watched.figure("heat")
    cells = watched.page.locator("table[data-sortable] td:nth-last-child(-n+4):not(:last-child)").all_inner_texts()
    assert [text for row in heat["text"] for text in row] == cells
    watched.check()


def test_months_of_figures_are_in_the_language_of_the_reader(opening: Opening, site: str) -> None:
    watched = opening(f"{site}/trends?by=day", locale="fr-FR")
    watched.figure("revenue")
    labels = watched.page.locator('[data-figure="figure-revenue"] .xtick').all_text_contents()
    assert any("févr" in label for label in labels), labels


def test_the_theme_is_kept(opening: Opening, site: str) -> None:
    page = opening(site, color_scheme="light").page
    light = page.evaluate("getComputedStyle(document.body).color")
    page.get_by_role("button", name="Switch to dark colours").click()
    assert page.evaluate("getComputedStyle(document.body).color") != light
    show(page, f"{site}/segments")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_keyboard_skips_to_the_content(opening: Opening, site: str) -> None:
    page = opening(site).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_sign_in_and_out(opening: Opening, generated: str) -> None:
    with serving(generated, api_key=KEY) as site:
        watched = opening(f"{site}/customers?frequency_min=2")
        page = watched.page
        assert page.title() == "Sign in · Regulars"
        assert watched.violations() == []
        page.get_by_label("API key").fill(KEY)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/customers?frequency_min=2")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        show(page, f"{site}/segments")
        assert page.title() == "Sign in · Regulars"
        watched.check()


@pytest.mark.parametrize("width", [360, 800, 1200])
def test_the_numbers_of_tiles_are_not_broken(opening: Opening, site: str, width: int) -> None:
    page = opening(site, viewport={"width": width, "height": 740}).page
    lines = """values => values.map(value => {
        const range = document.createRange();
        range.selectNodeContents(value.firstChild);
        return new Set([...range.getClientRects()].map(each => each.top)).size;
    })"""
    assert set(page.locator(".tile dd").evaluate_all(lines)) == {1}


def test_filters_are_folded_on_a_phone(opening: Opening, site: str) -> None:
    page = opening(f"{site}/customers", viewport={"width": 360, "height": 740}).page
    assert not page.get_by_label("Orders from", exact=True).is_visible()
    assert page.get_by_role("table").first.is_visible()


def test_the_first_column_stays_on_a_phone(opening: Opening, site: str) -> None:
    page = opening(f"{site}/segments", viewport={"width": 360, "height": 740}).page
    left = page.evaluate(
        """() => { const box = document.querySelector(".scroll"), cell = box.querySelector("tbody th");
                   box.scrollLeft = 300;
                   return cell.getBoundingClientRect().left - box.getBoundingClientRect().left; }"""
    )
    assert left >= 0


def test_words_of_a_table_are_not_broken_on_a_phone(opening: Opening, site: str) -> None:
    page = opening(f"{site}/segments", viewport={"width": 360, "height": 740}).page
    broken = page.eval_on_selector_all(
        "tbody th a",
        """links => links.flatMap(({ firstChild: text }) => [...text.data.matchAll(/[^ ]+/g)].filter(word => {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
        }).map(word => word[0]))""",
    )
    assert broken == []
