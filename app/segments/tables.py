"""Tables of the published segmentation."""

from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata

model = Table(
    "model",
    metadata,
    Column("run_id", Uuid, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("trained_at", DateTime(timezone=True), nullable=False),
    Column("customers", Integer, nullable=False),
    Column("features", JSONB, nullable=False),
    Column("seed", Integer, nullable=False),
    Column("k", Integer, nullable=False),
    Column("k_scores", JSONB, nullable=False),
    Column("scaler", JSONB, nullable=False),
    Column("centroids", JSONB, nullable=False),
    Column("fences", JSONB, nullable=False),
    Column("medians", JSONB, nullable=False),
    Column("segment_of_cluster", JSONB, nullable=False),
    Column("versions", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    schema="segments",
    comment="One row per training run: all that is needed to explain and to repeat its numbers.",
)

artifact = Table(
    "artifact",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("joblib", LargeBinary, nullable=False),
    schema="segments",
    comment="One row per training run: the fitted estimator as joblib wrote it; loaded only under model.sha256.",
)

published = Table(
    "published",
    metadata,
    Column("is_only", Boolean, primary_key=True),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("is_only", name="is_only"),
    schema="segments",
    comment="The one row that says which run is being served.",
)


def _features() -> list[Column[Any]]:
    return [
        Column(f"{statistic}_{feature}", Numeric(26, 4))
        for feature in ("recency", "frequency", "monetary")
        for statistic in ("mean", "median")
    ]


customer_segment = Table(
    "customer_segment",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("recency", Integer, nullable=False),
    Column("frequency", Integer, nullable=False),
    Column("monetary", Numeric(24, 2), nullable=False),
    Column("cluster", SmallInteger, nullable=False),
    Column("kmeans", Text(collation="C"), nullable=False),
    Column("rules", Text(collation="C"), nullable=False),
    Index(None, "run_id", "kmeans", "customer_id"),
    Index(None, "run_id", "rules", "customer_id"),
    schema="segments",
    comment=(
        "One row per run and customer: the features on as_of (recency in days), the cluster, and the slug of the "
        "segment that each scheme (kmeans, rules) gives."
    ),
)

cluster_summary = Table(
    "cluster_summary",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("cluster", SmallInteger, primary_key=True),
    Column("segment", Text, nullable=False),
    Column("customers", Integer, nullable=False),
    *_features(),
    schema="segments",
    comment="One row per run and cluster: its customers and the mean and median of their features.",
)

segment_summary = Table(
    "segment_summary",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("slug", Text(collation="C"), primary_key=True),
    Column("segment", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("recommendation", JSONB, nullable=False),
    Column("place", SmallInteger, nullable=False),
    Column("customers", Integer, nullable=False, server_default="0"),
    Column("revenue", Numeric(24, 2), nullable=False, server_default="0"),
    *_features(),
    CheckConstraint("scheme in ('kmeans', 'rules')", name="scheme"),
    schema="segments",
    comment=(
        "One row per run, scheme and segment of the table as it stood when the run was published; place is its place "
        "in the table, the features are null where a segment has no customers."
    ),
)
