"""Look-back window: features of the invoices of the last days, in training, rescore and assignment."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.gold.lock import lock_gold
from app.segments.assign import AssignmentResult, assign, assign_all, rescore
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import publish
from app.segments.registry import register
from app.segments.rfm import read_features, read_past_rfm, read_rfm_of_files
from app.segments.training import TrainingSettings, train
from tests.conftest import NOW

AS_OF: Final = date(2026, 3, 1)
TABLE: Final = SegmentTable.load()
RUN: Final = UUID(int=1)
WINDOW: Final = 60
INVOICES: Final = """
    insert into gold.customer_invoice
        (file_id, customer_id, invoice_no, invoice_date, amount, returned, is_sale, country)
    select
        1, 'customer ' || n % 40, cast(n as text), cast(:as_of as date) - (n * n) % (20 + 4 * (n % 40)),
        case when n % 11 = 0 then -5 else 10 + n % 17 * (n % 40) end, case when n % 11 = 0 then 5 else 0 end,
        n % 11 > 0, 'France'
    from generate_series(1, 400) as n
"""
GOLD: Final = """
    insert into gold.customer_rfm
        (customer_id, first_invoice_date, last_invoice_date, frequency, monetary, returned, country, updated_at)
    select
        customer_id, min(invoice_date) filter (where is_sale), max(invoice_date) filter (where is_sale),
        count(distinct invoice_no) filter (where is_sale), sum(amount), sum(returned), 'France',
        now() - interval '1 day'
    from gold.customer_invoice
    group by customer_id
    having bool_or(is_sale)
"""
STATES: Final = """
    select customer_id, first_invoice_date, last_invoice_date, frequency, monetary, returned, cluster, kmeans, rules
    from segments.customer_segment
    order by customer_id
"""


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """Return a transaction with 40 customers in gold, some without a sale in the window."""
    connection.execute(text(INVOICES), {"as_of": AS_OF})
    connection.execute(text(GOLD))
    return connection


def published(connection: Connection, window_days: int | None) -> list[Any]:
    """Train and publish under the plain rule; return the states of the customers."""
    features = read_features(connection, AS_OF, window_days=window_days)
    settings = TrainingSettings("latest", window_days=window_days)
    trained = train(connection, features, AS_OF, settings, TABLE, lambda: None)
    register(connection, RUN, trained, as_of=AS_OF, trained_at=NOW)
    lock_gold(connection)
    assign_all(connection, RUN, previous_run_id=None, as_of=AS_OF, segment_table=TABLE, now=NOW)
    publish(connection, RUN, as_of=AS_OF, published_at=NOW)
    return [tuple(row) for row in connection.execute(text(STATES))]


def states_with(connection: Connection, window_days: int | None, *, forget_before: date | None = None) -> list[Any]:
    """Return the states of a run that is rolled back, on a database that has forgotten earlier invoices."""
    savepoint = connection.begin_nested()
    if forget_before is not None:
        connection.execute(text("delete from gold.customer_invoice where invoice_date < :day"), {"day": forget_before})
        connection.execute(text("delete from gold.customer_rfm"))
        connection.execute(text(GOLD))
    states = published(connection, window_days)
    savepoint.rollback()
    return states


@pytest.fixture
def windowed(shop: Connection) -> Connection:
    """Return the shop with a run of the window."""
    published(shop, WINDOW)
    return shop


def sell(connection: Connection, customer_id: str, day: date) -> None:
    """Add an invoice, and mark the row of gold as changed."""
    columns = "file_id, customer_id, invoice_no, invoice_date, amount"
    sale = f"insert into gold.customer_invoice ({columns}) values (2, :id, 'x', :day, 9)"  # noqa: S608
    connection.execute(text(sale), {"id": customer_id, "day": day})
    changed = "update gold.customer_rfm set updated_at = now() where customer_id = :id"
    connection.execute(text(changed), {"id": customer_id})


def frequencies(connection: Connection) -> dict[str, int]:
    found = connection.execute(text("select customer_id, frequency from segments.customer_segment"))
    return {row.customer_id: row.frequency for row in found}


def assigned(connection: Connection, as_of: date) -> AssignmentResult:
    return assign(connection, as_of, TABLE, NOW)


def test_a_window_longer_than_the_history_gives_the_same_segments_as_none(shop: Connection) -> None:
    assert states_with(shop, 1_000) == states_with(shop, None)


@pytest.mark.parametrize("days", [30, 60, 120])
def test_a_window_equals_a_database_with_the_invoices_of_the_window_only(shop: Connection, days: int) -> None:
    others = states_with(shop, None, forget_before=AS_OF - timedelta(days=days - 1))
    assert states_with(shop, days) == others


def test_features_of_a_window_are_those_of_the_report(shop: Connection) -> None:
    past = read_past_rfm(shop, AS_OF, WINDOW)
    assert read_features(shop, AS_OF, window_days=WINDOW).rfm.tolist() == past.rfm.tolist()


def test_features_of_a_window_are_reproduced_from_the_files(shop: Connection) -> None:
    past = read_rfm_of_files(shop, AS_OF, [1], WINDOW)
    assert read_features(shop, AS_OF, window_days=WINDOW).rfm.tolist() == past.rfm.tolist()


def test_batches_are_those_of_the_whole(shop: Connection) -> None:
    whole = read_features(shop, AS_OF, window_days=WINDOW)
    assert read_features(shop, AS_OF, 7, window_days=WINDOW).rfm.tolist() == whole.rfm.tolist()


def test_an_assignment_reads_the_window_of_changed_customers_only(windowed: Connection) -> None:
    sell(windowed, "customer 1", AS_OF)
    assert assigned(windowed, AS_OF + timedelta(days=30)).customers == 1


def test_an_assignment_counts_the_new_sale_in_the_window(windowed: Connection) -> None:
    before = frequencies(windowed)["customer 1"]
    sell(windowed, "customer 1", AS_OF)
    assigned(windowed, AS_OF)
    assert frequencies(windowed)["customer 1"] == before + 1


def test_an_assignment_leaves_customers_in_whose_window_has_passed(windowed: Connection) -> None:
    before = set(frequencies(windowed))
    sell(windowed, "customer 1", AS_OF)
    assigned(windowed, AS_OF + timedelta(days=50))
    assert set(frequencies(windowed)) == before


def test_a_rescore_records_customers_whose_window_has_passed_as_gone(windowed: Connection) -> None:
    before = set(frequencies(windowed))
    rescore(windowed, AS_OF + timedelta(days=50), TABLE, NOW)
    gone = windowed.execute(text("select customer_id from segments.customer_change where kind = 'gone'")).scalars()
    assert set(gone) == before - set(frequencies(windowed)) != set()


def test_a_rescore_equals_a_training_of_its_day_in_the_features(windowed: Connection) -> None:
    later = AS_OF + timedelta(days=20)
    rescore(windowed, later, TABLE, NOW)
    known = windowed.execute(text("select frequency from segments.customer_segment order by customer_id")).scalars()
    assert list(known) == read_features(windowed, later, window_days=WINDOW).rfm[:, 1].tolist()


def test_the_window_is_stored_with_the_run(windowed: Connection) -> None:
    assert windowed.execute(text("select window_days from segments.model")).scalar_one() == WINDOW


def test_a_changed_window_is_published_at_once_under_the_policy_stable(windowed: Connection) -> None:
    features = read_features(windowed, AS_OF, window_days=90)
    trained = train(windowed, features, AS_OF, TrainingSettings("stable", window_days=90), TABLE, lambda: None)
    assert trained.decision.reasons == ("Published: the look-back window was changed.",)


def test_with_a_window_there_is_a_reason_instead_of_a_forecast(shop: Connection) -> None:
    features = read_features(shop, AS_OF, window_days=WINDOW)
    trained = train(shop, features, AS_OF, TrainingSettings("latest", window_days=WINDOW), TABLE, lambda: None)
    assert "look-back window" in trained.forecast["reason"]
