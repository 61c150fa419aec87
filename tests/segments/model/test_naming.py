from datetime import date

import numpy as np
import pytest

from app.segments.model.naming import ClusterNaming, TrainingCustomers, count_earned
from app.segments.model.segment_table.table import SegmentTable

TABLE = SegmentTable.load()
RFM = np.array([[10.0, 1, 100], [10, 1, 120], [40, 2, 300], [40, 2, 310], [10, 4, 700]])
CLUSTERS = np.array([5, 5, 7, 7, -1])
CUSTOMERS = TrainingCustomers(date(2026, 1, 1), RFM, np.array([20.0, 90, 100, 100, 100]))


@pytest.fixture(scope="module")
def naming() -> ClusterNaming:
    return ClusterNaming.of(CUSTOMERS, CLUSTERS, TABLE)


def test_medians_are_of_the_members(naming: ClusterNaming) -> None:
    assert {each: medians.tolist() for each, medians in naming.medians.items()} == {
        -1: [10, 4, 700],
        5: [10, 1, 110],
        7: [40, 2, 305],
    }


def test_a_name_of_before_is_kept_while_the_table_might_give_it(naming: ClusterNaming) -> None:
    assert naming.names({7: "loyal-customers-at-risk", 5: "champions"}, 0.1)[7] == "loyal-customers-at-risk"


def test_another_name_of_before_gives_way_to_that_of_the_table(naming: ClusterNaming) -> None:
    assert naming.names({5: "champions"}, 0.1)[5] == "hibernating"


def test_the_share_untrue_is_of_all_customers(naming: ClusterNaming) -> None:
    names = {**naming.names({}, 0.1), 5: "champions"}
    assert naming.share_untrue(names, 0.1) == pytest.approx(0.4)


@pytest.mark.parametrize(("cluster", "slug", "earned"), [(5, "new-customers", 1), (7, "at-risk-customers", 1)])
def test_members_earn_a_name_by_their_own_numbers(cluster: int, slug: str, earned: int) -> None:
    chosen, overall = cluster == CLUSTERS, np.array([20.0, 2, 305])
    assert count_earned(slug, cluster, RFM[chosen], CUSTOMERS.tenure[chosen], overall, TABLE) == earned
