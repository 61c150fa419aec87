"""Baskets: products and quantities of an invoice that add up to its intended spend."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.prepare.generator.catalogue import BULK, LIST, PRICE_TIERS, RETAIL, Catalogue
from app.prepare.generator.invoices import Generator, Table, empty_lines

LINES_OF_MEAN_ORDER: Final = 21.0
SPEND_POWER: Final = 0.35
PACKS: Final = np.array([1, 2, 3, 4, 6, 8, 10, 12, 24, 36, 48, 72, 96, 144, 288, 576, 1152, 2400, 4800])
SHARE_SHAPE: Final = 2.0
BULK_FROM: Final = 24
WEB_LINES_MEDIAN, WEB_LINES_SIGMA = 13.0, 1.4
WEB_SINGLE: Final = 0.65


def wholesale_lines(spend: NDArray[np.float32], mean: float, shop: Catalogue, rng: Generator) -> Table:
    """Return the lines of one invoice per `spend`; `mean` is the average spend; both in pounds."""
    expected = LINES_OF_MEAN_ORDER * (spend / mean) ** SPEND_POWER
    lines = empty_lines(1 + (rng.standard_exponential(len(spend)) * (expected - 0.5)).astype(np.int32))
    lines["code"] = lines["text"] = shop.pick(rng, len(lines))
    pieces = shares(lines["order"], len(spend), rng) * spend[lines["order"]] / shop.list_price[lines["code"]]
    tier = np.where(pieces >= BULK_FROM, BULK, LIST)
    lines["quantity"] = round_to_packs(pieces / np.array(PRICE_TIERS)[tier], rng)
    lines["price"] = shop.tiers[tier, lines["code"]]
    return lines


def retail_lines(count: int, shop: Catalogue, rng: Generator) -> Table:
    """Return the lines of `count` invoices of the web shop: few pieces of each product, at retail prices."""
    lines = empty_lines(rng.lognormal(np.log(WEB_LINES_MEDIAN), WEB_LINES_SIGMA, count))
    lines["code"] = lines["text"] = shop.pick(rng, len(lines))
    lines["quantity"] = rng.geometric(WEB_SINGLE, len(lines))
    lines["price"] = shop.tiers[RETAIL, lines["code"]]
    return lines


def shares(order: NDArray[np.int32], count: int, rng: Generator) -> NDArray[np.float64]:
    """Return each line's random share of its order; the shares of an order sum to 1."""
    weight = rng.standard_gamma(SHARE_SHAPE, len(order))
    return weight / np.bincount(order, weight, count)[order]


def round_to_packs(means: NDArray[np.float64], rng: Generator) -> NDArray[np.int64]:
    """Round to the pack size below or above, at random, so that the mean is `means` (from 1 up)."""
    upper = np.searchsorted(PACKS, means, side="right").clip(1, len(PACKS) - 1)
    low, high = PACKS[upper - 1], PACKS[upper]
    chosen: NDArray[np.int64] = np.where(rng.random(len(means)) < (means - low) / (high - low), high, low)
    return chosen
