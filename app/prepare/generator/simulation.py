"""A day of trade: the customers' orders, what the web shop sells, and all that is no sale."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import numpy as np

from app.prepare.generator.baskets import retail, wholesale
from app.prepare.generator.catalogue import open_catalogue
from app.prepare.generator.csv_rows import rows
from app.prepare.generator.customers import Customers, Habits, countries, trade_on
from app.prepare.generator.defects import add_entry_errors, add_non_product_lines, bad_debts, write_offs
from app.prepare.generator.invoices import WEB, Generator, Table, joined, nameless, shuffled
from app.prepare.generator.returns import Returns

SLICE: Final = 2048
QUIET: Final = 0.2
BESIDES_PER_ORDER: Final = (0.145, 0.22, 0.0001)  # web, corrections of stock, bad debts
WEB_ABROAD: Final = 0.13


class Simulation:
    """The shop, its customers and what they will send back, one day after the other.

    Every day draws from its own stream of (seed, day), so that fewer days are the beginning of more.
    """

    def __init__(self, customers: int, seed: int, habits: Habits) -> None:
        self.seed = seed
        self.shop = open_catalogue()
        self.customers = Customers(customers, habits, np.random.default_rng([seed, 0]))
        self.returns = Returns()
        self.invoices = 0

    def day(self, number: int, day: date) -> Iterator[tuple[int, bytes]]:
        """Yield the rows of a day in blocks, number and text; call it once for each day, in order from 0."""
        rng, trade = np.random.default_rng([self.seed, number + 1]), trade_on(day)
        bought = self.customers.orders(trade, rng)
        returned, back = self.returns.due(number if trade > QUIET else -1, rng)
        slices = -(-len(bought) // SLICE) or 1
        for part in range(slices):
            known = bought[part::slices]
            sold = wholesale(known["spend"], self.customers.habits.mean_spend, self.shop, rng)
            self.returns.expect(known, sold, number, rng)
            of_part = back[back["order"] % slices == part]
            of_part["order"] //= slices
            parts = [(known, sold), (returned[part::slices], of_part), *self.besides(len(known), rng)]
            yield self.block(parts, day, rng)

    def besides(self, orders: int, rng: Generator) -> list[tuple[Table, Table]]:
        """Return the invoices without customer that go with so many orders, and their lines."""
        web, stock, debts = rng.poisson(np.array(BESIDES_PER_ORDER) * orders)
        online = nameless(WEB, web)
        online["country"] = np.where(rng.random(web) < WEB_ABROAD, countries(web, rng), 0)
        corrections = write_offs(stock, self.shop, rng), bad_debts(debts, self.shop, rng)
        return [(online, retail(web, self.shop, rng)), *corrections]

    def block(self, parts: list[tuple[Table, Table]], day: date, rng: Generator) -> tuple[int, bytes]:
        """Return the number and the text of the rows of all these invoices, in random order and numbered."""
        orders, lines = joined(parts)
        lines = add_non_product_lines(orders, add_entry_errors(lines, self.shop, rng), self.shop, rng)
        orders, lines = shuffled(orders, lines, rng)
        self.invoices += len(orders)
        return len(lines), rows(orders, lines, self.invoices - len(orders), day, self.shop)
