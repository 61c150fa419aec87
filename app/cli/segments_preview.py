"""Tables of the preview of a custom segment."""

from app.cli.output import print_table
from app.segments.custom.preview import ConditionPreview
from app.segments.model.customer import format_amount


def print_preview(found: ConditionPreview, currency: str | None) -> None:
    """Print numbers, overlaps and the sample; currency: that of the amounts, None if none is declared."""
    of_customers = found.customers / found.all_customers if found.all_customers else 0
    of_revenue = found.revenue / found.all_revenue if found.all_revenue else 0
    unit = f" {currency}" if currency else ""
    rows = [
        ("customers", f"{found.customers:,}", f"{of_customers:.1%} of all"),
        (f"revenue{unit}", format_amount(found.revenue), f"{of_revenue:.1%} of all"),
        *([] if found.clv is None else [(f"expected spend{unit}", format_amount(found.clv), "")]),
        *([] if found.joining is None else [("would join", f"{found.joining:,}", "")]),
        *([] if found.leaving is None else [("would leave", f"{found.leaving:,}", "")]),
    ]
    print_table("Preview", ["", "value", "share"], rows, ["value", "share"])
    overlaps = [
        (each.scheme, each.name, f"{each.customers:,}", f"{each.segment_customers:,}") for each in found.overlaps
    ]
    numbers = ["of these customers", "all its customers"]
    print_table("Segments of these customers", ["scheme", "segment", *numbers], overlaps, numbers)
    sample = [
        (each["customer_id"], each["country"] or "-", each["recency"], each["frequency"], each["monetary"])
        for each in found.sample
    ]
    features = ["recency", "frequency", f"monetary{unit}"]
    print_table("Some of these customers", ["customer", "country", *features], sample, features)
