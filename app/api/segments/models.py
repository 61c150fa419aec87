"""Current model: training data, parameters and the choice of k."""

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from app.api.core.dependencies import ReaderDependency
from app.api.core.freshness import CURRENT_RUN_ID, FRESHNESS, FRESHNESS_EXAMPLE, Freshness
from app.api.core.openapi import problems
from app.api.core.problems import NO_MODEL
from app.api.core.schemas import Currency, Moment, example
from app.api.core.scopes import requires_scope
from app.segments.tables import model

router = APIRouter(prefix="/v1/models", tags=["models"])
FenceBounds = Annotated[list[float], Field(min_length=2, max_length=2, description="Lower and upper.")]
MODEL_EXAMPLE: Final = {
    "k": 3,
    "k_scores": [
        {"k": 2, "silhouette": 0.4273, "inertia": 2866.9189, "elbow": 0.0, "combined": 0.6},
        {"k": 3, "silhouette": 0.3848, "inertia": 1901.9813, "elbow": 0.2409, "combined": 0.8805},
        {"k": 4, "silhouette": 0.2882, "inertia": 1705.7698, "elbow": 0.2335, "combined": 0.7345},
    ],
    "fences": {"monetary": [-936.4425, 2198.6775], "frequency": [-2.0, 6.0]},
    "features": ["recency", "frequency", "monetary"],
    "seed": 42,
    "versions": {"numpy": "2.4.6", "joblib": "1.6.0", "python": "3.11.7", "scikit-learn": "1.9.1"},
    "sha256": "e90f750e06bf634d729e52b6acb7dcacf768137f49f1f72e9002c78e4ce4b744",
    "trained_at": "2026-05-01T03:00:00.442304Z",
    "customers": 1830,
    "medians": {"recency": 35.0, "monetary": 488.045, "frequency": 1.0},
    "scaler": {"mean": [44.8429, 1.8491, 574.5826], "scale": [33.4383, 1.2287, 484.1795]},
    "centroids": [[25.9469, 1.4748, 384.3155], [26.587, 3.5707, 1244.5742], [86.1142, 1.1575, 371.6388]],
    "segment_of_cluster": {
        "0": "new-customers",
        "1": "super-vip-champions",
        "2": "hibernating",
        "-1": "super-vip-champions",
        "-2": "super-vip-champions",
        "-3": "super-vip-champions",
    },
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
        Field(description="0.6 silhouette / maximum + 0.4 elbow / maximum; the k with the highest value is chosen."),
    ]


class Scaler(BaseModel):
    """Standardisation of the features: (value - mean) / scale, in the order of `features`."""

    mean: list[float]
    scale: list[float]


class ModelFacts(BaseModel):
    """Data, parameters and versions that explain and reproduce a training run."""

    k: Annotated[int, Field(description="Number of clusters among customers that are not outliers.")]
    k_scores: list[KCandidate]
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
        Field(description="One row per cluster from 0, in the order of features: days, invoices, currency units."),
    ]
    segment_of_cluster: Annotated[
        dict[str, str],
        Field(
            description="Slug of the segment, by number of the cluster. Negative numbers are the groups of outliers: "
            "-1 unusual spending, -2 unusual frequency, -3 both."
        ),
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
    extra = {"currency": reader.settings.currency, **reader.freshness_fields(row)}
    return Model.model_validate({**row._mapping, **extra})  # noqa: SLF001  # _mapping is public API of SQLAlchemy
