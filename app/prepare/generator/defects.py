"""Defects of real sales files: stock corrections, bad debts, non-product lines, entry errors."""

import numpy as np
from numpy.typing import NDArray

from app.prepare.generator.catalogue import MAX_QUANTITY, Catalogue
from app.prepare.generator.invoices import DEBT, LINE, RETURN, STOCK, Generator, Table, anonymous_orders, empty_lines
from app.prepare.generator.non_product_lines import BAD_DEBT

FREE, REPEATED = 0.00009, 0.0025
UNDESCRIBED, NOTED, WRITTEN_OFF = 0.845, 0.5, 0.62
PIECES_MEDIAN, PIECES_SIGMA = 20.0, 1.6


def write_offs(count: int, shop: Catalogue, rng: Generator) -> tuple[Table, Table]:
    """Return `count` stock corrections of one line each, without customer or price, most without description."""
    lines = empty_lines(np.ones(count))
    lines["code"] = rng.integers(0, len(shop.list_price), count)
    noted = np.where(rng.random(count) < NOTED, rng.choice(shop.notes, count), lines["code"])
    lines["text"] = np.where(rng.random(count) < UNDESCRIBED, shop.no_text, noted)
    pieces = np.ceil(rng.lognormal(np.log(PIECES_MEDIAN), PIECES_SIGMA, count)).clip(max=MAX_QUANTITY)
    lines["quantity"] = np.where(rng.random(count) < WRITTEN_OFF, -pieces, pieces)
    lines["price"] = shop.zero
    return anonymous_orders(STOCK, count), lines


def bad_debts(count: int, shop: Catalogue, rng: Generator) -> tuple[Table, Table]:
    """Return `count` bad-debt invoices of one line each, at a negative price."""
    lines = empty_lines(np.ones(count))
    lines["code"] = lines["text"] = len(shop.list_price) + BAD_DEBT
    lines["quantity"] = 1
    lines["price"] = non_product_prices(np.full(count, BAD_DEBT), shop, rng)
    return anonymous_orders(DEBT, count), lines


def add_entry_errors(lines: Table, shop: Catalogue, rng: Generator) -> Table:
    """Return the lines with a few prices set to zero and a few lines repeated."""
    chance = rng.random(len(lines))
    lines["price"] = np.where(chance < FREE, shop.zero, lines["price"])
    again = np.flatnonzero(chance > 1 - REPEATED)
    return np.insert(lines, again, lines[again])


def add_non_product_lines(orders: Table, lines: Table, shop: Catalogue, rng: Generator) -> Table:
    """Return the lines with non-product lines such as postage and vouchers appended to some invoices."""
    chosen = (rng.random((len(orders), 1)) >= shop.non_product_chance[orders["kind"]]).sum(axis=1)
    order = np.flatnonzero(chosen < shop.non_product_chance.shape[1])
    line = chosen[order]
    made = np.zeros(len(order), LINE)
    made["order"] = order
    made["code"] = made["text"] = len(shop.list_price) + line
    made["quantity"] = np.where(orders["kind"][order] == RETURN, -1, 1)
    made["price"] = non_product_prices(line, shop, rng)
    return np.insert(lines, np.searchsorted(lines["order"], order, side="right"), made)


def limit_invalid_lines(lines: Table, shop: Catalogue) -> Table:
    """Return the lines with at most as many invalid ones as valid ones, since a file with more is rejected.

    Invalid lines have no positive quantity or a negative price; the last ones are removed.
    """
    invalid = (lines["quantity"] <= 0) | shop.is_negative[lines["price"]]
    kept: Table = lines[~invalid | (np.cumsum(invalid) <= np.count_nonzero(~invalid))]
    return kept


def non_product_prices(line: NDArray[np.intp], shop: Catalogue, rng: Generator) -> NDArray[np.intp]:
    """Return a random price position for each non-product."""
    first, count = shop.non_product_price[line].T
    chosen: NDArray[np.intp] = first + rng.integers(0, count)
    return chosen
