"""Non-product lines of generated invoices (postage, fees, vouchers) and notes of stock corrections.

Prices are in pounds.
"""

from dataclasses import dataclass, field
from typing import Final

NOTES: Final = ("damaged", "missing", "wet", "?", "counted", "broken in store", "gone", "Damaged")
SMALL_SUMS: Final = (0.42, 0.85, 1.0, 1.25, 2.95, 4.0, 7.5, 10.0)
SUMS: Final = (*SMALL_SUMS, 18.5, 40.0, 62.3, 125.0, 310.4, 480.75, 1250.0)


@dataclass(frozen=True)
class NonProduct:
    """An invoice line that is not a product.

    chance: share of invoices with this line, by kind of invoice; empty for bad debts, which are separate invoices.
    """

    code: str
    name: str
    prices: tuple[float, ...]
    chance: dict[str, float] = field(default_factory=dict)


NON_PRODUCTS: Final = (
    NonProduct("POST", "POSTAGE", (18.0, 18.0, 18.0, 15.0, 28.0, 40.0), {"abroad": 0.55, "return": 0.0245}),
    NonProduct("C2", "CARRIAGE", (50.0,), {"ireland": 0.23, "home": 0.0012}),
    NonProduct("DOT", "ONLINE POSTAGE", (14.4, 31.85, 79.1, 118.6, 186.2, 402.7), {"web": 0.4}),
    NonProduct("M", "Manual", SUMS, {"home": 0.024, "web": 0.06, "return": 0.066}),
    NonProduct("m", "Manual", (2.55, 6.0), {"home": 0.0004}),
    NonProduct("D", "Discount", (4.35, 9.0, 21.4, 55.0, 140.6), {"return": 0.0146}),
    NonProduct("S", "SAMPLES", (6.8, 19.9, 73.8, 240.5), {"return": 0.0092}),
    NonProduct("ADJUST", "Adjustment of account", (10.5, 18.4, 49.3, 122.6), {"home": 0.0034, "return": 0.012}),
    NonProduct("BANK CHARGES", "Bank Charges", (15.0, 15.0, 25.0, 372.3), {"home": 0.001, "return": 0.011}),
    NonProduct("PADS", "PADS FOR CUSHION COVERS", (0.001,), {"home": 0.0012}),
    NonProduct("TEST001", "This product is a test.", (4.5,), {"home": 0.0012}),
    NonProduct("gift_0001_10", "Gift Voucher £10.00", (8.51,), {"web": 0.01}),
    NonProduct("gift_0001_20", "Gift Voucher £20.00", (17.02,), {"web": 0.02}),
    NonProduct("gift_0001_30", "Gift Voucher £30.00", (25.53,), {"web": 0.02}),
    NonProduct("DCGS0012", "BOXED GLASS PAPERWEIGHT", (0.83, 16.13), {"web": 0.05}),
    NonProduct("DCGSLADY", "LADIES CANVAS PURSE", (3.36,), {"web": 0.04}),
    NonProduct("B", "Adjustment of bad debt", (-1280.4, -4870.15, -21_400.6)),
)
BAD_DEBT: Final = len(NON_PRODUCTS) - 1
