"""Simulation of a shop, day by day: customers' orders, anonymous web sales, returns and defects."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np

from app.prepare.generator.baskets import retail_lines, wholesale_lines
from app.prepare.generator.catalogue import open_catalogue
from app.prepare.generator.csv_rows import format_rows
from app.prepare.generator.customers import Habits, Population, draw_countries, trade_factor
from app.prepare.generator.defects import (
    add_entry_errors,
    add_non_product_lines,
    bad_debts,
    limit_invalid_lines,
    write_offs,
)
from app.prepare.generator.invoices import WEB, Generator, Table, anonymous_orders, concatenate, shuffle
from app.prepare.generator.returns import Returns

BLOCK_ORDERS: Final = 2048
QUIET_TRADE: Final = 0.2
ANONYMOUS_PER_ORDER: Final = (0.145, 0.22, 0.0001)  # web sales, stock corrections, bad debts
WEB_ABROAD: Final = 0.13


class Simulation:
    """State of the shop: catalogue, customers and future returns.

    Each day has a separate random stream of (seed, day number), so that a shorter simulation is the beginning of a
    longer one. The rows of a day are generated in blocks of at most `block_orders` customer orders.
    """

    def __init__(self, customers: int, seed: int, habits: Habits, *, block_orders: int = BLOCK_ORDERS) -> None:
        self.seed = seed
        self.block_orders = block_orders
        self.shop = open_catalogue()
        self.customers = Population(customers, habits, np.random.default_rng([seed, 0]))
        self.returns = Returns()
        self.invoices = 0

    def day(self, number: int, day: date, calendar_day: date) -> Iterator[tuple[int, bytes]]:
        """Yield the rows of a day in blocks: number of rows and CSV text.

        Called once per day, with ascending `number` from 0. `day` is the date in the rows; weekday and season are those
        of `calendar_day`.
        """
        rng, trade = np.random.default_rng([self.seed, number + 1]), trade_factor(calendar_day)
        bought = self.customers.orders(trade, rng)
        returned, back = self.returns.take_due(number if trade > QUIET_TRADE else -1, rng)
        blocks = -(-len(bought) // self.block_orders) or 1
        for block in range(blocks):
            known = bought[block::blocks]
            sold = wholesale_lines(known["spend"], self.customers.habits.mean_spend, self.shop, rng)
            self.returns.schedule(known, sold, number, rng)
            of_block = back[back["order"] % blocks == block]
            of_block["order"] //= blocks
            parts = [(known, sold), (returned[block::blocks], of_block), *self.anonymous_invoices(len(known), rng)]
            yield self.format_block(parts, day, rng)

    def anonymous_invoices(self, orders: int, rng: Generator) -> list[tuple[Table, Table]]:
        """Draw the invoices without customer for this number of customer orders, each kind with its lines."""
        web, stock, debts = rng.poisson(np.array(ANONYMOUS_PER_ORDER) * orders)
        online = anonymous_orders(WEB, web)
        online["country"] = np.where(rng.random(web) < WEB_ABROAD, draw_countries(web, rng), 0)
        corrections = write_offs(stock, self.shop, rng), bad_debts(debts, self.shop, rng)
        return [(online, retail_lines(web, self.shop, rng)), *corrections]

    def format_block(self, parts: list[tuple[Table, Table]], day: date, rng: Generator) -> tuple[int, bytes]:
        """Add defects, shuffle and number the invoices; return the number of rows and their CSV text."""
        orders, lines = concatenate(parts)
        lines = add_non_product_lines(orders, add_entry_errors(lines, self.shop, rng), self.shop, rng)
        orders, lines = shuffle(orders, limit_invalid_lines(lines, self.shop), rng)
        self.invoices += len(orders)
        return len(lines), format_rows(orders, lines, self.invoices - len(orders), day, self.shop)
