"""Preview of custom segments: numbers are those of the customers, and bad conditions have their place and remedy."""

import re
import shlex
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from httpx import AsyncClient
from sqlalchemy import text

from app.api.segments import custom_preview
from app.contract.open import open_contract
from app.db.engine import make_engine
from app.segments.custom.columns import CustomerCondition, columns_for
from app.segments.custom.preview import PreviewTimeout, preview_condition, preview_statement
from app.segments.model.segment_table.table import SegmentTable
from app.segments.revisions import newest_revision
from tests.api.conftest import asking
from tests.loading import query

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[4]
PREVIEW = "/v1/custom-segments/preview"
BIG = "frequency > 2 and monetary > 500"
DOCS = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^regulars segments (?:preview|save) .*$", DOCS, re.MULTILINE)
BIG_SQL = "frequency > 2 and monetary > 500"
KNOWN = columns_for(open_contract("online-retail"), SegmentTable.load())


@pytest.fixture(scope="module")
async def asked(segmented: str) -> AsyncIterator[AsyncClient]:
    async with asking(segmented) as client:
        yield client


async def previewed(client: AsyncClient, condition: str, **given: Any) -> dict[str, Any]:
    answer = await client.post(PREVIEW, json={"condition": condition, **given})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows(url: str, statement: str) -> list[Any]:
    engine = make_engine(url)
    found = query(engine, statement)
    engine.dispose()
    return found


async def test_number_and_revenue_are_those_of_the_customers(asked: AsyncClient, segmented: str) -> None:
    found = await previewed(asked, BIG)
    wanted = rows(segmented, f"select count(*), sum(monetary) from segments.customer_segment where {BIG_SQL}")  # noqa: S608
    assert [(found["customers"], Decimal(found["revenue"]))] == [tuple(row) for row in wanted]


async def test_shares_are_of_all_customers(asked: AsyncClient) -> None:
    found = await previewed(asked, "frequency > 0")
    assert (found["share"], found["revenue_share"]) == (1.0, 1.0)


async def test_overlaps_with_a_scheme_add_up(asked: AsyncClient) -> None:
    found = await previewed(asked, BIG)
    sums = {
        scheme: sum(each["customers"] for each in found["overlaps"] if each["scheme"] == scheme)
        for scheme in ("kmeans", "rules", "rfm")
    }
    assert set(sums.values()) == {found["customers"]}


async def test_the_largest_overlap_of_a_scheme_is_first(asked: AsyncClient) -> None:
    sizes = [each["customers"] for each in (await previewed(asked, BIG))["overlaps"] if each["scheme"] == "kmeans"]
    assert sizes == sorted(sizes, reverse=True)


async def test_overlaps_with_other_custom_segments_are_by_their_members(asked: AsyncClient, segmented: str) -> None:
    found = await previewed(asked, "monetary > 1000", replaces="often")
    shared = "frequency > 3 and monetary > 1000"
    wanted = rows(segmented, f"select count(*) from segments.customer_segment where {shared}")[0][0]  # noqa: S608
    assert [(each["slug"], each["customers"]) for each in found["overlaps"] if each["scheme"] == "custom"] == [
        ("often-and-big", wanted)
    ]


async def test_a_condition_that_replaces_another_says_who_joins_and_leaves(asked: AsyncClient, segmented: str) -> None:
    found = await previewed(asked, "monetary > 1000", replaces="often")
    counted = """
        select count(*) filter (where monetary > 1000 and frequency <= 3),
            count(*) filter (where monetary <= 1000 and frequency > 3)
        from segments.customer_segment
    """
    assert [(found["joining"], found["leaving"])] == [tuple(row) for row in rows(segmented, counted)]


async def test_without_a_segment_to_replace_nobody_joins_or_leaves(asked: AsyncClient) -> None:
    found = await previewed(asked, BIG)
    assert (found["joining"], found["leaving"]) == (None, None)


async def test_the_sample_has_customers_who_meet_the_condition(asked: AsyncClient) -> None:
    sample = (await previewed(asked, BIG))["sample"]
    assert len(sample) == 10
    assert all(each["frequency"] > 2 and Decimal(each["monetary"]) > 500 for each in sample)


async def test_nobody_meets_it(asked: AsyncClient) -> None:
    found = await previewed(asked, "frequency > 1000000")
    assert (found["customers"], found["revenue"], found["overlaps"], found["sample"]) == (0, "0.00", [], [])


async def test_a_condition_with_scores_and_the_last_sale(asked: AsyncClient) -> None:
    condition = (
        "recency_score >= 1 and country like '%' and tenure >= 0 and frequency < 1000 and clv is null or p_buys > 2"
    )
    assert (await previewed(asked, condition))["customers"] > 0


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("monetry > 5", "line 1, column 1 (at 'monetry > 5'): there is no column monetry; did you mean monetary?"),
        ("recency >\n now()", "line 2, column 2"),
        ("country = 5", "line 1, column"),
        ("recency", "line 1, column 1"),
        ("recency > 1; drop table x", "one condition only"),
    ],
)
async def test_an_invalid_condition_is_refused_with_place_and_remedy(
    asked: AsyncClient, condition: str, message: str
) -> None:
    answer = await asked.post(PREVIEW, json={"condition": condition})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], message in error["detail"]) == (409, "#/condition", True), error


async def test_an_unknown_segment_to_replace_is_refused_with_the_nearest(asked: AsyncClient) -> None:
    answer = await asked.post(PREVIEW, json={"condition": BIG, "replaces": "oftn"})
    assert (answer.status_code, "did you mean often?" in answer.json()["detail"]) == (404, True)


async def test_nothing_is_written(asked: AsyncClient, segmented: str) -> None:
    before = rows(segmented, "select count(*) from segments.custom_segment")
    await previewed(asked, BIG)
    assert rows(segmented, "select count(*) from segments.custom_segment") == before


async def test_a_preview_that_takes_too_long_says_so(asked: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object) -> None:
        raise PreviewTimeout("the preview took longer than 10 seconds; simplify the condition")

    monkeypatch.setattr(custom_preview, "preview_condition", slow)
    answer = await asked.post(PREVIEW, json={"condition": BIG})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/preview-timeout")


def test_the_statement_ends_at_its_time(segmented: str) -> None:
    condition = CustomerCondition.parse("frequency > 0", KNOWN)
    engine = make_engine(segmented)
    with engine.connect() as blocker, engine.connect() as connection:
        blocker.exec_driver_sql("lock table segments.customer_segment")
        with pytest.raises(PreviewTimeout, match=r"longer than 0\.1 seconds; simplify"):
            preview_condition(connection, condition, None, 0.1)
    engine.dispose()


async def test_without_a_model_there_is_no_preview(empty: AsyncClient) -> None:
    answer = await empty.post(PREVIEW, json={"condition": BIG})
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/no-model")


async def test_get_of_the_preview_is_not_allowed(asked: AsyncClient) -> None:
    answer = await asked.get(PREVIEW)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("line", EXAMPLES)
async def test_a_documented_condition_can_be_previewed(asked: AsyncClient, line: str) -> None:
    words = shlex.split(line)
    condition = words[3] if words[2] == "preview" else words[4]
    assert (await previewed(asked, condition))["condition"] == condition


def test_there_are_documented_conditions() -> None:
    assert len(EXAMPLES) >= 5


def test_cut_points_of_scores_are_read_once(segmented: str) -> None:
    condition = CustomerCondition.parse("rfm_score > 3", KNOWN)
    engine = make_engine(segmented)
    with engine.connect() as connection:
        state = newest_revision(connection)
        assert state is not None
        values = {"run_id": state.run_id, "scored_as_of": state.scored_as_of, "replaced": None, "sample": 1}
        plan = connection.execute(text(f"explain (analyze) {preview_statement(condition)}"), values).scalars().all()
    engine.dispose()
    reads = [line for line in plan if "jsonb_array_elements_text" in line]
    assert reads
    assert all("loops=1)" in line for line in reads)
