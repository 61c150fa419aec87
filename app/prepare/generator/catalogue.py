"""The generated shop as cells of CSV: what it sells, at what price, and how often each thing is bought.

It is the same shop for every seed. Popularity and price tiers are near those measured on real sales of a
wholesaler of gifts (Online Retail II, UCI dataset 502).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.prepare.generator.invoices import KINDS, Generator
from app.prepare.generator.non_product_lines import NON_PRODUCTS, NOTES, NonProduct
from app.prepare.generator.products import invented

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]
Fragments = NDArray[np.object_]

TIERS: Final = (1.0, 0.85, 2.0)
LIST, BULK, RETAIL = range(len(TIERS))
MOST: Final = 6000
DRAWS: Final = 65_536
POPULARITY_SCALE, POPULARITY_SHAPE = 672.0, 0.82


@dataclass(frozen=True)
class Catalogue:
    """Cells of a CSV row, ready to be joined, each with its comma; an invoice's lines hold their positions.

    The first `len(list_price)` codes and texts are products, by falling popularity; then come extras.
    `tiers`, shape (tiers, products), holds positions in `prices` of list prices times `TIERS`; `bought` holds
    `DRAWS` products, each as often as it sells. `non_product_chance[k, e]` is the chance that an invoice of kind k
    carries one of the extras up to e; `non_product_price[e]` is the first position of its prices and their number.
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
    no_text: int
    notes: Ints
    zero: int

    def pick(self, rng: Generator, count: int) -> Ints:
        """Return `count` products drawn by popularity."""
        return self.bought[rng.integers(0, DRAWS, count, dtype=np.uint16)]


def open_catalogue() -> Catalogue:
    """Return the shop's catalogue, the same at every call."""
    products = invented()
    codes = [product.code for product in products] + [extra.code for extra in NON_PRODUCTS]
    texts = [product.name for product in products] + [extra.name for extra in NON_PRODUCTS]
    list_price = np.array([product.price for product in products])
    tiered = [round(price * tier, 2) for tier in TIERS for price in list_price.tolist()]
    non_product_price, non_product_prices = priced(NON_PRODUCTS, len(tiered) + 1)
    return Catalogue(
        codes=fragments([cell(code) for code in codes]),
        texts=fragments([cell(text) for text in [*texts, "", *NOTES]]),
        prices=fragments([f"{price!r}," for price in [*tiered, 0.0, *non_product_prices]]),
        quantities=fragments([f"{quantity}," for quantity in range(-MOST, MOST + 1)]),
        list_price=list_price,
        tiers=np.arange(len(tiered), dtype=np.int32).reshape(len(TIERS), len(products)),
        bought=popularity(len(products)),
        non_product_chance=np.cumsum([[extra.chance.get(kind, 0) for extra in NON_PRODUCTS] for kind in KINDS], axis=1),
        non_product_price=non_product_price,
        no_text=len(texts),
        notes=len(texts) + 1 + np.arange(len(NOTES)),
        zero=len(tiered),
    )


def popularity(count: int) -> Ints:
    """Return `DRAWS` products of `count`, their ranks by a Weibull law fitted to shares of real products."""
    share = (np.arange(DRAWS) + 0.5) / DRAWS
    rank = POPULARITY_SCALE * (-np.log1p(-share)) ** (1 / POPULARITY_SHAPE)
    return rank.astype(np.int32) % count


def priced(extras: tuple[NonProduct, ...], first: int) -> tuple[Ints, list[float]]:
    """Return each extra's first position and number of prices, shape (extras, 2), and all their prices."""
    sizes = np.array([len(extra.prices) for extra in extras])
    prices = [price for extra in extras for price in extra.prices]
    return np.stack([first + np.cumsum(sizes) - sizes, sizes], axis=1), prices


def cell(text: str) -> str:
    """Return `text` as an RFC 4180 field, quoted only where it must be, and a comma."""
    return '"' + text.replace('"', '""') + '",' if '"' in text or "," in text else f"{text},"


def fragments(cells: list[str]) -> Fragments:
    """Return the cells as UTF-8 bytes in an array of objects."""
    made = np.empty(len(cells), dtype=object)
    made[:] = [one.encode() for one in cells]
    return made
