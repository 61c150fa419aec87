"""Example of a score."""

from typing import Any, Final

FEATURES_EXAMPLE: Final[dict[str, Any]] = {"recency": 20, "frequency": 2, "monetary": "600.00"}
SCORE_EXAMPLE: Final[dict[str, Any]] = {
    "recency": 20,
    "frequency": 2,
    "monetary": "600.00",
    "currency": "GBP",
    "cluster": 0,
    "segments": {
        "kmeans": {
            "segment": "New Customers",
            "slug": "new-customers",
            "tier": "Growth & New",
            "recommendation": {
                "goal": "Welcome them well and make the second order easy",
                "actions": [
                    "Run a welcome series of four messages: thanks, how "
                    "to use the product, who we are, what others buy "
                    "next",
                    "Include a trial size or sample of a second category in the first parcel",
                    "Give a second-order benefit with a 30-day limit, free delivery before discount",
                ],
                "channel": "Email welcome series and parcel insert",
                "urgency": "immediate",
            },
        },
        "rules": {
            "segment": "Growing Value - Active & Engaged",
            "slug": "growing-value-active-engaged",
            "tier": "Active Engagement",
            "recommendation": {
                "goal": "Raise the yearly spend of a regular who likes to come back",
                "actions": [
                    "Offer the better version or larger pack of a product bought at least twice",
                    "Propose a subscription for repeat items with a first-delivery gift",
                    "Show the distance to the next loyalty level after every order",
                ],
                "channel": "App, checkout and email",
                "urgency": "this month",
            },
        },
    },
    "uncounted": [],
    "scheme": "kmeans",
    "explanation": {
        "summary": "New Customer: 2 orders, twice as many as a typical customer (1), 600.00 GBP, "
        "last order 20 days ago. Customers of this group typically have 1 order, 346.01 "
        "GBP and a last order 25 days ago. One more order of 300.00 GBP, or 413.18 GBP "
        "more, moves this customer to Super VIP Champions. Without an order this "
        "customer moves to Hibernating in 39 days.",
        "features": {
            "recency": {"value": 20.0, "median": 35.0, "multiple": 0.571429},
            "frequency": {"value": 2.0, "median": 1.0, "multiple": 2.0},
            "monetary": {"value": "600.00", "median": "488.045", "multiple": 1.229395},
        },
        "rule": {
            "recency": {"value": 25.0, "median": 35.0, "multiple": 0.714286},
            "frequency": {"value": 1.0, "median": 1.0, "multiple": 1.0},
            "monetary": {"value": "346.01", "median": "488.045", "multiple": 0.708972},
            "compared": "cluster",
            "row": {
                "monetary": {"above": None, "up_to": 1.0},
                "frequency": {"above": None, "up_to": 1.0},
                "recency": "recent",
            },
            "text": "Cluster 0 (medians): 1 order, 346.01 GBP and a last order 25 days ago. "
            "Compared with all customers: 1x the median number of orders, 0.709x the "
            "median spending, median recency 35 days. Row of the segment table for New "
            "Customers: monetary up to 1x, frequency up to 1x, recent.",
        },
        "counterfactuals": [
            {
                "change": {"orders": 1, "amount": "300.00", "days": 0},
                "recency": 0,
                "frequency": 3,
                "monetary": "900.00",
                "segment": "Super VIP Champions",
                "slug": "super-vip-champions",
                "tier": "Premium",
                "holds_while_recency_at_most": 81,
                "text": "One more order of 300.00 GBP moves this customer to Super VIP "
                "Champions, for 81 days without another.",
            },
            {
                "change": {"orders": 0, "amount": "413.18", "days": 0},
                "recency": 20,
                "frequency": 2,
                "monetary": "1013.18",
                "segment": "Super VIP Champions",
                "slug": "super-vip-champions",
                "tier": "Premium",
                "holds_while_recency_at_most": 59,
                "text": "413.18 GBP more moves this customer to Super VIP Champions, for 39 days without an order.",
            },
            {
                "change": {"orders": 0, "amount": "0.00", "days": 39},
                "recency": 59,
                "frequency": 2,
                "monetary": "600.00",
                "segment": "Hibernating",
                "slug": "hibernating",
                "tier": "Risk Management",
                "holds_while_recency_at_most": None,
                "text": "Without an order this customer moves to Hibernating in 39 days.",
            },
        ],
        "statistics": {
            "fences": [
                {
                    "feature": "monetary",
                    "low": None,
                    "high": 2198.6775,
                    "outside": None,
                    "by": 1598.6775,
                    "text": "600.00 GBP: within the usual range, up to 2,198.68 GBP.",
                },
                {
                    "feature": "frequency",
                    "low": None,
                    "high": 6.0,
                    "outside": None,
                    "by": 4.0,
                    "text": "2 orders: within the usual range, up to 6 orders.",
                },
            ],
            "own_centroid": {"cluster": 0, "segment": "New Customers", "slug": "new-customers", "distance": 0.642473},
            "next_centroid": {
                "cluster": 1,
                "segment": "Super VIP Champions",
                "slug": "super-vip-champions",
                "distance": 1.856101,
            },
        },
    },
}
