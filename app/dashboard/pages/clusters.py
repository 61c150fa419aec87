"""Clusters: customers in three dimensions, distributions, choice of k, sizes and medians."""

from typing import Annotated, Final

from pydantic import Field

from app.api.core.pagination import PageParamsWithTotal
from app.api.core.problems import Problem
from app.api.customers.sample import get_customer_sample
from app.api.segments.cluster_history import list_cluster_changes
from app.api.segments.clusters import ClusterRow, list_clusters
from app.api.segments.comparison_schemas import ClusterEvent
from app.api.segments.distributions import get_cluster_distribution
from app.api.segments.models import get_current_model
from app.api.segments.problems import UNKNOWN_CLUSTER
from app.dashboard.figures import clusters as figures
from app.dashboard.figures.distributions import Group
from app.dashboard.frame.page import PageContent, PageRoute
from app.dashboard.frame.page_request import PageQuery, PageRequest
from app.dashboard.pages.distributions import distribution_figures
from app.segments.filters import MAX_VALUES

POINTS: Final = 5_000
"""Customers that the figure in three dimensions has at most, approximately."""
CHANGES: Final = 20
"""Newest models whose changes of the clusters are listed."""


class ClustersQuery(PageQuery):
    """Clusters to show, scale of the axes of orders and revenue, and number of points."""

    cluster: Annotated[
        list[Annotated[int, Field(ge=-(2**15), lt=2**15)]], Field(default_factory=list, max_length=MAX_VALUES)
    ]
    scale: figures.AxisScale = "log"
    points: Annotated[int, Field(ge=1, le=POINTS)] = POINTS


async def show_clusters(request: PageRequest) -> PageContent:
    """Show the clusters of the current model."""
    query = request.query(ClustersQuery)
    answer = await list_clusters(request.reader)
    every = answer.data
    _check(query, every)
    clusters = [each for each in every if not query.cluster or each.cluster in query.cluster]
    colours = figures.colours_of([each.cluster for each in every])
    model = await get_current_model(request.reader)
    sample = await get_customer_sample(request.reader, size=query.points) if request.may("customers:read") else None
    drawn = [each for each in sample.data if not query.cluster or each.cluster in query.cluster] if sample else []
    groups = [await _group(request, each, colours) for each in clusters if each.customers]
    values = {
        "query": query,
        "every": every,
        "clusters": clusters,
        "customers": sum(each.customers for each in every),
        "label_of": figures.label_of,
        "changes": (await list_cluster_changes(request.reader, PageParamsWithTotal(limit=CHANGES))).data,
        "describe": describe,
        "model": model,
        "silhouette": next((each.silhouette for each in model.k_scores if each.k == model.k), None),
        "sample": sample,
        "sampled_clusters": [each for each in sample.clusters if not query.cluster or each.cluster in query.cluster]
        if sample
        else [],
        "space": figures.space(drawn, colours, query.scale) if drawn else None,
        "scores": figures.scores(model.k_scores, model.k) if model.k_scores else None,
        "sizes": figures.sizes(clusters, colours),
        "distributions": distribution_figures(groups, model.currency),
    }
    return PageContent("clusters.html", "Clusters", values, answer)


def describe(event: ClusterEvent) -> str:
    """Return a change of a cluster in words."""
    name, others = figures.label_of(event.cluster), " and ".join(map(figures.label_of, event.others))
    words = {
        "birth": f"{name} was found",
        "death": f"{name} ended",
        "split": f"most customers of {others} came from {name}",
        "merge": f"most customers of {others} are in {name}",
    }
    return words[event.kind]


def _check(query: ClustersQuery, every: list[ClusterRow]) -> None:
    known = [each.cluster for each in every]
    for cluster in query.cluster:
        if cluster not in known:
            names = ", ".join(map(str, known))
            raise Problem(UNKNOWN_CLUSTER, f"The current run has no cluster {cluster}; its clusters are {names}.")


async def _group(request: PageRequest, row: ClusterRow, colours: dict[int, str]) -> Group:
    found = await get_cluster_distribution(request.reader, row.cluster)
    return Group(figures.label_of(row.cluster), colours[row.cluster], found)


ROUTE: Final = PageRoute("/clusters", show_clusters, ("segments:read",), "Clusters")
