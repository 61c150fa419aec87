"""Evaluation of custom segments: members, changes, summaries, in trainings, loads and rescores."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine, literal, select, text

from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.evaluate_segments import evaluate_custom_segments
from app.segments.assign import assign, rescore
from app.segments.custom.columns import CustomerCondition, stored_columns
from app.segments.custom.definitions import save_version
from app.segments.custom.members import delete_members, delete_unread_members, with_membership
from app.segments.model.segment_table.table import SegmentTable
from app.segments.registry import read_scorer
from app.segments.revisions import newest_revision
from app.segments.states import states_at
from tests.conftest import NOW
from tests.loading import change, query
from tests.segments.custom.saving import ACTIONS, members, moves, save
from tests.segments.shop import AS_OF, SHOP, customer, stock, train

TABLE = SegmentTable.load()
LATER = AS_OF + timedelta(days=1)
SUMMARY = """
    select customers, revenue, median_recency from segments.segment_summary as s
    inner join segments.current_run as r on r.run_id = s.run_id where scheme = 'custom'
"""


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run, and a custom segment that the run has evaluated."""
    stock(engine, *SHOP)
    save(engine, "Big spenders", "monetary >= 519 and recency < 10")
    train(context)
    return engine


def load(engine: Engine, day: date = LATER) -> None:
    with engine.begin() as connection:
        assign(connection, day, TABLE, NOW)


def rescored(engine: Engine, day: date = LATER) -> None:
    with engine.begin() as connection:
        rescore(connection, day, TABLE, NOW)


def test_a_training_finds_the_members(shop: Engine) -> None:
    assert members(shop, "big-spenders") == ["often 19", "whale"]


def test_the_summary_has_their_money(shop: Engine) -> None:
    assert [tuple(map(float, row)) for row in query(shop, SUMMARY)] == [(2, 99_519.25, 2)]


def test_a_load_evaluates_the_customers_with_new_sales(shop: Engine) -> None:
    stock(shop, customer("new", 3, 1, 600), customer("often 19", 1, 10, 100))
    load(shop)
    assert members(shop, "big-spenders") == ["new", "whale"]


def test_who_joins_and_who_leaves_is_recorded(shop: Engine) -> None:
    change(shop, "delete from segments.customer_change")
    stock(shop, customer("new", 3, 1, 600), customer("often 19", 1, 10, 100))
    load(shop)
    assert moves(shop) == [
        ("new", "joined", None, "big-spenders", "customer"),
        ("often 19", "left", "big-spenders", None, "customer"),
    ]


def test_a_customer_without_sales_leaves(shop: Engine) -> None:
    change(shop, "delete from segments.customer_change", "delete from gold.customer_rfm where customer_id = 'whale'")
    load(shop)
    assert moves(shop) == [("whale", "left", "big-spenders", None, "gone")]


def test_a_rescore_evaluates_everybody_because_days_pass(shop: Engine) -> None:
    rescored(shop, AS_OF + timedelta(days=8))
    assert members(shop, "big-spenders") == []


def test_a_new_version_is_evaluated_by_the_next_load_for_everybody(shop: Engine) -> None:
    save(shop, "Big spenders", "monetary > 90000")
    stock(shop, customer("new", 3, 1, 600))
    load(shop)
    assert (members(shop, "big-spenders"), moves(shop)[-1][-1]) == (["whale"], "definition")


def test_a_removed_segment_has_no_members_and_no_summary(shop: Engine) -> None:
    save(shop, "Big spenders", None)
    rescored(shop)
    assert (members(shop, "big-spenders"), query(shop, SUMMARY)) == ([], [])


def test_a_former_membership_stays_readable_in_its_revisions(shop: Engine) -> None:
    (first,) = query(shop, "select max(revision) from segments.revision")
    rescored(shop, AS_OF + timedelta(days=8))
    ended = "select customer_id, revision, until_revision - revision from segments.custom_member where slug = :s"
    assert ("whale", first[0], 1) in [tuple(row) for row in query(shop, ended, s="big-spenders")]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("kmeans is not null and customer_age > 1", None),
        ("tenure between 1 and 2 and monetary > 515", ["often 15", "often 16", "often 18", "often 19", "whale"]),
        (
            "last_invoice_date >= date '2026-02-27' and monetary > 515",
            ["often 15", "often 16", "often 18", "often 19", "whale"],
        ),
        ("country = 'France' and monetary >= 90000", ["whale"]),
        ("clv > 0", []),
    ],
)
def test_conditions_over_each_kind_of_column(
    engine: Engine, context: Context, condition: str, found: list[str] | None
) -> None:
    stock(engine, *SHOP)
    if found is None:
        with pytest.raises(ValueError, match="there is no column customer_age"):
            save(engine, "Some", condition)
        return
    save(engine, "Some", condition)
    train(context)
    assert members(engine, "some") == found


def test_scores_in_conditions_are_those_of_the_model(engine: Engine, context: Context) -> None:
    stock(engine, *SHOP)
    condition = "recency_score = 5 and frequency_score = 4 and monetary_score >= 4 and rfm_score between 13 and 14"
    save(engine, "Some", condition)
    run_id = train(context)
    names = [row["customer_id"] for row in SHOP]
    rfm = [[(AS_OF - row["last_invoice_date"]).days, row["frequency"], row["monetary"]] for row in SHOP]
    with engine.connect() as connection:
        scores = read_scorer(connection, run_id).scores(np.array(rfm))
    wanted = (scores[:, 0] == 5) & (scores[:, 1] == 4) & (scores[:, 2] >= 4)
    found = [name for name, each in zip(names, wanted, strict=True) if each]
    assert members(engine, "some") == sorted(found) != []


def test_a_condition_that_is_no_longer_valid_keeps_the_members(shop: Engine) -> None:
    change(shop, "update segments.custom_segment set condition = 'colour = 1'")
    rescored(shop, AS_OF + timedelta(days=8))
    problem = query(shop, "select problem from segments.custom_segment")[0][0]
    assert (members(shop, "big-spenders"), "no column colour" in problem) == (["often 19", "whale"], True)


def test_names_that_contain_each_other_are_kept_apart(shop: Engine, context: Context) -> None:
    save(shop, "Big", "monetary > 90000")
    train(context, LATER)
    assert (members(shop, "big"), members(shop, "big-spenders")) == (["whale"], ["often 19", "whale"])
    with shop.connect() as connection:
        positions = connection.execute(text("select slug from segments.segment_summary where scheme = 'custom'"))
        assert set(positions.scalars()) == {"big", "big-spenders"}


def test_the_job_finds_the_members_of_a_new_version_in_the_state_that_readers_see(
    shop: Engine, context: Context
) -> None:
    (before,) = query(shop, "select max(revision) from segments.revision")
    save(shop, "Big spenders", "monetary > 90000")
    with running(shop, "evaluate_segments") as run:
        evaluate_custom_segments(context, run)
    (after,) = query(shop, "select max(revision) from segments.revision")
    assert (members(shop, "big-spenders"), moves(shop)[-1][-1], after) == (["whale"], "definition", before)


def test_the_job_records_the_day(shop: Engine, context: Context) -> None:
    save(shop, "Big spenders", "monetary > 90000")
    with running(shop, "evaluate_segments") as run:
        evaluate_custom_segments(context, run)
    found = query(shop, "select customers, revenue from segments.segment_day where scheme = 'custom'")
    assert [tuple(map(float, row)) for row in found] == [(1, 99_000)]


def test_an_erased_member_is_subtracted_from_the_summary(shop: Engine) -> None:
    with shop.begin() as connection:
        deleted = delete_members(connection, "whale")
    assert (deleted, [tuple(map(float, row)) for row in query(shop, SUMMARY)]) == (1, [(1, 519.25, 2)])


def test_memberships_of_a_deleted_revision_are_deleted(shop: Engine) -> None:
    rescored(shop, AS_OF + timedelta(days=8))
    first = query(shop, "select min(revision), max(revision) from segments.revision")[0]
    with shop.begin() as connection:
        assert delete_unread_members(connection, (0, first[1]), 10) == 2
    assert query(shop, "select from segments.custom_member") == []


def test_a_revision_of_the_past_has_its_members(shop: Engine) -> None:
    with shop.connect() as connection:
        before = newest_revision(connection)
        assert before is not None
        rescored(shop, AS_OF + timedelta(days=8))
        states = states_at(literal(before.revision), literal(before.scored_as_of), None)
        found = with_membership(states, "big-spenders", literal(before.revision))
        names = connection.execute(select(found.c.customer_id, found.c.custom_since).order_by("customer_id")).all()
    assert [tuple(name) for name in names] == [("often 19", AS_OF), ("whale", AS_OF)]


def test_a_condition_that_the_database_refuses_keeps_the_members_and_stops_nothing_else(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(shop, "Others", "monetary < 0")
    broken = property(lambda self: {**self.slots_with(), "condition": "no_such_function(c)"})
    monkeypatch.setattr(CustomerCondition, "slots", broken)
    rescored(shop, AS_OF + timedelta(days=8))
    problems = "select problem from segments.custom_segment where problem like '%no_such_function%'"
    assert (members(shop, "big-spenders"), len(query(shop, problems))) == (["often 19", "whale"], 2)


SOLD = """
    insert into silver.sales_row (file_id, line_no, invoice_no, invoice_date, customer_id, total_price, is_cancellation,
        effect, attributes)
    values
        (1, 1, '2', '2026-02-01', 'whale', 1, false, 1, '{"channel": "shop"}'),
        (1, 2, '3', '2026-02-02', 'whale', 1, false, 1, '{"channel": "web"}'),
        (1, 3, '1', '2026-02-02', 'whale', 1, false, 1, '{"channel": "phone"}'),
        (1, 4, '4', '2026-02-02', 'whale', 1, false, 0, '{"channel": "fax"}'),
        (1, 5, '5', '2026-02-01', 'gone 00', 1, false, 1, '{"channel": ""}')
"""


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("last_channel = 'web'", ["whale"]),
        ("last_channel is null and monetary < 31", ["gone 00"]),
        ("last_channel <> 'shop'", ["whale"]),
    ],
)
def test_an_attribute_is_that_of_the_latest_sale_that_counts(shop: Engine, condition: str, found: list[str]) -> None:
    change(shop, SOLD)
    known = stored_columns({"last_channel": "string"})
    with shop.begin() as connection:
        parsed = CustomerCondition.parse(condition, known)
        save_version(
            connection, "x", name="x", tier="Premium", recommendation=ACTIONS, condition=parsed, created_by="tests"
        )
    rescored(shop)
    assert members(shop, "x") == found
