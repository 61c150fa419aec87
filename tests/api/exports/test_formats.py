"""Exports read back by readers that are not ours: the same customers as the lists, in three formats."""

import pytest
from httpx import AsyncClient

from app.exports.row_text import escape_formula, unescape_formula
from app.segments.customer_columns import column_names
from tests.api.conftest import change
from tests.api.customers.test_list import rows as listed
from tests.api.exports.reading import FORMULAS, ODD, asking, each_format, export, exported
from tests.api.sales import STRANGE

pytestmark = pytest.mark.anyio


@each_format
@pytest.mark.parametrize("scheme", ["kmeans", "rules", "rfm"])
async def test_the_rows_are_those_of_the_list(client: AsyncClient, name: str, scheme: str) -> None:
    assert await exported(client, f"scheme={scheme}", name) == await listed(client, f"scheme={scheme}")


@each_format
@pytest.mark.parametrize(
    "query",
    [
        "segment=new-customers",
        "tier=Premium&tier=High-Value",
        "cluster=-1&cluster=0",
        "country=France",
        "recency_max=10&monetary_min=500",
    ],
)
async def test_filters_are_those_of_the_list(client: AsyncClient, name: str, query: str) -> None:
    assert await exported(client, query, name) == await listed(client, query)


async def test_the_fields_are_those_of_the_list_in_their_order(client: AsyncClient) -> None:
    assert list((await exported(client))[0]) == list((await listed(client, ""))[0]) == list(column_names("kmeans"))


async def test_ids_of_every_kind_come_through(client: AsyncClient) -> None:
    ids = {row["customer_id"] for row in await exported(client)}
    assert set(STRANGE) <= ids


@each_format
async def test_a_country_that_is_not_known_is_null(own_shop: str, name: str) -> None:
    change(own_shop, "update segments.customer_segment set country = null where customer_id = 'R01'")
    change(own_shop, "update segments.customer_segment set country = 'Korea, \"South\"' where customer_id = 'R02'")
    async with asking(own_shop) as client:
        found = {row["customer_id"]: row["country"] for row in await exported(client, "", name)}
    assert (found["R01"], found["R02"]) == (None, 'Korea, "South"')


async def test_a_csv_holds_no_formula(strange_shop: str) -> None:
    async with asking(strange_shop) as client:
        cells = [row[name] for row in await exported(client, "", "csv") for name in ("customer_id", "country")]
    assert [cell for cell in cells if cell.lstrip(" \u00a0\u3000")[:1] in set("=+-@\t\r\uff1d")] == []


async def test_numbers_of_a_csv_stay_numbers(client: AsyncClient) -> None:
    assert b",-1," in (await export(client, "format=csv&cluster=-1")).content


async def test_csv_cells_can_be_unescaped(strange_shop: str) -> None:
    async with asking(strange_shop) as client:
        ids = [unescape_formula(row["customer_id"]) for row in await exported(client, "", "csv")]
        assert ids == [row["customer_id"] for row in await exported(client)]
    assert set(ODD) < set(ids)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_two_texts_stand_in_the_same_way(text: str) -> None:
    assert escape_formula(text) == f"'{text}"
    assert unescape_formula(escape_formula(text)) == text


@each_format
async def test_no_other_format_is_escaped(strange_shop: str, name: str) -> None:
    if name != "csv":
        async with asking(strange_shop) as client:
            found = await exported(client, "", name)
        assert [row for row in found if row["customer_id"] in FORMULAS and row["country"] != row["customer_id"]] == []


@each_format
async def test_an_export_without_customers_is_a_valid_file(client: AsyncClient, name: str) -> None:
    assert await exported(client, "country=Atlantis", name) == []


async def test_a_csv_has_a_header_unless_it_is_not_wanted(client: AsyncClient) -> None:
    answers = [await export(client, f"format=csv&country=Atlantis&header={value}") for value in ("true", "false")]
    assert [answer.text for answer in answers] == [",".join(column_names("kmeans")) + "\r\n", ""]
