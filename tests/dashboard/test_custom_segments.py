"""Pages of custom segments: list, form, preview, and the buttons that save and remove."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from httpx import AsyncClient, Response

from tests.api.conftest import change
from tests.api.granting import do, new_key
from tests.api.segments.custom.conftest import own_segmented, segmented, segmented_template
from tests.dashboard.conftest import FORM, IMAGE, reading, until_signed_in, values
from tests.loading import query

__all__ = ["own_segmented", "segmented", "segmented_template"]
pytestmark = pytest.mark.anyio
LIST = "/custom-segments"
EDIT = f"{LIST}/edit"
CONDITIONS = "select condition from segments.custom_segment where slug = 'often' order by version"


@pytest.fixture
async def browser(own_segmented: str) -> AsyncIterator[AsyncClient]:
    async with reading(own_segmented) as client:
        yield client


@pytest.fixture(scope="module")
async def viewer(segmented: str) -> AsyncIterator[AsyncClient]:
    """A reader of a shop that tests only read."""
    async with reading(segmented) as client:
        yield client


async def submit(client: AsyncClient, path: str, **fields: str) -> Response:
    return await client.post(path, content=urlencode(fields), headers=FORM)


async def test_the_list_has_the_numbers(viewer: AsyncClient, segmented: str) -> None:
    page = (await viewer.get(LIST)).text
    counted = do(segmented, query, "select count(*) from segments.custom_member where slug = 'often'")[0][0]
    assert values(page[page.index("<tbody>") :], "integer")[0] == str(counted)


async def test_the_list_says_why_a_condition_is_not_valid(browser: AsyncClient, own_segmented: str) -> None:
    change(own_segmented, "update segments.custom_segment set problem = 'no column colour.' where slug = 'often'")
    assert "no column colour. The segment keeps the customers it had" in (await browser.get(LIST)).text


async def test_without_custom_segments_the_list_says_so(browser: AsyncClient, own_segmented: str) -> None:
    change(own_segmented, "delete from segments.custom_segment")
    assert "There are no custom segments yet" in (await browser.get(LIST)).text


async def test_the_form_of_a_segment_has_its_condition(viewer: AsyncClient) -> None:
    assert "frequency &gt; 3</textarea>" in (await viewer.get(EDIT, params={"slug": "often"})).text


async def test_a_preview_shows_numbers_overlaps_and_a_sample(viewer: AsyncClient) -> None:
    page = (await viewer.get(EDIT, params={"name": "Big", "condition": "monetary > 500"})).text
    wanted = ("Share", "Segments these customers are in", "Some of these customers", "your own conditions")
    assert [text for text in wanted if text not in page] == []


async def test_a_preview_of_a_change_says_who_joins_and_leaves(viewer: AsyncClient) -> None:
    page = (await viewer.get(EDIT, params={"slug": "often", "condition": "monetary > 500"})).text
    assert ("Would join" in page, "Would leave" in page) == (True, True)


async def test_a_preview_of_an_invalid_condition_is_the_form_with_the_remedy(viewer: AsyncClient) -> None:
    answer = await viewer.get(EDIT, params={"name": "Big", "condition": "monetry > 500"})
    assert (answer.status_code, "did you mean monetary?" in answer.text, "monetry" in answer.text) == (409, True, True)


async def test_texts_of_the_form_are_not_interpreted(viewer: AsyncClient) -> None:
    page = (await viewer.get(EDIT, params={"name": IMAGE, "condition": f"country = '{IMAGE}'"})).text
    assert (IMAGE in page, "&lt;img src=x" in page) == (False, True)


async def test_a_segment_is_saved_by_the_form(browser: AsyncClient, own_segmented: str) -> None:
    answer = await submit(
        browser, f"{LIST}/create", name="Big", condition="monetary > 500\r\nand recency < 90", tier="Premium", goal="Go"
    )
    assert (answer.status_code, answer.headers.get("Location")) == (303, LIST)
    stored = "select condition, tier, recommendation ->> 'goal' from segments.custom_segment where slug = 'big'"
    assert [tuple(row) for row in do(own_segmented, query, stored)] == [
        ("monetary > 500\nand recency < 90", "Premium", "Go")
    ]


async def test_a_name_that_is_taken_is_the_form_with_the_remedy(browser: AsyncClient) -> None:
    answer = await submit(browser, f"{LIST}/create", name="Often", condition="monetary > 77")
    assert (answer.status_code, "choose another name" in answer.text, "monetary &gt; 77" in answer.text) == (
        409,
        True,
        True,
    )


async def test_an_empty_form_says_what_is_missing(browser: AsyncClient) -> None:
    answer = await submit(browser, f"{LIST}/create")
    assert (answer.status_code, "Fill in the name and the condition" in answer.text) == (422, True)


async def test_a_change_is_a_new_version(browser: AsyncClient, own_segmented: str) -> None:
    await submit(browser, f"{LIST}/often/save", name="Often", condition="frequency > 4", expected_version="1")
    assert [row[0] for row in do(own_segmented, query, CONDITIONS)] == ["frequency > 3", "frequency > 4"]


async def test_an_emptied_goal_is_the_general_one(browser: AsyncClient, own_segmented: str) -> None:
    await submit(browser, f"{LIST}/often/save", name="Often", condition="frequency > 4", goal="")
    goals = "select recommendation ->> 'goal' from segments.custom_segment where slug = 'often' order by version"
    assert [row[0] for row in do(own_segmented, query, goals)] == ["Keep them", "Address these customers together"]


async def test_a_change_of_an_older_version_is_refused(browser: AsyncClient) -> None:
    for condition in ("frequency > 4", "frequency > 5"):
        answer = await submit(browser, f"{LIST}/often/save", name="Often", condition=condition, expected_version="1")
    assert (answer.status_code, "is 2, not 1" in answer.text) == (409, True)


async def test_a_segment_is_removed_by_its_button(browser: AsyncClient, own_segmented: str) -> None:
    assert f'action="{LIST}/often/remove"' in (await browser.get(EDIT, params={"slug": "often"})).text
    answer = await submit(browser, f"{LIST}/often/remove", expected_version="1")
    assert (answer.status_code, [row[0] for row in do(own_segmented, query, CONDITIONS)]) == (
        303,
        ["frequency > 3", None],
    )


async def test_the_form_needs_its_scope(own_segmented: str) -> None:
    async with reading(own_segmented, key=None) as reader:
        await until_signed_in(reader, new_key(own_segmented, ["segments:read"]).key)
        assert EDIT not in (await reader.get(LIST)).text
        assert (await submit(reader, f"{LIST}/often/remove")).status_code == 403


async def test_without_the_scope_of_customers_there_is_no_preview(own_segmented: str) -> None:
    async with reading(own_segmented, key=None) as reader:
        await until_signed_in(reader, new_key(own_segmented, ["segments:read", "segments:write"]).key)
        page = (await reader.get(EDIT, params={"name": "Big", "condition": "monetary > 500"})).text
    assert ("Some of these customers" in page, ">Preview</button>" in page) == (False, False)


async def test_who_saved_it_is_the_name_of_the_key(own_segmented: str) -> None:
    async with reading(own_segmented, key=None) as reader:
        await until_signed_in(reader, new_key(own_segmented, ["segments:read", "segments:write"]).key)
        await submit(reader, f"{LIST}/create", name="Big", condition="monetary > 500")
    stored = "select created_by = k.name from segments.custom_segment, access.api_key as k where slug = 'big'"
    assert [row[0] for row in do(own_segmented, query, stored)] == [True]


async def test_the_page_of_a_removed_segment_has_its_versions(browser: AsyncClient) -> None:
    await submit(browser, f"{LIST}/often/remove", expected_version="1")
    answer = await browser.get(EDIT, params={"slug": "often"})
    wanted = ("This segment was removed", "<td>removed</td>", "<code>frequency &gt; 3</code>")
    assert (answer.status_code, [text for text in wanted if text not in answer.text]) == (200, [])


async def test_forms_of_other_sites_are_refused(browser: AsyncClient) -> None:
    answer = await browser.post(f"{LIST}/often/remove", headers={**FORM, "Origin": "http://other"})
    assert answer.status_code == 403


async def test_before_the_first_model_the_form_saves_without_a_preview(empty: AsyncClient, database_url: str) -> None:
    async with reading(database_url) as reader:
        page = await reader.get(EDIT, params={"name": "Big", "condition": "monetary > 500"})
    assert (page.status_code, "no preview before the first training" in page.text) == (200, True)
