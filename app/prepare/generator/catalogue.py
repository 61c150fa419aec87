"""Catalogue of the simulated shop as CSV cells: products, prices, popularity.

The same for every seed. Popularity and price tiers are close to the real sales of a wholesaler of gifts
(Online Retail II, UCI dataset 502).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.prepare.generator.invoices import KINDS, Generator
from app.prepare.generator.non_product_lines import NON_PRODUCTS, NOTES, NonProduct
from app.prepare.generator.products import make_products

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]
Fragments = NDArray[np.object_]

PRICE_TIERS: Final = (1.0, 0.85, 2.0)
LIST, BULK, RETAIL = range(len(PRICE_TIERS))
MAX_QUANTITY: Final = 6000
DRAWS: Final = 65_536
POPULARITY_SCALE, POPULARITY_SHAPE = 672.0, 0.82


@dataclass(frozen=True)
class Catalogue:
    """CSV cells with a trailing comma; lines of invoices refer to them by position.

    Attributes:
        codes, texts: products by descending popularity (the first `len(list_price)`), then non-product lines.
        tiers: shape (tiers, products), positions in `prices` of the list price times each of `PRICE_TIERS`.
        bought: `DRAWS` products, in proportion to their popularity.
        non_product_chance: shape (kinds, non-products), cumulative probability of the line in an invoice of that kind.
        non_product_price: shape (non-products, 2), first position in `prices` and number of prices.
        is_negative: whether each of `prices` is below zero.
        no_text, notes, zero: positions of the empty description, of stock notes, and of the price 0.
    """

    codes: Fragments
    texts: Fragments
    prices: Fragments
    quantities: Fragments
    list_price: Floats
    tiers: Ints
    bought: Ints
    non_product_chance: Floats
    non_product_price: Ints
    is_negative: NDArray[np.bool]
    no_text: int
    notes: Ints
    zero: int

    def pick(self, rng: Generator, count: int) -> Ints:
        """Return `count` products drawn by popularity."""
        return self.bought[rng.integers(0, DRAWS, count, dtype=np.uint16)]


def open_catalogue() -> Catalogue:
    """Build the catalogue, the same at every call."""
    products = make_products()
    codes = [product.code for product in products] + [line.code for line in NON_PRODUCTS]
    texts = [product.name for product in products] + [line.name for line in NON_PRODUCTS]
    list_price = np.array([product.price for product in products])
    tiered = [round(price * tier, 2) for tier in PRICE_TIERS for price in list_price.tolist()]
    non_product_price, non_product_prices = price_positions(NON_PRODUCTS, len(tiered) + 1)
    return Catalogue(
        codes=fragments([cell(code) for code in codes]),
        texts=fragments([cell(text) for text in [*texts, "", *NOTES]]),
        prices=fragments([f"{price!r}," for price in [*tiered, 0.0, *non_product_prices]]),
        quantities=fragments([f"{quantity}," for quantity in range(-MAX_QUANTITY, MAX_QUANTITY + 1)]),
        list_price=list_price,
        tiers=np.arange(len(tiered), dtype=np.int32).reshape(len(PRICE_TIERS), len(products)),
        bought=popularity(len(products)),
        non_product_chance=np.cumsum([[line.chance.get(kind, 0) for line in NON_PRODUCTS] for kind in KINDS], axis=1),
        non_product_price=non_product_price,
        is_negative=np.array([*tiered, 0.0, *non_product_prices]) < 0,
        no_text=len(texts),
        notes=len(texts) + 1 + np.arange(len(NOTES)),
        zero=len(tiered),
    )


def popularity(count: int) -> Ints:
    """Return `DRAWS` of `count` products; ranks follow a Weibull distribution fitted to real shares."""
    share = (np.arange(DRAWS) + 0.5) / DRAWS
    rank = POPULARITY_SCALE * (-np.log1p(-share)) ** (1 / POPULARITY_SHAPE)
    return rank.astype(np.int32) % count


def price_positions(lines: tuple[NonProduct, ...], first: int) -> tuple[Ints, list[float]]:
    """Return first position and number of prices of each non-product, shape (n, 2), and all prices."""
    sizes = np.array([len(line.prices) for line in lines])
    prices = [price for line in lines for price in line.prices]
    return np.stack([first + np.cumsum(sizes) - sizes, sizes], axis=1), prices


def cell(text: str) -> str:
    """Return `text` as an RFC 4180 field, quoted only if needed, with a trailing comma."""
    return '"' + text.replace('"', '""') + '",' if '"' in text or "," in text else f"{text},"


def fragments(cells: list[str]) -> Fragments:
    """Return the cells as UTF-8 bytes in an array of objects."""
    made = np.empty(len(cells), dtype=object)
    made[:] = [one.encode() for one in cells]
    return made
