"""Table of the reports of models."""

from sqlalchemy import Column, DateTime, ForeignKey, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.db.metadata import metadata
from app.segments.registry_tables import model

report = Table(
    "report",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("computed_at", DateTime(timezone=True), nullable=False),
    Column("report", JSONB, nullable=False),
    schema="segments",
    comment=(
        "One row per training run with a report: when it was computed, and the report as the API returns it. It has no "
        "data of single customers, and is kept when the customers of the run are removed."
    ),
)
