"""Tables of the published segmentation."""

from typing import Any, Final, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.db.metadata import is_one_of, metadata
from app.segments.model.distribution import BinScale
from app.segments.model.schemes import FOLLOWED, SCHEMES, AnySchemeName
from app.segments.registry_tables import model

ChangeKind = Literal["first", "moved", "joined", "left", "gone", "erased"]
ChangeCause = Literal["first", "customer", "model", "both", "definition", "gone", "erased"]
RevisionKind = Literal["published", "rescored", "assigned"]
FeatureName = Literal["recency", "frequency", "monetary"]
STATISTICS: Final = tuple(
    f"{statistic}_{feature}" for feature in ("recency", "frequency", "monetary") for statistic in ("mean", "median")
)
LATER_SCHEMES: Final = frozenset(SCHEMES) - {"kmeans", "rules"}
"""Schemes that states of earlier versions have no segment in."""
CAUSES: Final = ", ".join(f"{scheme}_cause" for scheme in FOLLOWED)
GROUP_KINDS: Final = ("cluster", *FOLLOWED)
"""Groups of customers with a distribution: clusters, segments of each scheme, and custom segments."""
QUARTILES: Final = ("minimum", "q1", "median", "q3", "maximum", "whisker_low", "whisker_high")

revision = Table(
    "revision",
    metadata,
    Column("revision", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("kind", Text, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("scored_as_of", Date, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    CheckConstraint(is_one_of("kind", RevisionKind), name="kind"),
    Index(None, "run_id", "revision"),
    schema="segments",
    comment=(
        "One row per readable state of all customers, in order: a published run (published), and for each later day "
        "of that run, a rescore of all customers (rescored) or the assignment of customers with new sales (assigned). "
        "scored_as_of: day for which all customers were scored last. The newest row changes until the next is added."
    ),
)

current_run = Table(
    "current_run",
    metadata,
    Column("singleton", Boolean, primary_key=True),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("revision", BigInteger, ForeignKey(revision.c.revision), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    CheckConstraint("singleton", name="singleton"),
    schema="segments",
    comment=(
        "One row: the published run that readers see, and the newest revision of its customers. as_of: day for which "
        "all customers were scored last. updated_at is set by each transaction that writes states of customers, before "
        "its commit and under one lock: later states have a later updated_at."
    ),
)


def _statistics() -> list[Column[Any]]:
    return [Column(name, Numeric(26, 4)) for name in STATISTICS]


def _state() -> list[Column[Any]]:
    return [
        Column("as_of", Date, nullable=False),
        Column("first_invoice_date", Date, nullable=False),
        Column("last_invoice_date", Date, nullable=False),
        Column("frequency", Integer, nullable=False),
        Column("monetary", Numeric(24, 2), nullable=False),
        Column("returned", Numeric(24, 2), nullable=False, server_default="0"),
        Column("country", Text),
        Column("cluster", SmallInteger, nullable=False),
        *(Column(scheme, Text(collation="C"), nullable=scheme in LATER_SCHEMES) for scheme in SCHEMES),
        *(Column(f"{scheme}_since", Date, nullable=scheme in LATER_SCHEMES) for scheme in SCHEMES),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.statement_timestamp()),
    ]


customer_segment = Table(
    "customer_segment",
    metadata,
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("revision", BigInteger, nullable=False),
    *_state(),
    *(Index(None, scheme, "customer_id") for scheme in SCHEMES),
    schema="segments",
    comment=(
        "One row per customer of the current run, unchanged since the revision: the features, the cluster, the slug of "
        "the segment in each scheme, and the day since which the customer has been in it; null in a scheme that was "
        "added after the assignment, and in value without a forecast. as_of: day of the assignment; recency is not "
        "stored: days from last_invoice_date to as_of, or to the day for which all customers were scored last, if "
        "that is later. updated_at: when features, the country or a segment last changed."
    ),
)

customer_segment_history = Table(
    "customer_segment_history",
    metadata,
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("until_revision", BigInteger, nullable=False),
    *_state(),
    CheckConstraint("until_revision > revision", name="until_revision"),
    Index(None, "until_revision", "customer_id"),
    schema="segments",
    comment=(
        "One row per customer and first revision of a state that a later revision replaced or ended; it is valid from "
        "revision to the revision before until_revision."
    ),
)

customer_forecast = Table(
    "customer_forecast",
    metadata,
    Column("customer_id", Text(collation="C"), primary_key=True),
    Column("expected_purchases", Double, nullable=False),
    Column("clv", Numeric(24, 2), nullable=False),
    Column("p_buys", Double, nullable=False),
    Column("p_alive", Double),
    Column("next_order", Date),
    schema="segments",
    comment=(
        "One row per customer of the current run, if its model has a forecast: expected purchases, expected spend "
        "(clv) and probability of a purchase (p_buys) in the next days after the customer's as_of; p_alive: "
        "probability that the customer still buys, null if the model has too little dropout to show it; next_order: "
        "day by which the next order has happened with probability 1/2, null without one in ten years."
    ),
)

customer_change = Table(
    "customer_change",
    metadata,
    Column("change_id", BigInteger, Identity(always=True), primary_key=True),
    Column("customer_id", Text(collation="C")),
    Column("run_id", Uuid, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("kind", Text, nullable=False),
    *(Column(f"{scheme}_{moment}", Text(collation="C")) for scheme in FOLLOWED for moment in ("before", "after")),
    *(Column(f"{scheme}_cause", Text) for scheme in FOLLOWED),
    *(Column(f"cluster_{moment}", SmallInteger) for moment in ("before", "after")),
    CheckConstraint(is_one_of("kind", ChangeKind), name="kind"),
    *(CheckConstraint(is_one_of(f"{scheme}_cause", ChangeCause), name=f"{scheme}_cause") for scheme in FOLLOWED),
    CheckConstraint(f"(customer_id is null) = (coalesce({CAUSES}) is null)", name="redacted"),
    Index(None, "customer_id", "change_id"),
    Index("ix_customer_change_joined", "custom_after", "changed_at", postgresql_where=text("kind = 'joined'")),
    Index(
        "ix_customer_change_erased", "changed_at", postgresql_where=text("kind = 'erased' and customer_id is not null")
    ),
    schema="segments",
    comment=(
        "One row per change of a customer's segment: first assigned, moved in a scheme, joined or left a custom "
        "segment, gone, or erased. "
        "change_id is assigned under one lock that is held until the commit, so that it increases in the order of "
        "the commits. Slugs and cause are null if there is none. Rows of erased customers are redacted, not "
        "deleted, because cursors refer to them: customer_id, slugs, clusters and causes are null. run_id: of "
        "segments.model, without a foreign key, whose check takes as long as the insert."
    ),
)

cluster_summary = Table(
    "cluster_summary",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("cluster", SmallInteger, primary_key=True),
    Column("segment", Text, nullable=False),
    Column("customers", Integer, nullable=False),
    *_statistics(),
    Column("profile", Text),
    schema="segments",
    comment=(
        "One row per run and cluster: the number of its customers, and the mean and median of their features; profile: "
        "the medians in words, as multiples of the medians of all customers in the training run."
    ),
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
    Column("position", SmallInteger, nullable=False),
    Column("customers", Integer, nullable=False, server_default="0"),
    Column("revenue", Numeric(24, 2), nullable=False, server_default="0"),
    Column("clv", Numeric(24, 2)),
    *_statistics(),
    Column("earned_share", Double),
    CheckConstraint(is_one_of("scheme", AnySchemeName), name="scheme"),
    schema="segments",
    comment=(
        "One row per run, scheme and segment of the segment table at publication; position: order in the table; the "
        "means and medians are null if a segment has no customers, and so is earned_share: the share, 0 to 1, of its "
        "customers who earn its name by their own features; clv: expected spend of its customers, null for "
        "superseded runs and without a forecast."
    ),
)

distribution = Table(
    "distribution",
    metadata,
    Column("run_id", Uuid, ForeignKey(model.c.run_id), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text(collation="C"), primary_key=True),
    Column("feature", Text, primary_key=True),
    *(Column(name, Numeric(26, 4), nullable=False) for name in QUARTILES),
    Column("scale", Text, nullable=False),
    Column("edges", ARRAY(Numeric), nullable=False),
    Column("counts", ARRAY(Integer), nullable=False),
    Column("below", Integer, nullable=False),
    Column("above", Integer, nullable=False),
    CheckConstraint(is_one_of("kind", GROUP_KINDS), name="kind"),
    CheckConstraint(is_one_of("feature", FeatureName), name="feature"),
    CheckConstraint(is_one_of("scale", BinScale), name="scale"),
    schema="segments",
    comment=(
        "One row per run, cluster or segment with customers, and feature: its quartiles; the lowest and highest value "
        "within 1.5 interquartile ranges of them; and the customers in each bin of a histogram between these two. A "
        "bin includes its lower edge and excludes its upper one."
    ),
)

segment_day = Table(
    "segment_day",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("slug", Text(collation="C"), primary_key=True),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("customers", Integer, nullable=False),
    Column("revenue", Numeric(24, 2), nullable=False),
    Column("clv", Numeric(24, 2)),
    CheckConstraint(is_one_of("scheme", AnySchemeName), name="scheme"),
    schema="segments",
    comment=(
        "One row per day with a publication or an assignment, scheme and segment with customers: their number, "
        "monetary value and expected spend (clv) at the end of that day, by the run that was current. Rows are kept "
        "when the customers of the run are removed."
    ),
)

stale_summary = Table(
    "stale_summary",
    metadata,
    Column("stale_id", BigInteger, Identity(always=True), primary_key=True),
    Column("run_id", Uuid, ForeignKey(model.c.run_id), nullable=False),
    Column("cluster", SmallInteger, nullable=False),
    *(Column(scheme, Text(collation="C"), nullable=scheme in LATER_SCHEMES) for scheme in SCHEMES),
    schema="segments",
    comment=(
        "One row per erased customer and superseded run: the cluster and the segments whose summaries the worker has "
        "yet to recompute."
    ),
)
