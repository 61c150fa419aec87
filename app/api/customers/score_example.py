"""Example of a score by the model of the demonstration."""

from typing import Any, Final

FEATURES_EXAMPLE: Final[dict[str, Any]] = {"recency": 20, "frequency": 2, "monetary": "600.00"}
SCORE_EXAMPLE: Final[dict[str, Any]] = {
    "recency": 20,
    "frequency": 2,
    "monetary": "600.00",
    "currency": "GBP",
    "cluster": 2,
    "segments": {
        "kmeans": {
            "segment": "New Customers",
            "slug": "new-customers",
            "tier": "Growth & New",
            "recommendation": {
                "goal": "Welcome them well and make the second order easy",
                "actions": [
                    "Run a welcome series of four messages: thanks, how to use the product, who we "
                    "are, what others buy next",
                    "Include a trial size or sample of a second category in the first parcel",
                    "Give a second-order benefit with a 30-day limit, free delivery before discount",
                ],
                "channel": "Email welcome series and parcel insert",
                "urgency": "immediate",
            },
        },
        "rules": {
            "segment": "Growing Value - Developing",
            "slug": "growing-value-developing",
            "tier": "Growth & New",
            "recommendation": {
                "goal": "Make a habit of a good beginning",
                "actions": [
                    "Send the second-purchase series: use of the product, a matching item, the benefit of membership",
                    "Offer a bundle from a second category at an introductory price",
                    "Set a replenishment reminder at the typical interval of the category",
                ],
                "channel": "Email series",
                "urgency": "this week",
            },
        },
        "rfm": {
            "segment": "Potential Loyalists",
            "slug": "potential-loyalists",
            "tier": "Active Engagement",
            "recommendation": {
                "goal": "Make a recent customer of average value a regular one",
                "actions": [
                    "Invite them to the loyalty programme with points for their past orders",
                    "Recommend products by their last two orders",
                    "Send a reminder at the usual interval between their orders",
                ],
                "channel": "Email",
                "urgency": "this month",
            },
        },
        "value": None,
    },
    "value_reason": "A value band needs the days since the first sale: send `tenure`, or the transactions.",
    "uncounted": [],
    "scheme": "kmeans",
    "explanation": {
        "summary": "New Customer: 2 orders, as many as a typical customer (2), 600.00 GBP, last "
        "order 20 days ago. Customers of this group typically have 1 order, 290.21 GBP "
        "and a last order 24 days ago. One more order of 300.00 GBP (for 77 days without another), or "
        "54.06 GBP more (for 34 days without an order), "
        "moves this customer to Champions. Without an order this customer moves to "
        "Hibernating in 35 days.",
        "features": {
            "recency": {"value": 20.0, "median": 28.0, "multiple": 0.714286},
            "frequency": {"value": 2.0, "median": 2.0, "multiple": 1.0},
            "monetary": {"value": "600.00", "median": "546.50", "multiple": 1.097896},
        },
        "rule": {
            "recency": {"value": 24.0, "median": 28.0, "multiple": 0.857143},
            "frequency": {"value": 1.0, "median": 2.0, "multiple": 0.5},
            "monetary": {"value": "290.205", "median": "546.50", "multiple": 0.531025},
            "compared": "cluster",
            "row": {
                "monetary": {"above": None, "up_to": 1.0},
                "frequency": {"above": None, "up_to": 1.0},
                "recency": "recent",
            },
            "origin": "table",
            "scores": None,
            "expected": None,
            "text": "Cluster 2 (medians): 1 order, 290.21 GBP and a last order 24 days ago. Compared "
            "with all customers: 0.5x the median number of orders, 0.531x the median "
            "spending, median recency 28 days. Row of the segment table for New Customers: "
            "monetary up to 1x, frequency up to 1x, recent.",
        },
        "counterfactuals": [
            {
                "change": {"orders": 1, "amount": "300.00", "days": 0},
                "recency": 0,
                "frequency": 3,
                "monetary": "900.00",
                "segment": "Champions",
                "slug": "champions",
                "tier": "Active Engagement",
                "holds_while_recency_at_most": 77,
                "text": "One more order of 300.00 GBP moves this customer to Champions, for 77 days without another.",
            },
            {
                "change": {"orders": 2, "amount": "600.00", "days": 0},
                "recency": 0,
                "frequency": 4,
                "monetary": "1200.00",
                "segment": "High Value Active",
                "slug": "high-value-active",
                "tier": "High-Value",
                "holds_while_recency_at_most": 30,
                "text": "2 more orders of 300.00 GBP each move this customer to High Value Active, for 30"
                " days without another.",
            },
            {
                "change": {"orders": 5, "amount": "1500.00", "days": 0},
                "recency": 0,
                "frequency": 7,
                "monetary": "2100.00",
                "segment": "Super VIP Champions",
                "slug": "super-vip-champions",
                "tier": "Premium",
                "holds_while_recency_at_most": None,
                "text": "5 more orders of 300.00 GBP each move this customer to Super VIP Champions.",
            },
            {
                "change": {"orders": 0, "amount": "54.06", "days": 0},
                "recency": 20,
                "frequency": 2,
                "monetary": "654.06",
                "segment": "Champions",
                "slug": "champions",
                "tier": "Active Engagement",
                "holds_while_recency_at_most": 54,
                "text": "54.06 GBP more moves this customer to Champions, for 34 days without an order.",
            },
            {
                "change": {"orders": 0, "amount": "1222.65", "days": 0},
                "recency": 20,
                "frequency": 2,
                "monetary": "1822.65",
                "segment": "High Value Active",
                "slug": "high-value-active",
                "tier": "High-Value",
                "holds_while_recency_at_most": 20,
                "text": "1,222.65 GBP more moves this customer to High Value Active, for that day only.",
            },
            {
                "change": {"orders": 0, "amount": "2097.51", "days": 0},
                "recency": 20,
                "frequency": 2,
                "monetary": "2697.51",
                "segment": "Ultra High Value Active",
                "slug": "ultra-high-value-active",
                "tier": "Premium",
                "holds_while_recency_at_most": None,
                "text": "2,097.51 GBP more moves this customer to Ultra High Value Active.",
            },
            {
                "change": {"orders": 0, "amount": "0.00", "days": 35},
                "recency": 55,
                "frequency": 2,
                "monetary": "600.00",
                "segment": "Hibernating",
                "slug": "hibernating",
                "tier": "Risk Management",
                "holds_while_recency_at_most": None,
                "text": "Without an order this customer moves to Hibernating in 35 days.",
            },
        ],
        "statistics": {
            "fences": [
                {
                    "feature": "monetary",
                    "low": None,
                    "high": 2697.50125,
                    "outside": None,
                    "by": 2097.50125,
                    "text": "600.00 GBP: within the usual range, up to 2,697.50 GBP.",
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
            "own_centroid": {"cluster": 2, "segment": "New Customers", "slug": "new-customers", "distance": 0.74031},
            "next_centroid": {"cluster": 0, "segment": "Champions", "slug": "champions", "distance": 0.854595},
        },
    },
}
