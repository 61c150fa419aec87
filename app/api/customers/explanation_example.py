"""Example of an explanation: customer 12354 of the demonstration."""

from typing import Any, Final

from app.segments.model.profile_line import TIMES

PROFILE_EXAMPLE: Final = f"Spends 3.3{TIMES}, orders 4{TIMES}, last bought 9 days ago"
EXPLANATION_EXAMPLE: Final[dict[str, Any]] = {
    "summary": "Super VIP Champion: 8 orders, four times as many as a typical customer (2), "
    "2,040.70 GBP, last order 3 days ago. Orders unusually often: more than 6 orders."
    " Customers of this group typically have 8 orders, 1,791.96 GBP and a last order "
    "9 days ago. Neither up to 100 more orders nor more spending alone leads to "
    "another segment.",
    "features": {
        "recency": {"value": 3.0, "median": 28.0, "multiple": 0.107143},
        "frequency": {"value": 8.0, "median": 2.0, "multiple": 4.0},
        "monetary": {"value": "2040.70", "median": "546.50", "multiple": 3.734126},
    },
    "rule": {
        "recency": {"value": 9.0, "median": 28.0, "multiple": 0.321429},
        "frequency": {"value": 8.0, "median": 2.0, "multiple": 4.0},
        "monetary": {"value": "1791.96", "median": "546.50", "multiple": 3.278975},
        "compared": "cluster",
        "row": {
            "monetary": {"above": 2.0, "up_to": None},
            "frequency": {"above": 2.0, "up_to": None},
            "recency": "recent",
        },
        "origin": "table",
        "scores": None,
        "expected": None,
        "text": "Cluster -2 (medians): 8 orders, 1,791.96 GBP and a last order 9 days ago. "
        "Compared with all customers: 4x the median number of orders, 3.279x the median "
        "spending, median recency 28 days. Row of the segment table for Super VIP "
        "Champions: monetary above 2x, frequency above 2x, recent.",
    },
    "counterfactuals": [],
    "statistics": {
        "fences": [
            {
                "feature": "monetary",
                "low": None,
                "high": 2697.50125,
                "outside": None,
                "by": 656.80125,
                "text": "2,040.70 GBP: within the usual range, up to 2,697.50 GBP.",
            },
            {
                "feature": "frequency",
                "low": None,
                "high": 6.0,
                "outside": "above",
                "by": 2.0,
                "text": "8 orders: 2 orders above the usual range, up to 6 orders.",
            },
        ],
        "own_centroid": None,
        "next_centroid": {
            "cluster": 3,
            "segment": "High Value Active",
            "slug": "high-value-active",
            "distance": 2.840951,
        },
    },
}
