"""Generated invoices as two NumPy record arrays: orders (one record per invoice) and lines."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Generator = np.random.Generator
Table = NDArray[np.void]

KINDS: Final = ("home", "abroad", "ireland", "web", "return", "stock", "debt")
HOME, ABROAD, IRELAND, WEB, RETURN, STOCK, DEBT = range(len(KINDS))
ANONYMOUS: Final = 0
MAX_LINES_PER_INVOICE: Final = 600
ORDER: Final = np.dtype([("kind", "i1"), ("customer", "i4"), ("country", "i4"), ("spend", "f4")])
LINE: Final = np.dtype([("order", "i4"), ("code", "i4"), ("text", "i4"), ("quantity", "i4"), ("price", "i4")])


def anonymous_orders(kind: int, count: int) -> Table:
    """Return `count` orders of one kind without customer, in the home country."""
    made = np.zeros(count, ORDER)
    made["kind"] = kind
    return made


def empty_lines(sizes: NDArray[np.floating] | NDArray[np.integer]) -> Table:
    """Return zeroed lines: `sizes[i]` for order i, at least one and at most `MAX_LINES_PER_INVOICE`."""
    counts = np.clip(sizes, 1, MAX_LINES_PER_INVOICE).astype(np.int32)
    lines = np.zeros(counts.sum(), LINE)
    lines["order"] = np.repeat(np.arange(len(counts)), counts)
    return lines


def line_number(order: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return each line's number within its order, from 0; `order` is ascending."""
    return np.arange(len(order)) - np.searchsorted(order, order)


def concatenate(parts: list[tuple[Table, Table]]) -> tuple[Table, Table]:
    """Concatenate orders and lines of all parts and renumber the lines' `order`."""
    before = np.cumsum([0, *(len(orders) for orders, _ in parts)])
    lines = np.concatenate([lines for _, lines in parts])
    lines["order"] += np.repeat(before[:-1], [len(lines) for _, lines in parts])
    return np.concatenate([orders for orders, _ in parts]), lines


def shuffle(orders: Table, lines: Table, rng: Generator) -> tuple[Table, Table]:
    """Shuffle the orders; the lines of an order keep their sequence."""
    drawn = rng.permutation(len(orders))
    lines["order"] = np.argsort(drawn)[lines["order"]]
    return orders[drawn], lines[np.argsort(lines["order"], kind="stable")]
