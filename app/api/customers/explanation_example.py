"""Example of an explanation: customer 12354 of the generated sales."""

from typing import Any, Final

EXPLANATION_EXAMPLE: Final[dict[str, Any]] = {
    "summary": "Super VIP Champion: 6 orders, six times as many as a typical customer (1), 1,157.92 GBP, last "
    "order 22 days ago. Customers of this group typically have 3 orders, 1,178.87 GBP and a last "
    "order 21 days ago. Neither up to 100 more orders nor more spending alone leads to another "
    "segment. Without an order this customer moves to Hibernating in 168 days.",
    "features": {
        "recency": {"value": 22.0, "median": 35.0, "multiple": 0.628571},
        "frequency": {"value": 6.0, "median": 1.0, "multiple": 6.0},
        "monetary": {"value": "1157.92", "median": "488.045", "multiple": 2.372568},
    },
    "rule": {
        "recency": {"value": 21.0, "median": 35.0, "multiple": 0.6},
        "frequency": {"value": 3.0, "median": 1.0, "multiple": 3.0},
        "monetary": {"value": "1178.865", "median": "488.045", "multiple": 2.415484},
        "compared": "cluster",
        "row": {
            "monetary": {"above": 2.0, "up_to": None},
            "frequency": {"above": 2.0, "up_to": None},
            "recency": "recent",
        },
        "text": "Cluster 1 (medians): 3 orders, 1,178.87 GBP and a last order 21 days ago. Compared with "
        "all customers: 3x the median number of orders, 2.415x the median spending, median recency "
        "35 days. Row of the segment table for Super VIP Champions: monetary above 2x, frequency above 2x, "
        "recent.",
    },
    "counterfactuals": [
        {
            "change": {"orders": 0, "amount": "0.00", "days": 168},
            "recency": 190,
            "frequency": 6,
            "monetary": "1157.92",
            "segment": "Hibernating",
            "slug": "hibernating",
            "tier": "Risk Management",
            "holds_while_recency_at_most": None,
            "text": "Without an order this customer moves to Hibernating in 168 days.",
        }
    ],
    "statistics": {
        "fences": [
            {
                "feature": "monetary",
                "low": None,
                "high": 2198.6775,
                "outside": None,
                "by": 1040.7575,
                "text": "1,157.92 GBP: within the usual range, up to 2,198.68 GBP.",
            },
            {
                "feature": "frequency",
                "low": None,
                "high": 6.0,
                "outside": None,
                "by": 0.0,
                "text": "6 orders: within the usual range, up to 6 orders.",
            },
        ],
        "own_centroid": {
            "cluster": 1,
            "segment": "Super VIP Champions",
            "slug": "super-vip-champions",
            "distance": 1.989964,
        },
        "next_centroid": {"cluster": 0, "segment": "New Customers", "slug": "new-customers", "distance": 4.01626},
    },
}
