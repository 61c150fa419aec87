"""Tables of the registry of models."""

from typing import Literal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import is_one_of, metadata

ModelPolicy = Literal["stable", "latest"]
ModelOutcome = Literal["published", "not_published", "held", "promoted", "discarded"]
EdgesCause = Literal["first", "horizon", "refit"]

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
    Column("cluster_medians", JSONB, nullable=False, server_default="{}"),
    Column("versions", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("removed_at", DateTime(timezone=True)),
    Column("policy", Text, nullable=False, server_default="latest"),
    Column("parent_run_id", Uuid, ForeignKey("segments.model.run_id")),
    Column("champion_run_id", Uuid, ForeignKey("segments.model.run_id")),
    Column("outcome", Text, nullable=False, server_default="published"),
    Column("reasons", JSONB, nullable=False, server_default="[]"),
    Column("comparison", JSONB),
    Column("policy_state", JSONB, nullable=False, server_default="{}"),
    Column("cluster_ids", JSONB, nullable=False, server_default="[]"),
    Column("cluster_events", JSONB, nullable=False, server_default="[]"),
    Column("curve", JSONB, nullable=False, server_default="{}"),
    Column("data_sha256", Text),
    Column("forecast", JSONB),
    Column("window_days", Integer),
    Column("rfm_cuts", JSONB, nullable=False, server_default="{}"),
    CheckConstraint(is_one_of("policy", ModelPolicy), name="policy"),
    CheckConstraint(is_one_of("outcome", ModelOutcome), name="outcome"),
    schema="segments",
    comment=(
        "One row per training run: everything needed to explain and to repeat it. parent_run_id: training run from "
        "whose curve (centroids for each k) its fits began; champion_run_id: run that was current; outcome, reasons, "
        "comparison: whether and why it was published, and how it compares with the champion; policy_state: counters "
        "of the policy; cluster_ids: lasting id of each centroid; cluster_events: births, deaths, splits and merges; "
        "data_sha256: of the features; forecast: parameters of expected purchases (BG/NBD) and of their money "
        "(gamma-gamma), or the reason why there are none, and days, the days ahead of segments.customer_forecast; "
        "window_days: days up to as_of whose invoices made the features, null for all; "
        "rfm_cuts: cut points between the RFM scores, by feature; "
        "removed_at: when retention removed its customers, null while they are stored."
    ),
)

artifact = Table(
    "artifact",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("joblib", LargeBinary, nullable=False),
    schema="segments",
    comment=(
        "One row per training run whose customers are stored: the fitted estimator as joblib wrote it; loaded only if "
        "its SHA-256 is model.sha256."
    ),
)

value_edges = Table(
    "value_edges",
    metadata,
    Column("edges_id", BigInteger, Identity(always=True), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("days", Integer, nullable=False),
    Column("edges", ARRAY(Numeric(24, 2)), nullable=False),
    Column("customers", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(is_one_of("cause", EdgesCause), name="cause"),
    schema="segments",
    comment=(
        "One row per fit of the edges between value bands; the newest are used. edges: ascending, in currency units; "
        "revision: first one assigned by them; run_id, as_of, customers: model, day and customers of the forecasts on "
        "which they were measured; days: days ahead of these forecasts; cause: first (there were none), horizon (the "
        "days ahead were changed), refit (a person requested it)."
    ),
)
