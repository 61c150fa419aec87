"""Schemas of the comparison of a model with the champion, and of changes of lasting clusters."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.api.core.schemas import Cluster, Share


class ClusterEvent(BaseModel):
    """Change of a cluster from the champion to a model; ids are lasting."""

    kind: Annotated[
        Literal["birth", "death", "split", "merge"],
        Field(
            description="birth: the cluster continues no earlier one; death: no cluster continues it; split: at least "
            "half of the customers of `others` come from it; merge: at least half of those of `others` are in it."
        ),
    ]
    cluster: Cluster
    others: Annotated[list[int], Field(description="Born clusters of a split, ended ones of a merge; else empty.")]


class ComparedSize(BaseModel):
    """Customers of a cluster under the champion and under the model."""

    cluster: Cluster
    champion_customers: Annotated[int, Field(description="Under the champion, 0 if it has no such cluster.")]
    customers: Annotated[int, Field(description="Under the model, 0 if it has no such cluster.")]


class ChampionComparison(BaseModel):
    """Champion and model on the customers of the training."""

    champion_silhouette: Annotated[float, Field(description="Of the champion on the core of the training.")]
    silhouette: Annotated[float, Field(description="Of the model on the same customers.")]
    inertia_ratio: Annotated[
        float | None,
        Field(
            description="Inertia of the champion divided by that of the model; 1: as good as trained today. Null if "
            "that of the model is 0."
        ),
    ]
    ari: Annotated[float, Field(description="Adjusted Rand index of both clusterings, at most 1: the same.")]
    moved_by_model: Annotated[
        Share, Field(description="Share of the customers whose cluster or segment a publication changes, 0 to 1.")
    ]
    moved_by_customers: Annotated[
        Share,
        Field(
            description="Share of the customers whom their own numbers moved to another cluster since they were scored."
        ),
    ]
    across_fences: Annotated[
        Share,
        Field(description="Share of the customers on another side of its fences than of the champion's."),
    ]
    sizes: list[ComparedSize]
