"""Assignment between trainings: customers with new sales get a segment by the current model."""

from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import Engine, text

from app.jobs.context import Context
from app.segments.assign import assign
from app.segments.model.segment_table.table import SegmentTable
from app.segments.registry import load_model
from tests.conftest import NOW
from tests.loading import change, query, until_somebody_waits
from tests.segments.shop import AS_OF, SHOP, customer, segments, states_of_run, stock, train

TOMORROW = date(2026, 3, 2)
TABLE = SegmentTable.load()
SUMMARIES = "select sum(customers) from segments.{} group by {}"


@pytest.fixture
def shop(engine: Engine, context: Context) -> Engine:
    """Return a shop with a current run."""
    stock(engine, *SHOP)
    train(context)
    return engine


def assigned(engine: Engine, as_of: date = TOMORROW) -> int:
    with engine.begin() as connection:
        return assign(connection, as_of, TABLE, NOW).customers


def remove(engine: Engine, *customers: str) -> None:
    with engine.begin() as connection:
        gone = text("delete from gold.customer_rfm where customer_id = any(:customers)")
        connection.execute(gone, {"customers": list(customers)})


# --- assigned customers


def test_before_the_first_training_no_customer_is_assigned(engine: Engine) -> None:
    stock(engine, *SHOP)
    assert assigned(engine) == 0


def test_customers_without_new_sales_are_not_written(shop: Engine) -> None:
    before = query(shop, "select xmin, * from segments.customer_segment order by customer_id")
    assert assigned(shop) == 0
    assert query(shop, "select xmin, * from segments.customer_segment order by customer_id") == before


def test_a_new_customer_is_assigned_at_once(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505))
    assert (assigned(shop), segments(shop)["new"][:4]) == (1, (TOMORROW, 4, 8, Decimal("505.00")))


@pytest.mark.parametrize(
    "changed", [customer("gone 00", 1, 1, 30), customer("gone 00", 90, 9, 30), customer("gone 00", 90, 1, 505)]
)
def test_a_customer_with_another_feature_is_assigned_again(shop: Engine, changed: dict[str, Any]) -> None:
    stock(shop, changed)
    assert (assigned(shop), segments(shop)["gone 00"][0]) == (1, TOMORROW)


def test_a_customer_with_the_same_features_is_not_assigned(shop: Engine) -> None:
    change(shop, "update gold.customer_rfm set updated_at = '2020-01-01'")
    assert assigned(shop) == 0


@pytest.mark.parametrize("changed", ["country = 'Spain'", "country = null", "first_invoice_date = '2020-01-01'"])
def test_a_customer_with_another_country_or_first_date_is_written_once(shop: Engine, changed: str) -> None:
    change(shop, f"update gold.customer_rfm set {changed} where customer_id = 'whale'")  # noqa: S608
    assert [assigned(shop), assigned(shop)] == [1, 0]


def test_other_customers_keep_their_as_of(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505))
    before = segments(shop)
    assigned(shop)
    assert {name: row for name, row in segments(shop).items() if name != "new"} == before


def test_an_assigned_customer_is_not_assigned_again(shop: Engine) -> None:
    stock(shop, customer("new", 3, 8, 505), customer("huge", 3, 8, 12345678901234567890))
    assert [assigned(shop), assigned(shop), assigned(shop, date(2026, 4, 1))] == [2, 0, 0]


def test_a_customer_without_sales_is_deleted(shop: Engine) -> None:
    remove(shop, "gone 00", "whale")
    left = {row["customer_id"] for row in SHOP} - {"gone 00", "whale"}
    assert (assigned(shop), set(segments(shop))) == (0, left)


def test_a_superseded_run_is_unchanged(shop: Engine, context: Context) -> None:
    old = states_of_run(shop, UUID(int=0))
    train(context)
    stock(shop, customer("new", 3, 8, 505))
    remove(shop, "whale")
    assigned(shop)
    assert states_of_run(shop, UUID(int=0)) == old != []


# --- clusters and segments


def test_the_cluster_is_the_models_prediction(shop: Engine) -> None:
    bought = [customer(f"new {n:02}", n * 5, 1 + n % 12, 20.5 + n * 40) for n in range(20)]
    stock(shop, *bought)
    assigned(shop)
    rfm = np.array([[(TOMORROW - row["last_invoice_date"]).days, row["frequency"], row["monetary"]] for row in bought])
    with shop.connect() as connection:
        predicted = load_model(connection, UUID(int=0)).predict(rfm)
    found = segments(shop)
    assert [found[row["customer_id"]][4] for row in bought] == predicted.tolist()


def test_the_name_of_a_cluster_is_that_of_the_training(shop: Engine) -> None:
    ((names,),) = query(shop, "select segment_of_cluster from segments.model")
    stock(shop, customer("new", 3, 8, 505))
    assigned(shop)
    cluster, slug = segments(shop)["new"][4:6]
    assert slug == names[str(cluster)]


def test_the_rules_compare_with_the_medians_of_the_training(shop: Engine) -> None:
    stock(shop, *(customer(f"new {n:03}", 3, 9, 900) for n in range(200)))
    assigned(shop)
    assert {row[6] for name, row in segments(shop).items() if name.startswith("new")} == {"high-value-active-engaged"}


def test_a_customer_is_assigned_as_a_training_on_the_same_day_would(shop: Engine) -> None:
    stock(shop, customer("new", 2, 9, 501.25))
    assigned(shop, AS_OF)
    assert segments(shop)["new"][4:] == segments(shop)["often 01"][4:]


def test_an_outlier_cluster_that_was_empty_gets_a_name(shop: Engine) -> None:
    stock(shop, customer("trader", 1, 900, 99_000))
    assigned(shop)
    ((names,),) = query(shop, "select segment_of_cluster from segments.model")
    assert segments(shop)["trader"][4:6] == (-3, "super-vip-champions")
    assert names["-3"] == "super-vip-champions"


def test_the_medians_that_named_a_new_cluster_are_stored(shop: Engine) -> None:
    stock(shop, customer("trader", 1, 900, 99_000), customer("other trader", 3, 901, 99_001))
    assigned(shop)
    ((before, medians),) = query(shop, "select segment_of_cluster, cluster_medians from segments.model")
    assert medians["-3"] == [3, 900.5, 99_000.5]
    assert medians.keys() == before.keys()


def test_a_cluster_keeps_the_name_of_its_first_members(shop: Engine) -> None:
    stock(shop, customer("trader", 1, 900, 99_000))
    assigned(shop)
    stock(shop, customer("dormant trader", 300, 900, 99_000))
    assigned(shop)
    assert segments(shop)["dormant trader"][4:6] == (-3, "super-vip-champions")


def test_two_new_clusters_get_a_name_each(shop: Engine) -> None:
    stock(shop, customer("trader", 1, 900, 99_000), customer("often", 1, 900, 90))
    assigned(shop)
    assert query(shop, "select cluster, segment from segments.cluster_summary where cluster < -1 order by 1") == [
        (-3, segments(shop)["trader"][5]),
        (-2, segments(shop)["often"][5]),
    ]


def test_customers_are_assigned_without_loading_the_artifact(shop: Engine) -> None:
    stock(shop, customer("new", 2, 9, 501.25))
    change(shop, "update segments.artifact set joblib = ''")
    assigned(shop, AS_OF)
    assert segments(shop)["new"][4:] == segments(shop)["often 01"][4:]


# --- summaries


def total(engine: Engine) -> tuple[Any, ...]:
    return query(engine, "select count(*), sum(monetary) from gold.customer_rfm")[0]


@pytest.mark.parametrize(
    "happened",
    [
        lambda shop: stock(shop, customer("new", 3, 8, 505), customer("trader", 1, 900, 99_000)),
        lambda shop: stock(shop, customer("whale", 2, 9, 505), customer("gone 00", 1, 9, 500)),
        lambda shop: remove(shop, "whale", "gone 00"),
        lambda shop: remove(shop, *(f"gone {n:02}" for n in range(20))),
    ],
    ids=["new customers", "other clusters", "an empty outlier cluster", "an empty core cluster"],
)
def test_summaries_count_every_customer_and_all_revenue_once(shop: Engine, happened: Any) -> None:
    happened(shop)
    assigned(shop)
    schemes = "where scheme <> 'value' group by scheme"  # in which nobody has a segment without a forecast
    by_scheme = f"select sum(customers), sum(revenue) from segments.segment_summary {schemes}"  # noqa: S608
    assert query(shop, by_scheme) == [total(shop)] * 3
    assert query(shop, "select sum(customers) from segments.cluster_summary") == [total(shop)[:1]]


def test_an_emptied_cluster_has_no_features(shop: Engine) -> None:
    remove(shop, "whale")
    assigned(shop)
    columns = "customers, mean_monetary, median_recency"
    assert query(shop, f"select {columns} from segments.cluster_summary where cluster = -1") == [(0, None, None)]  # noqa: S608


def test_an_emptied_segment_has_no_revenue(shop: Engine) -> None:
    remove(shop, *(row["customer_id"] for row in SHOP[1:]))
    assigned(shop)
    assert query(shop, "select distinct revenue from segments.segment_summary where customers = 0") == [(0,)]


def test_means_and_medians_of_a_segment_are_those_of_its_customers(shop: Engine) -> None:
    stock(shop, customer("trader", 1, 900, 99_000), customer("other trader", 4, 901, 99_000.5))
    assigned(shop)
    columns = "customers, mean_recency, median_frequency, mean_monetary, median_monetary"
    assert query(shop, f"select {columns} from segments.cluster_summary where cluster = -3") == [  # noqa: S608
        (2, Decimal("3.5"), Decimal("900.5"), Decimal("99000.25"), Decimal("99000.25"))
    ]


# --- concurrency


def test_a_purchase_during_an_assignment_is_assigned_next(shop: Engine) -> None:
    """The second assignment waits for the first, and then reads its results."""
    stock(shop, customer("new", 3, 8, 505))
    second = Thread(target=assigned, args=(shop,))
    with shop.begin() as connection:
        assign(connection, TOMORROW, TABLE, NOW)
        second.start()
        until_somebody_waits(shop)
        stock(shop, customer("new", 90, 1, 30))
    second.join(30)
    assert segments(shop)["new"][2:5] == (1, Decimal(30), segments(shop)["gone 00"][4])
