"""Rows of a run, its summaries, and the current run."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from app.gold.tables import customer_rfm
from app.segments.assignments import Assignments, write_customers
from app.segments.model.schemes import SCHEMES
from app.segments.model.segment_table.table import SegmentTable
from app.segments.publish import publish
from app.segments.registry_tables import model
from app.segments.revisions import open_revision
from app.segments.rfm import UNKNOWN_CLUSTER, CustomerBatch, read_customers, read_features
from app.segments.summaries import write_segment_table, write_summaries
from app.segments.tables import RevisionKind
from tests.conftest import NOW
from tests.segments.shop import AS_OF, customer

RUN, OTHER = UUID(int=1), UUID(int=2)
TABLE = SegmentTable.load()
FIRST, SECOND = TABLE.kmeans[:2]
RULE = TABLE.rules[0]
OTHERS = {"rules": RULE.slug, **{scheme: TABLE.segments[scheme][0].slug for scheme in ("rfm", "value")}}
GOLD = [customer("a", 3, 2, 50.25), customer("b", 5, 4, 100), customer("c", 90, 1, 0)]
JSON = ("features", "k_scores", "scaler", "centroids", "fences", "segment_of_cluster", "versions")
MEDIANS = {"recency": 5, "frequency": 2, "monetary": 50.25}


@pytest.fixture
def shop(connection: Connection) -> Connection:
    """Return three customers in gold and two registered runs."""
    connection.execute(insert(customer_rfm), GOLD)
    for run_id in (RUN, OTHER):
        row = {"run_id": run_id, "as_of": AS_OF, "trained_at": NOW, "customers": 3, "seed": 1, "k": 2, "sha256": ""}
        connection.execute(insert(model).values({**row, "medians": MEDIANS, **{name: {} for name in JSON}}))
        write_segment_table(connection, run_id, TABLE)
    return connection


def write(
    connection: Connection,
    *customers: str,
    clusters: list[int],
    as_of: date = AS_OF,
    run_id: UUID = RUN,
    kind: RevisionKind = "assigned",
    names: Sequence[str] = (FIRST.slug, SECOND.slug),
) -> None:
    none = np.full(len(customers), None, dtype=np.object_)
    zeros, ones = np.zeros(len(customers), dtype=np.int_), np.ones(len(customers), dtype=np.bool_)
    unknown: dict[str, Any] = dict.fromkeys(SCHEMES, none)
    features = np.zeros((len(customers), 3))
    batch = CustomerBatch(list(customers), features, np.zeros(len(customers)), zeros, unknown, ones)
    others = {scheme: np.full(len(customers), slug, dtype=np.object_) for scheme, slug in OTHERS.items()}
    assigned = Assignments.named(batch, np.array(clusters), dict(enumerate(names)), others)
    states = assigned.changed_states()
    assert states is not None, "every customer is changed"
    write_customers(connection, open_revision(connection, run_id, kind, as_of, NOW), states, as_of=as_of)


def rows(connection: Connection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(text(query), values)]


# --- reading gold


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_features_are_read_in_the_order_of_customers(shop: Connection, size: int) -> None:
    assert read_features(shop, AS_OF, size).rfm.tolist() == [[3, 2, 50.25], [5, 4, 100], [90, 1, 0]]


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_batches_have_the_features_of_their_customers(shop: Connection, size: int) -> None:
    batches = list(read_customers(shop, AS_OF, size=size))
    assert [each for batch in batches for each in batch.customer_ids] == ["a", "b", "c"]
    assert np.concatenate([batch.rfm for batch in batches]).tolist() == read_features(shop, AS_OF).rfm.tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_stored_clusters_are_read_in_each_batch(shop: Connection, size: int) -> None:
    write(shop, "a", "c", clusters=[1, 0])
    assert read_features(shop, AS_OF, size).clusters.tolist() == [1, UNKNOWN_CLUSTER, 0]
    batches = list(read_customers(shop, AS_OF, size=size))
    assert [each for batch in batches for each in batch.is_changed.tolist()] == [False, True, False]


def test_customers_are_ordered_by_code_point(shop: Connection) -> None:
    shop.execute(insert(customer_rfm), [customer(name, 1, 1, 1) for name in ("B", "é", "10", "9", "_")])
    ids = [each for batch in read_customers(shop, AS_OF, size=3) for each in batch.customer_ids]
    assert (len(ids), ids) == (8, sorted(ids))


def test_no_customers_are_an_empty_table_of_three_features(connection: Connection) -> None:
    assert read_features(connection, AS_OF).rfm.shape == (0, 3)


def test_no_customers_are_no_batch(connection: Connection) -> None:
    assert list(read_customers(connection, AS_OF)) == []


def test_customers_with_a_stored_assignment_are_read_with_it(shop: Connection) -> None:
    write(shop, "a", clusters=[1])
    (batch,) = read_customers(shop, AS_OF)
    stored = {scheme: slugs.tolist() for scheme, slugs in batch.segments.items()}
    assert stored == {scheme: [slug, None, None] for scheme, slug in {"kmeans": SECOND.slug, **OTHERS}.items()}
    assert (batch.clusters[0], batch.is_changed.tolist()) == (1, [False, True, True])


# --- customers


def test_a_customer_is_written_with_cluster_and_segments(shop: Connection) -> None:
    write(shop, "a", "c", clusters=[1, 0])
    columns = "customer_id, as_of, as_of - last_invoice_date, frequency, monetary, cluster, kmeans, rules, rfm, value"
    assert rows(shop, f"select {columns} from segments.customer_segment order by customer_id") == [  # noqa: S608
        ("a", AS_OF, 3, 2, Decimal("50.25"), 1, SECOND.slug, *OTHERS.values()),
        ("c", AS_OF, 90, 1, 0, 0, FIRST.slug, *OTHERS.values()),
    ]


def test_a_customer_keeps_the_country_and_the_first_date_of_gold(shop: Connection) -> None:
    write(shop, "a", clusters=[0])
    kept = rows(shop, "select country, first_invoice_date from segments.customer_segment")
    assert kept == [("France", AS_OF - timedelta(days=3))]


def test_since_is_the_day_of_the_last_change_of_segment(shop: Connection) -> None:
    write(shop, "a", "b", clusters=[0, 0])
    later = AS_OF + timedelta(days=1)
    write(shop, "a", "b", clusters=[0, 1], as_of=later, run_id=OTHER, kind="published")
    found = rows(
        shop, "select kmeans_since, rules_since, rfm_since from segments.customer_segment order by customer_id"
    )
    assert found == [(AS_OF, AS_OF, AS_OF), (later, AS_OF, AS_OF)]


def test_a_customer_written_again_has_one_row(shop: Connection) -> None:
    write(shop, "a", clusters=[1])
    write(shop, "a", clusters=[0], as_of=AS_OF + timedelta(days=1))
    columns = "as_of - last_invoice_date, cluster, kmeans"
    assert rows(shop, f"select {columns} from segments.customer_segment") == [(4, 0, FIRST.slug)]  # noqa: S608


def test_a_customer_without_gold_is_not_written(shop: Connection) -> None:
    write(shop, "nobody", clusters=[0])
    assert rows(shop, "select from segments.customer_segment") == []


# --- segment table


def test_the_whole_table_is_stored_with_the_run(shop: Connection) -> None:
    kept = """select slug, segment, tier, position from segments.segment_summary
        where run_id = :run_id and scheme = 'kmeans' order by position"""
    table = [(each.slug, each.name, each.tier, place) for place, each in enumerate(TABLE.kmeans)]
    assert rows(shop, kept, run_id=RUN) == table


def test_recommendations_are_stored_in_full(shop: Connection) -> None:
    found = rows(shop, "select distinct slug, recommendation from segments.segment_summary where scheme = 'rules'")
    assert {slug: {**stored, "actions": tuple(stored["actions"])} for slug, stored in found} == {
        each.slug: asdict(each.recommendation) for each in TABLE.rules
    }


def test_a_published_segment_keeps_its_texts(shop: Connection) -> None:
    shop.execute(text("update segments.segment_summary set segment = 'Old name'"))
    write_segment_table(shop, RUN, TABLE)
    assert rows(shop, "select distinct segment from segments.segment_summary") == [("Old name",)]


# --- summaries


def test_clusters_are_summarised(shop: Connection) -> None:
    write(shop, "a", "b", "c", clusters=[0, 0, 1])
    write_summaries(shop, RUN, TABLE)
    columns = "run_id, cluster, segment, customers, mean_recency, median_recency, mean_frequency, median_frequency"
    money = "mean_monetary, median_monetary"
    query = f"select {columns}, {money} from segments.cluster_summary order by cluster"  # noqa: S608
    assert rows(shop, query) == [
        (RUN, 0, FIRST.slug, 2, 4, 4, 3, 3, Decimal("75.125"), Decimal("75.125")),
        (RUN, 1, SECOND.slug, 1, 90, 90, 1, 1, 0, 0),
    ]


def test_a_segment_of_two_clusters_is_summarised_as_one(shop: Connection) -> None:
    write(shop, "a", "b", clusters=[0, 1], names=[FIRST.slug, FIRST.slug])
    write_summaries(shop, RUN, TABLE)
    query = "select customers, revenue, mean_recency from segments.segment_summary where customers > 0 order by scheme"
    assert rows(shop, query) == [(2, Decimal("150.25"), 4)] * len(SCHEMES)


def test_a_segment_without_customers_has_no_revenue_and_no_features(shop: Connection) -> None:
    write(shop, "a", clusters=[0])
    write_summaries(shop, RUN, TABLE)
    query = """select customers, revenue, mean_recency, median_monetary from segments.segment_summary
        where run_id = :run_id and slug = :slug"""
    assert rows(shop, query, run_id=RUN, slug=SECOND.slug) == [(0, 0, None, None)]


def test_a_median_of_two_is_their_mean(shop: Connection) -> None:
    write(shop, "a", "c", clusters=[0, 0])
    write_summaries(shop, RUN, TABLE)
    query = "select median_recency, median_frequency, median_monetary from segments.cluster_summary"
    assert rows(shop, query) == [(Decimal("46.5"), Decimal("1.5"), Decimal("25.125"))]


def test_a_summary_is_recomputed(shop: Connection) -> None:
    for cluster in (0, 1):
        write(shop, "a", clusters=[cluster])
        write_summaries(shop, RUN, TABLE)
    assert rows(shop, "select cluster, customers, mean_recency from segments.cluster_summary order by 1") == [
        (0, 0, None),
        (1, 1, 3),
    ]


def test_runs_are_summarised_apart(shop: Connection) -> None:
    write(shop, "a", clusters=[0])
    write(shop, "b", "c", clusters=[0, 1], run_id=OTHER, kind="published")
    write_summaries(shop, RUN, TABLE)
    counted = "select sum(customers) from segments.segment_summary where run_id = :run_id and scheme = 'rules'"
    assert [rows(shop, counted, run_id=run_id) for run_id in (RUN, OTHER)] == [[(1,)], [(0,)]]


# --- current run


def test_publishing_another_run_makes_it_current(shop: Connection) -> None:
    for run_id in (RUN, OTHER):
        open_revision(shop, run_id, "published", AS_OF, NOW)
        publish(shop, run_id, as_of=AS_OF, published_at=NOW)
    assert rows(shop, "select run_id, as_of, published_at from segments.current_run") == [(OTHER, AS_OF, NOW)]


def test_an_unregistered_run_cannot_be_published(shop: Connection) -> None:
    open_revision(shop, RUN, "published", AS_OF, NOW)
    with pytest.raises(IntegrityError, match="current_run_run_id_fkey"):
        publish(shop, UUID(int=3), as_of=AS_OF, published_at=NOW)


def test_a_replacing_segment_is_stored_if_a_cluster_has_its_name(shop: Connection) -> None:
    kept = "select count(*) from segments.segment_summary where run_id = :run_id and slug = 'occasional-buyers'"
    before = rows(shop, kept, run_id=RUN)
    write_segment_table(shop, RUN, TABLE, ["occasional-buyers"])
    assert (before, rows(shop, kept, run_id=RUN)) == ([(0,)], [(1,)])
