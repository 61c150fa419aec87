"""Random models and customers, of every kind that a training run may produce."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.segments.model.counterfactual import Counterfactual
from app.segments.model.customer import CENT, CustomerFeatures
from app.segments.model.scoring import Scorer
from app.segments.model.segment_table.table import SegmentTable

TABLE = SegmentTable.load()
OUTLIERS = (-1, -2, -3)

slugs = st.sampled_from([segment.slug for segment in TABLE.kmeans])
money = st.one_of(st.integers(0, 5_000), st.integers(0, 10**9), st.integers(0, 10**15)).map(lambda c: Decimal(c) / 100)
frequencies = st.one_of(st.integers(1, 12), st.integers(1, 10_000))
recencies = st.one_of(st.integers(0, 60), st.integers(0, 4_000))
customers = st.builds(CustomerFeatures, recencies, frequencies, money)
CUTS = {
    "recency": st.integers(0, 400),
    "frequency": st.integers(1, 12),
    "monetary": st.one_of(st.integers(0, 50), st.floats(0, 1e5)),
}


def fences(most: float) -> st.SearchStrategy[list[float]]:
    return st.tuples(st.floats(-most, most), st.floats(0, most)).map(lambda pair: [pair[0], pair[0] + pair[1]])


@st.composite
def scorers(draw: st.DrawFn) -> Scorer:
    """A model of one to six clusters, some of which may have equal centroids or equal names."""
    spot = st.tuples(st.floats(0, 400), st.floats(1, 20), st.one_of(st.integers(0, 50).map(float), st.floats(0, 1e5)))
    centroids = draw(st.lists(spot, min_size=1, max_size=6))
    named: list[int] = [*range(len(centroids)), *draw(st.sets(st.sampled_from(OUTLIERS)))]
    row: dict[str, Any] = {
        "fences": {"monetary": draw(fences(1e5)), "frequency": draw(fences(30))},
        "scaler": {"mean": draw(spot), "scale": draw(st.tuples(*[st.floats(0.1, 1e4)] * 3))},
        "centroids": centroids,
        "medians": {"recency": draw(st.integers(0, 200)), "frequency": draw(st.integers(0, 5))},
        "segment_of_cluster": {cluster: draw(slugs) for cluster in named},
        "cluster_medians": {cluster: draw(spot) for cluster in named},
    }
    row["rfm_cuts"] = {name: sorted(draw(st.lists(values, min_size=4, max_size=4))) for name, values in CUTS.items()}
    row["medians"]["monetary"] = draw(st.one_of(st.just(0.0), st.floats(0, 1e4)))
    return Scorer.from_row(row)


def one_less(customer: CustomerFeatures, found: Counterfactual) -> CustomerFeatures:
    """Return the result of a change that is one order, day or cent smaller."""
    result, mean = found.result, customer.mean_order
    if found.orders == 1:
        return customer
    if found.orders:
        return replace(result, frequency=result.frequency - 1, monetary=result.monetary - mean)
    if found.days:
        return replace(result, recency=result.recency - 1)
    return replace(result, monetary=result.monetary - CENT)
