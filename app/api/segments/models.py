"""Current model: training data, parameters and the choice of k."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import NO_MODEL
from app.api.core.schemas import Currency, Moment, example
from app.api.core.scopes import requires_scope
from app.segments.model.chosen_k import why_k
from app.segments.registry_tables import model

router = APIRouter(prefix="/v1/models", tags=["models"])
FenceBounds = Annotated[list[float], Field(min_length=2, max_length=2, description="Lower and upper.")]
MODEL_EXAMPLE: Final = {
    "k": TRAINING_EXAMPLE["k"],
    "k_scores": [
        {"k": 2, "silhouette": 0.43, "inertia": 3336.0986, "elbow": 0.0, "combined": 0.6},
        {"k": 3, "silhouette": 0.3943, "inertia": 2184.0869, "elbow": 0.2509, "combined": 0.8939},
        {"k": 4, "silhouette": 0.367, "inertia": 1794.8772, "elbow": 0.2889, "combined": 0.9077},
        {"k": 5, "silhouette": 0.3538, "inertia": 1530.414, "elbow": 0.292, "combined": 0.8937},
        {"k": 6, "silhouette": 0.3344, "inertia": 1372.0417, "elbow": 0.2655, "combined": 0.8303},
        {"k": 7, "silhouette": 0.314, "inertia": 1204.637, "elbow": 0.2416, "combined": 0.769},
        {"k": 8, "silhouette": 0.3, "inertia": 1087.8663, "elbow": 0.2035, "combined": 0.6973},
        {"k": 9, "silhouette": 0.3323, "inertia": 976.2995, "elbow": 0.1639, "combined": 0.6882},
        {"k": 10, "silhouette": 0.3393, "inertia": 903.0607, "elbow": 0.1137, "combined": 0.6291},
        {"k": 11, "silhouette": 0.3323, "inertia": 868.1286, "elbow": 0.0527, "combined": 0.5359},
        {"k": 12, "silhouette": 0.3289, "inertia": 803.6076, "elbow": 0.0, "combined": 0.4589},
    ],
    "k_reason": "4 clusters have the highest combined score.",
    "fences": {"monetary": [-1207.5087, 2697.5012], "frequency": [-2.0, 6.0]},
    "features": ["recency", "frequency", "monetary"],
    "seed": 42,
    "versions": {"numpy": "2.4.6", "joblib": "1.6.0", "python": "3.11.7", "scikit-learn": "1.9.1"},
    "sha256": TRAINING_EXAMPLE["sha256"],
    "trained_at": TRAINING_EXAMPLE["trained_at"],
    "customers": TRAINING_EXAMPLE["customers"],
    "medians": {"recency": 28.0, "monetary": 546.5, "frequency": 2.0},
    "scaler": {"mean": [40.6854, 2.0274, 653.3983], "scale": [31.2916, 1.3331, 573.197]},
    "centroids": [
        [26.6468, 2.8807, 885.8536],
        [84.0438, 1.2362, 385.5959],
        [25.6328, 1.2737, 331.8791],
        [20.1188, 4.3563, 1726.4391],
    ],
    "centroid_clusters": [0, 1, 2, 3],
    "segment_of_cluster": {str(each["cluster"]): each["slug"] for each in CLUSTER_SIZES},
    "rfm_cuts": {
        "recency": [9.0, 20.0, 39.0, 70.0],
        "frequency": [1.0, 2.0, 3.0, 5.0],
        "monetary": [221.4, 394.8, 735.28, 1521.79],
    },
    "window_days": None,
    "currency": "GBP",
}


class KCandidate(BaseModel):
    """Scores of one number of clusters."""

    k: int
    silhouette: float
    inertia: float
    elbow: Annotated[float, Field(description="Distance from the line between the ends of the inertia curve.")]
    combined: Annotated[
        float,
        Field(description="0.6 silhouette / maximum + 0.4 elbow / maximum; `k_reason` says which k this leads to."),
    ]


class Scaler(BaseModel):
    """Standardisation of the features: (value - mean) / scale, in the order of `features`."""

    mean: list[float]
    scale: list[float]


class ModelFacts(BaseModel):
    """Data, parameters and versions that explain and reproduce a training run."""

    k: Annotated[int, Field(description="Number of clusters among customers that are not outliers.")]
    k_scores: list[KCandidate]
    k_reason: Annotated[str, Field(description="Why the model has this k, in one sentence.")]
    fences: Annotated[dict[str, FenceBounds], Field(description="Customers outside the fences are outliers.")]
    features: list[str]
    seed: int
    versions: dict[str, str]
    sha256: Annotated[str, Field(description="SHA-256 of the stored model, hex.")]
    trained_at: Moment
    customers: Annotated[int, Field(description="Number of customers in the training run.")]
    medians: Annotated[dict[str, float], Field(description="Medians of all customers: days, invoices, currency units.")]
    scaler: Scaler
    centroids: Annotated[
        list[list[float]],
        Field(
            description="One row for each cluster of `centroid_clusters`, in the order of features: days, invoices, "
            "currency units."
        ),
    ]
    centroid_clusters: Annotated[list[int], Field(description="Number of the cluster of each row of `centroids`.")]
    segment_of_cluster: Annotated[
        dict[str, str],
        Field(
            description="Slug of the segment, by number of the cluster. Negative numbers are the groups of outliers: "
            "-1 unusual spending, -2 unusual frequency, -3 both."
        ),
    ]
    rfm_cuts: Annotated[
        dict[str, list[float]],
        Field(
            description="Four ascending cut points between the RFM scores of each feature: days, invoices, currency "
            "units. A value equal to a cut point counts as below it; the lowest recency has the score 5. Empty for "
            "models of earlier versions."
        ),
    ]
    window_days: Annotated[
        int | None, Field(description="Look-back window: days whose invoices made the features; null for all.")
    ]
    currency: Currency


class Model(Freshness, ModelFacts):
    """The model of the current run."""

    model_config = example({**MODEL_EXAMPLE, **FRESHNESS_EXAMPLE})


CURRENT_MODEL: Final = select(FRESHNESS, model).select_from(
    FRESHNESS.outerjoin(model, model.c.run_id == CURRENT_RUN_ID)
)


@router.get("/current", summary="Get the current model", responses=problems(NO_MODEL))
@requires_scope("segments:read")
async def get_current_model(reader: ReaderDependency) -> Model:
    """Get the model of the current run: scores of every k, fences of outliers, centroids, seed and versions."""
    row = (await reader.published_rows(CURRENT_MODEL))[0]
    combined = {each["k"]: each["combined"] for each in row.k_scores}
    extra = {
        "currency": reader.settings.currency,
        "centroid_clusters": row.cluster_ids or list(range(len(row.centroids))),
        "k_reason": why_k(row.k, combined, row.policy_state),
        **reader.freshness_fields(row),
    }
    return Model.model_validate({**row._mapping, **extra})  # noqa: SLF001  # _mapping is public API of SQLAlchemy
