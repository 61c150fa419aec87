"""Forms that replay or discard quarantined rows: selection, scope, forms of other sites."""

import re
from typing import Any

import pytest

from app.access.scopes import ScopeName
from tests.api.conftest import change
from tests.api.granting import do, new_key
from tests.api.sales import QUARANTINED
from tests.dashboard.conftest import FORM, reading, until_signed_in
from tests.loading import query

pytestmark = pytest.mark.anyio
ACTIONS = ("/quality/quarantine/replay", "/quality/quarantine/discard")
JOBS = {"/quality/quarantine/replay": "replay", "/quality/quarantine/discard": "discard_quarantine"}
QUEUED = "select job, parameters from pipeline.job_run where state = 'queued'"


@pytest.mark.parametrize("path", ACTIONS)
async def test_the_form_of_a_page_queues_a_run_of_its_rows(own_shop: str, path: str) -> None:
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/quarantine?expectation=valid_quantity&file_id=3")).text
        answer = await reader.post(path, data=hidden_fields(page, path), headers=FORM)
        assert answer.status_code == 303, answer.text
        assert (await reader.get(answer.headers["Location"])).status_code == 200
    parameters = {"file_id": 3, "expectation": "valid_quantity", "status": "open"}
    assert queued(own_shop) == [(JOBS[path], parameters)]


@pytest.mark.parametrize("path", ACTIONS)
async def test_without_filters_the_form_selects_every_row(own_shop: str, path: str) -> None:
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/quarantine")).text
        await reader.post(path, data=hidden_fields(page, path), headers=FORM)
    assert queued(own_shop) == [(JOBS[path], {"all": True, "status": "open"})]


async def test_the_forms_name_the_number_of_rows_that_they_change(own_shop: str) -> None:
    change(
        own_shop,
        "update silver.quarantine set status = 'discarded' "
        "where line_no = (select max(line_no) from silver.quarantine)",
    )
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/quarantine")).text
    shown = re.findall(r"<p><data[^>]*>(\d+)</data> rows: every open row", page)
    assert shown == [str(len(QUARANTINED) - 1)] * 2


async def test_discarded_rows_can_only_be_replayed(own_shop: str) -> None:
    change(own_shop, "update silver.quarantine set status = 'discarded'")
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/quarantine?status=discarded")).text
    assert hidden_fields(page, ACTIONS[0]) == {"all": "true", "status": "discarded"}
    assert ACTIONS[1] not in page


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (ACTIONS[0], {"status": "open"}, 409),
        (ACTIONS[0], {}, 409),
        (ACTIONS[0], {"all": "true", "status": "replayed"}, 422),
        (ACTIONS[1], {"all": "true", "status": "discarded"}, 422),
        (ACTIONS[0], {"file_id": "999"}, 404),
        (ACTIONS[1], {"expectation": "<img onerror=alert(1)>"}, 404),
        (ACTIONS[0], {"file_id": "many"}, 422),
        (ACTIONS[0], {"colour": "red"}, 422),
    ],
)
async def test_a_wrong_selection_is_a_page(own_shop: str, path: str, sent: dict[str, str], status: int) -> None:
    async with reading(own_shop) as reader:
        answer = await reader.post(path, data=sent, headers=FORM)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "<img onerror" not in answer.text
    assert queued(own_shop) == []


@pytest.mark.parametrize("path", [*ACTIONS, "/runs/start"])
@pytest.mark.parametrize(
    "sent", [{"Origin": "https://evil.example"}, {"Origin": "http://regulars", "Sec-Fetch-Site": "cross-site"}]
)
async def test_forms_of_other_sites_are_refused(own_shop: str, path: str, sent: dict[str, str]) -> None:
    async with reading(own_shop) as reader:
        answer = await reader.post(path, data={"all": "true"}, headers={**FORM, **sent})
    assert answer.status_code == 403
    assert queued(own_shop) == []


@pytest.mark.parametrize("path", ACTIONS)
async def test_forms_need_sign_in(own_shop: str, path: str) -> None:
    async with reading(own_shop, key=None) as reader:
        answer = await reader.post(path, data={"all": "true"}, headers=FORM)
    assert answer.status_code == 401
    assert queued(own_shop) == []


@pytest.mark.parametrize(("scopes", "status"), [(["quality:read"], 403), (["quality:read", "runs:write"], 303)])
async def test_forms_need_their_scope(own_shop: str, scopes: list[ScopeName], status: int) -> None:
    change(own_shop, "update pipeline.source_file set state = 'rejected' where id = 2")
    async with reading(own_shop, key=None) as reader:
        await until_signed_in(reader, new_key(own_shop, scopes).key)
        pages = [(await reader.get(path)).text for path in ("/quality/quarantine", "/quality/files", "/runs")]
        answer = await reader.post(ACTIONS[1], data={"all": "true"}, headers=FORM)
    assert [page.count('method="post"') > 1 for page in pages] == [status == 303] * 3
    assert answer.status_code == status
    assert len(queued(own_shop)) == (1 if status == 303 else 0)


async def test_forms_are_audited(own_shop: str) -> None:
    async with reading(own_shop) as reader:
        await reader.post(ACTIONS[1], data={"all": "true"}, headers=FORM)
    entries = do(own_shop, query, "select method, path, status, key_id from access.audit_entry")
    assert entries == [("POST", ACTIONS[1], 303, "bootstrap")]


async def test_a_rejected_file_is_read_again(
    own_shop: str,
) -> None:
    change(own_shop, "update pipeline.source_file set state = 'rejected' where id = 2")
    async with reading(own_shop) as reader:
        page = (await reader.get("/quality/files?state=rejected")).text
        sent = hidden_fields(page, ACTIONS[0])
        assert (await reader.post(ACTIONS[0], data=sent, headers=FORM)).status_code == 303
    assert queued(own_shop) == [("replay", {"file_id": 2, "status": "open"})]


def hidden_fields(page: str, action: str) -> dict[str, str]:
    """The fields that a form of a page sends."""
    start = page.index(f'action="{action}"')
    form = page[start : page.index("</form>", start)]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def queued(url: str) -> list[tuple[str, Any]]:
    """Job and parameters of the queued runs."""
    return [(row[0], row[1]) for row in do(url, query, QUEUED)]
