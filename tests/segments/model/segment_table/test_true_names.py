"""Names that hold for most members, and names within a margin of the table's bounds."""

from pathlib import Path

import numpy as np
import pytest

from app.errors import Misconfigured
from app.segments.model.segment_table.table import SegmentTable
from tests.segments.model.segment_table.test_rows import changed

TABLE = SegmentTable.load()
OVERALL = (50.0, 2.0, 500.0)
SMALL = (10.0, 1.0, 200.0)
CHAMPIONS = (10.0, 3.0, 700.0)


@pytest.mark.parametrize(("tenure", "name"), [(60, "New Customers"), (60.5, "Occasional Buyers")])
def test_new_customers_have_a_recent_first_sale(tenure: float, name: str) -> None:
    assert TABLE.name_cluster(0, SMALL, OVERALL, tenure).name == name


def test_without_tenure_the_names_are_those_of_the_contract() -> None:
    assert TABLE.name_cluster(0, SMALL, OVERALL).name == "New Customers"


def test_other_names_do_not_depend_on_the_first_sale() -> None:
    assert TABLE.name_cluster(0, CHAMPIONS, OVERALL, 400).name == "Champions"


def test_a_replacement_is_a_segment_of_kmeans_but_covers_no_case_of_its_own() -> None:
    (segment,) = TABLE.replacements
    assert TABLE.segment("kmeans", segment.slug) == segment
    assert segment not in TABLE.kmeans


def test_a_customer_is_new_by_their_own_first_sale() -> None:
    slugs = np.array(["new-customers", "new-customers", "champions"], dtype=np.object_)
    found = TABLE.replaced_slugs(slugs, np.array([60.0, 61, 400]))
    assert found.tolist() == ["new-customers", "occasional-buyers", "champions"]


@pytest.mark.parametrize(
    ("medians", "slugs"),
    [
        ((10.0, 3.0, 700.0), {"champions"}),
        ((10.0, 3.0, 930.0), {"champions", "high-value-active"}),
        ((10.0, 2.0, 700.0), {"champions", "potential-loyalists"}),
        ((46.0, 3.0, 700.0), {"champions", "loyal-customers-at-risk"}),
        ((46.0, 2.0, 700.0), {"champions", "loyal-customers-at-risk", "potential-loyalists", "at-risk-customers"}),
    ],
)
def test_names_within_a_tenth_of_the_bounds(medians: tuple[float, float, float], slugs: set[str]) -> None:
    assert TABLE.slugs_within(0, medians, OVERALL, 0.1) == slugs


@pytest.mark.parametrize(
    ("tenure", "slugs"),
    [
        (50, {"new-customers"}),
        (58, {"new-customers", "occasional-buyers"}),
        (61, {"occasional-buyers"}),
    ],
)
def test_no_margin_keeps_a_name_that_is_untrue_for_most(tenure: float, slugs: set[str]) -> None:
    assert TABLE.slugs_within(0, SMALL, OVERALL, 0.1, tenure) == slugs


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('instead_of = "New Customers"', 'instead_of = "Nobody"', "give the name of a row of kmeans"),
        ("first_sale_above_days = 60", "first_sale_above_days = 0", "at least 1"),
        ("first_sale_above_days = 60", "first_sale_above_days = 60\ncluster = -1", "unknown cluster"),
        ('name = "Occasional Buyers"', 'name = "Champions"', "another segment has this name"),
    ],
)
def test_an_invalid_replacement_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(Misconfigured, match=message):
        SegmentTable.load(changed(tmp_path, old, new))
