"""Example of the segments of a day."""

from typing import Any, Final

DAY_EXAMPLE: Final[dict[str, Any]] = {
    "as_of": "2026-05-01",
    "run_id": "06a2e338-cf44-4528-a6b1-19c221002140",
    "customers": 2244,
    "revenue": "2366220.07",
    "currency": "GBP",
    "segments": [
        {
            "segment": "Super VIP Champions",
            "slug": "super-vip-champions",
            "tier": "Premium",
            "customers": 187,
            "share": 0.083333,
            "revenue": "701785.38",
            "revenue_share": 0.296585,
        },
        {
            "segment": "Ultra High Value Active",
            "slug": "ultra-high-value-active",
            "tier": "Premium",
            "customers": 86,
            "share": 0.038324,
            "revenue": "376586.61",
            "revenue_share": 0.159151,
        },
        {
            "segment": "High Value Active",
            "slug": "high-value-active",
            "tier": "High-Value",
            "customers": 260,
            "share": 0.115865,
            "revenue": "449143.13",
            "revenue_share": 0.189815,
        },
        {
            "segment": "Champions",
            "slug": "champions",
            "tier": "Active Engagement",
            "customers": 436,
            "share": 0.194296,
            "revenue": "387045.52",
            "revenue_share": 0.163571,
        },
        {
            "segment": "New Customers",
            "slug": "new-customers",
            "tier": "Growth & New",
            "customers": 750,
            "share": 0.334225,
            "revenue": "249221.56",
            "revenue_share": 0.105325,
        },
        {
            "segment": "Hibernating",
            "slug": "hibernating",
            "tier": "Risk Management",
            "customers": 525,
            "share": 0.233957,
            "revenue": "202437.87",
            "revenue_share": 0.085553,
        },
    ],
}
