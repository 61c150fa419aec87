import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.segments.model.counterfactual import Counterfactual, CounterfactualSearch
from app.segments.model.customer import CustomerFeatures
from app.segments.model.features import FloatArray
from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import SCHEMES, SegmentTable
from app.segments.model.train import RFMSegmenter
from tests.segments.models import one_less

SALES = Path(__file__).resolve().parents[2].parent / "shared" / "data"
CENT = Decimal("0.01")
PRODUCT = re.compile(r"[0-9]{5}[A-Za-z]*|PADS")

Expected = dict[str, Any]
Customers = tuple[list[str], FloatArray]
Changes = tuple[CounterfactualSearch, list[tuple[CustomerFeatures, Counterfactual]]]

pytestmark = [
    pytest.mark.skipif(not SALES.is_dir(), reason="the real sales are not beside the checkout: ../shared/data"),
]


def sales_that_count(folder: Path) -> Iterator[tuple[str, str, str, Decimal]]:
    """Customer, invoice, day and total price."""
    for path in sorted(folder.glob("*/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                counts = PRODUCT.fullmatch(row["StockCode"]) and row["Invoice"][0] not in "Cc"
                if counts and row["Customer ID"] and int(row["Quantity"]) > 0:
                    price = Decimal(row["Price"]).quantize(CENT, ROUND_HALF_UP)
                    customer = row["Customer ID"].removesuffix(".0")
                    yield customer, row["Invoice"], row["InvoiceDate"], price * int(row["Quantity"])


def read_customers(folder: Path, as_of: date) -> Customers:
    invoices: dict[str, set[str]] = {}
    money: dict[str, Decimal] = {}
    last: dict[str, str] = {}
    for customer, invoice, day, price in sales_that_count(folder):
        invoices.setdefault(customer, set()).add(invoice)
        money[customer] = money.get(customer, Decimal(0)) + price
        last[customer] = max(last.get(customer, day), day)
    ids = list(money)
    days = [(as_of - date.fromisoformat(last[one])).days for one in ids]
    return ids, np.column_stack([days, [len(invoices[one]) for one in ids], [float(money[one]) for one in ids]])


@pytest.fixture(scope="module")
def expected() -> Expected:
    loaded: Expected = json.loads((SALES / "expected.json").read_text())
    return loaded


@pytest.fixture(scope="module")
def customers(expected: Expected) -> Customers:
    return read_customers(SALES / "daily_sales", date.fromisoformat(expected["as_of"]))


@pytest.fixture(scope="module")
def model(customers: Customers) -> RFMSegmenter:
    ids, rfm = customers
    return RFMSegmenter().fit(rfm, customer_id=ids)


def test_the_customers_are_those_expected(customers: Customers, expected: Expected) -> None:
    sums = [expected[f"{feature}_sum"] for feature in ("recency", "frequency", "monetary")]
    assert len(customers[0]) == expected["customers"]
    assert customers[1].sum(axis=0) == pytest.approx(sums, abs=0.005)


def test_overall_medians(model: RFMSegmenter, expected: Expected) -> None:
    medians = [expected["medians"][feature] for feature in ("recency", "frequency", "monetary")]
    assert model.medians_ == pytest.approx(medians, abs=1e-9)


@pytest.mark.parametrize("feature", ["monetary", "frequency"])
def test_fences(feature: str, model: RFMSegmenter, expected: Expected) -> None:
    assert model.fences_[feature] == pytest.approx(expected["fences"][feature], abs=1e-4)


def test_outliers(model: RFMSegmenter, expected: Expected) -> None:
    assert {str(c): int((model.labels_ == c).sum()) for c in (-1, -2, -3)} == expected["outliers"]


def test_scores_of_every_k(model: RFMSegmenter, expected: Expected) -> None:
    scores = [(s.k, round(s.silhouette, 4), round(s.inertia, 2), round(s.combined, 4)) for s in model.k_scores_]
    assert scores == [tuple(score.values()) for score in expected["k_scores"]]


def test_the_chosen_k(model: RFMSegmenter, expected: Expected) -> None:
    assert model.k_ == expected["chosen_k"]


def test_medians_of_the_clusters(model: RFMSegmenter, expected: Expected) -> None:
    found = sorted(medians[::-1].tolist() for medians in model.cluster_medians_.values())
    clusters = [
        [row[f"med_{feature}"] for feature in ("monetary", "frequency", "recency")] for row in expected["clusters"]
    ]
    assert np.array(found) == pytest.approx(np.array(sorted(clusters)), abs=0.0051)


def test_names_and_sizes_of_the_clusters(model: RFMSegmenter, expected: Expected) -> None:
    table = SegmentTable.load()
    found = [
        (int((model.labels_ == cluster).sum()), table.name_cluster(cluster, medians, model.medians_).name)
        for cluster, medians in model.cluster_medians_.items()
    ]
    assert sorted(found) == sorted((row["customers"], row["segment"]) for row in expected["clusters"])


@pytest.fixture(scope="module", params=[scheme for scheme in SCHEMES if scheme != "value"])
def changes(request: pytest.FixtureRequest, customers: Customers, model: RFMSegmenter) -> Changes:
    """Counterfactuals of every customer."""
    table, scorer = SegmentTable.load(), model.scorer()
    names = {
        cluster: table.name_cluster(cluster, medians, scorer.medians).slug
        for cluster, medians in model.cluster_medians_.items()
    }
    search = CounterfactualSearch(
        replace(scorer, segment_of_cluster=names, rfm_scores=RFMScores.by_quantiles(customers[1])), table, request.param
    )
    everybody = [CustomerFeatures(int(r), int(f), Decimal(str(m)).quantize(CENT)) for r, f, m in customers[1].tolist()]
    return search, [(customer, found) for customer in everybody for found in search.find(customer)]


def segments(search: CounterfactualSearch, customers: list[CustomerFeatures]) -> list[str]:
    slugs: list[str] = search.scorer.slugs_of_customers(
        [one.rfm for one in customers], search.segment_table, search.scheme
    ).tolist()
    return slugs


def test_every_change_of_every_customer_gives_its_segment(changes: Changes) -> None:
    search, found = changes
    assert len(found) > len({customer for customer, _ in found}) > 1_000
    assert segments(search, [each.result for _, each in found]) == [each.slug for _, each in found]


def test_a_cent_an_order_or_a_day_less_is_not_enough(changes: Changes) -> None:
    search, found = changes
    less = segments(search, [one_less(customer, each) for customer, each in found])
    assert [each for slug, (_, each) in zip(less, found, strict=True) if slug == each.slug] == []


def test_every_change_holds_until_the_reported_day(changes: Changes) -> None:
    search, found = changes
    ending = [(each, each.holds_until_recency) for _, each in found if each.holds_until_recency is not None]
    last = segments(search, [replace(each.result, recency=day) for each, day in ending])
    behind = segments(search, [replace(each.result, recency=day + 1) for each, day in ending])
    slugs = [each.slug for each, _ in ending]
    assert last == slugs
    assert not any(one == other for one, other in zip(behind, slugs, strict=True))
