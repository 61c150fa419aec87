"""Pages on paper."""

from playwright.sync_api import Page

from tests.dashboard.browser.conftest import Opening

PAPER_WIDTH = 794 - 2 * 45
"""Pixels of A4 between its margins."""


def print_page(opening: Opening, address: str) -> Page:
    """A page in dark colours on a wide screen, as it is printed."""
    page = opening(address, color_scheme="dark", viewport={"width": 1600, "height": 700}).page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    return page


def test_every_figure_is_printed_in_the_width_of_the_paper(opening: Opening, site: str) -> None:
    page = print_page(opening, f"{site}/clusters")
    widths = page.locator("[data-figure]").evaluate_all(
        "all => all.map(each => each.querySelector('.main-svg')?.getBoundingClientRect().width ?? 0)"
    )
    assert min(widths) > 0
    assert max(widths) < PAPER_WIDTH


def test_figures_are_printed_in_light_colours(opening: Opening, site: str) -> None:
    page = print_page(opening, site)
    colours = page.locator(".xtick text").evaluate_all("all => all.map(each => getComputedStyle(each).fill)")
    assert set(colours) == {"rgb(27, 36, 48)"}


def test_after_printing_the_screen_is_as_before(opening: Opening, site: str) -> None:
    page = print_page(opening, site)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    colours = page.locator(".xtick text").evaluate_all("all => all.map(each => getComputedStyle(each).fill)")
    assert set(colours) == {"rgb(230, 234, 240)"}
