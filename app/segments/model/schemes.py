"""Schemes of segments, declared once: columns, statements, schemas and choices of the dashboard are made from them."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

SchemeName = Literal["kmeans", "rules", "rfm", "value"]
AnySchemeName = Literal[SchemeName, "custom"]
"""A scheme, or the custom segments."""


@dataclass(frozen=True, slots=True)
class SegmentScheme:
    """Scheme of segments; a customer is in one segment of each, and in any number of custom segments.

    Attributes:
        name: name in the API, in tables and in the segment table file.
        title: short name for people, after "Segments by".
        method: how a customer gets their segment, after the name, in the documentation of the API.
        explanation: the same in one sentence, for pages.
    """

    name: AnySchemeName
    title: str
    method: str
    explanation: str


DECLARED: Final = (
    SegmentScheme(
        name="kmeans",
        title="cluster",
        method="by the customer's cluster",
        explanation="Clusters are groups of similar customers, found in the sales by each training run.",
    ),
    SegmentScheme(
        name="rules",
        title="rules",
        method="by the customer's own features",
        explanation="Rules compare each customer with the medians of all customers.",
    ),
    SegmentScheme(
        name="rfm",
        title="RFM scores",
        method="by the customer's scores 1 to 5 of recency, frequency and monetary value",
        explanation="RFM scores from 1 to 5 rank each customer's recency, frequency and spending among all customers.",
    ),
    SegmentScheme(
        name="value",
        title="value bands",
        method="by the customer's expected spend, none without a forecast",
        explanation="Value bands from 1 to 12, 12 the highest, are amounts of expected spend that stay until a person "
        "refits them.",
    ),
)
"""In the order in which they are listed."""
SCHEMES: Final[tuple[SchemeName, ...]] = get_args(SchemeName)
TITLES: Final = {scheme.name: scheme.title for scheme in DECLARED}
CUSTOM: Final = "custom"
"""Name of the custom segments, of which a customer may be in several, beside the schemes."""
FOLLOWED: Final[tuple[AnySchemeName, ...]] = (*SCHEMES, CUSTOM)
"""Schemes and custom segments, whose changes are recorded."""
CUSTOM_SEGMENTS: Final = SegmentScheme(
    name=CUSTOM,
    title="your own conditions",
    method="by the conditions of the segment, of which a customer may meet several",
    explanation="Custom segments have conditions that you chose; a customer may be in several of them.",
)
METHODS: Final = ", ".join(f"{scheme.name} {scheme.method}" for scheme in DECLARED)
"""Every scheme and how a customer gets their segment in it."""
