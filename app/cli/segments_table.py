"""Table of the published segments."""

from typing import Any

from sqlalchemy import Engine, func, select

from app.cli.output import print_table
from app.segments.model.customer import format_amount
from app.segments.tables import current_run, segment_summary


def segments_shown(engine: Engine) -> list[dict[str, Any]]:
    """Return the segments of the k-means scheme that have customers, by descending revenue; shares 0..1."""
    s = segment_summary.c
    published = segment_summary.join(current_run, current_run.c.run_id == s.run_id)
    query = (
        select(
            s.segment,
            s.tier,
            s.customers,
            (s.customers / func.sum(s.customers).over()).label("share"),
            s.revenue,
            (s.revenue / func.nullif(func.sum(s.revenue).over(), 0)).label("revenue_share"),
            s.median_recency,
            s.median_frequency,
            s.median_monetary,
        )
        .select_from(published)
        .where(s.scheme == "kmeans", s.customers > 0)
        .order_by(s.revenue.desc(), s.slug)
    )
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def segments_table(engine: Engine, currency: str | None) -> None:
    """Print the published segments; currency: that of the amounts, None if none is declared."""
    rows = [
        (
            row["segment"],
            f"{row['customers']:,}",
            f"{row['share']:.1%}",
            format_amount(row["revenue"]),
            f"{row['revenue_share'] or 0:.1%}",
            f"{float(row['median_recency']):,.10g}",
            f"{float(row['median_frequency']):,.10g}",
            format_amount(row["median_monetary"]),
        )
        for row in segments_shown(engine)
    ]
    revenue = f"Revenue {currency}" if currency else "Revenue"
    numbers = ["Customers", "Share", revenue, "Revenue %", "Recency", "Frequency", "Monetary"]
    print_table("Segments (medians: recency in days, frequency in orders)", ["Segment", *numbers], rows, numbers)
