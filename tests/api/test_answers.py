"""Request ids and ETags of answers."""

import pytest
from httpx import AsyncClient

from tests.api.conftest import asking, change

pytestmark = pytest.mark.anyio
TAGGED = ("/v1/customers/R01", "/v1/customers/R01/segment", "/v1/segments", "/v1/segments/hibernating", "/v1/clusters")


@pytest.mark.parametrize(
    "path", ["/v1/customers/R01", "/v1/customers/nobody", "/nothing", "/docs", "/health/live", "/"]
)
async def test_every_answer_has_an_id(client: AsyncClient, path: str) -> None:
    assert len((await client.get(path)).headers["X-Request-Id"]) == 32


async def test_a_refused_request_has_an_id(client: AsyncClient) -> None:
    assert (await client.get("/v1/segments", headers={"Authorization": ""})).headers["X-Request-Id"]


async def test_a_well_formed_id_of_the_client_is_kept(client: AsyncClient) -> None:
    answer = await client.get("/v1/segments", headers={"X-Request-Id": "trace-7:a.b_c"})
    assert answer.headers["X-Request-Id"] == "trace-7:a.b_c"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", "<script>"])
async def test_a_malformed_id_is_replaced(client: AsyncClient, given: str) -> None:
    answer = await client.get("/v1/segments", headers=[(b"X-Request-Id", given.encode())])
    assert len(answer.headers["X-Request-Id"]) == 32


@pytest.mark.parametrize("path", TAGGED)
async def test_an_unchanged_answer_is_a_304(client: AsyncClient, path: str) -> None:
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


async def test_a_304_has_the_caching_rules_of_the_answer(client: AsyncClient) -> None:
    first = await client.get("/v1/segments")
    again = await client.get("/v1/segments", headers={"If-None-Match": first.headers["ETag"]})
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


@pytest.mark.parametrize("form", ["W/{}", '"other", {}', "*", '"other",W/{}'])
async def test_a_tag_is_found_in_every_form(client: AsyncClient, form: str) -> None:
    tag = (await client.get("/v1/segments")).headers["ETag"]
    answer = await client.get("/v1/segments", headers={"If-None-Match": form.format(tag)})
    assert answer.status_code == 304


@pytest.mark.parametrize("tag", ["", '"other"', "other", '""'])
async def test_another_tag_is_a_200(client: AsyncClient, tag: str) -> None:
    assert (await client.get("/v1/segments", headers={"If-None-Match": tag})).status_code == 200


async def test_two_customers_have_two_tags(client: AsyncClient) -> None:
    tags = {(await client.get(f"/v1/customers/{name}/segment")).headers["ETag"] for name in ("R01", "R02")}
    assert len(tags) == 2


async def test_another_run_has_another_tag(own_shop: str) -> None:
    async with asking(own_shop) as client:
        before = (await client.get("/v1/customers/R01/segment")).headers["ETag"]
        change(own_shop, "update segments.current_run set as_of = '2026-02-28'")
        change(own_shop, "update segments.customer_segment set cluster = 11 where customer_id = 'R01'")
        assert (await client.get("/v1/customers/R01/segment", headers={"If-None-Match": before})).status_code == 200


async def test_answers_are_private(client: AsyncClient) -> None:
    assert (await client.get("/v1/customers/R01")).headers["Cache-Control"] == "private, no-cache"


async def test_a_problem_has_no_tag(client: AsyncClient) -> None:
    assert "ETag" not in (await client.get("/v1/customers/nobody", headers={"If-None-Match": "*"})).headers
