"""Why customer 12354 of the invented sales is where he is."""

from typing import Any, Final

EXPLANATION_EXAMPLE: Final[dict[str, Any]] = {
    "features": {
        "recency": {"value": 22.0, "median": 35.0, "multiple": 0.628571},
        "frequency": {"value": 6.0, "median": 1.0, "multiple": 6.0},
        "monetary": {"value": "1157.92", "median": "488.045", "multiple": 2.372568},
    },
    "fences": [
        {
            "feature": "monetary",
            "low": -936.4425,
            "high": 2198.6775,
            "outside": None,
            "by": 1040.7575,
            "text": "Spending of GBP 1,157.92 is inside the fences of GBP -936.44 and GBP 2,198.68, GBP "
            "1,040.76 from the nearer one.",
        },
        {
            "feature": "frequency",
            "low": -2.0,
            "high": 6.0,
            "outside": None,
            "by": 0.0,
            "text": "Frequency of 6 is inside the fences of -2 and 6, 0 from the nearer one.",
        },
    ],
    "own_centroid": {
        "cluster": 1,
        "segment": "Super VIP Champions",
        "slug": "super-vip-champions",
        "distance": 1.989964,
    },
    "next_centroid": {"cluster": 0, "segment": "New Customers", "slug": "new-customers", "distance": 4.01626},
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
        "text": "The medians of cluster 1 give it the name Super VIP Champions: monetary GBP 1,178.87 "
        "(2.415x the median of all customers), frequency 3 (3x), recency 21 days (the median is "
        "35). That is the row of the table: monetary above 2x, frequency above 2x, recent.",
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
    "summary": "The nearest centroid is that of cluster 1, Super VIP Champions, 1.99 away; the next is that of "
    "cluster 0, New Customers, 4.02 away. The medians of cluster 1 give it the name Super VIP "
    "Champions: monetary GBP 1,178.87 (2.415x the median of all customers), frequency 3 (3x), "
    "recency 21 days (the median is 35). That is the row of the table: monetary above 2x, frequency "
    "above 2x, recent. Neither up to 100 more orders nor more money alone gives another segment. "
    "Without an order this customer moves to Hibernating in 168 days.",
}
