"""Returned goods: cancellations that follow an invoice after some days."""

from typing import Final

import numpy as np

from app.prepare.generator.invoices import ANONYMOUS, LINE, RETURN, Generator, Table, anonymous_orders, line_number

PENDING_RETURN: Final = np.dtype([*LINE.descr, ("due", "i4"), ("group", "i8"), ("customer", "i4"), ("country", "i4")])
PER_ORDER, LINES_MEAN, DAYS_MEAN = 0.275, 2.2, 9.0
SHARE_WITHOUT_CUSTOMER: Final = 0.04


class Returns:
    """Queue of lines to be returned on later days, grouped by invoice.

    Attributes:
        groups: number of processed invoices.
    """

    def __init__(self) -> None:
        self.waiting = np.zeros(0, PENDING_RETURN)
        self.groups = 0

    def schedule(self, orders: Table, lines: Table, today: int, rng: Generator) -> None:
        """Draw which of today's lines are returned, how many pieces, and on which later day."""
        returned = rng.random(len(orders)) < PER_ORDER
        size = np.where(returned, rng.geometric(1 / LINES_MEAN, len(orders)), 0)
        back = lines[line_number(lines["order"]) < size[lines["order"]]]
        order, made = back["order"], np.zeros(len(back), PENDING_RETURN)
        for name in LINE.names or ():
            made[name] = back[name]
        made["quantity"] = -rng.integers(1, back["quantity"], endpoint=True)
        made["due"] = (today + rng.geometric(1 / DAYS_MEAN, len(orders)))[order]
        made["group"] = self.groups + order
        made["customer"], made["country"] = orders["customer"][order], orders["country"][order]
        self.waiting = np.concatenate([self.waiting, made])
        self.groups += len(orders)

    def take_due(self, today: int, rng: Generator) -> tuple[Table, Table]:
        """Remove and return the orders and lines that are due today; the customer of a few orders is removed."""
        ready = self.waiting["due"] <= today
        back, self.waiting = self.waiting[ready], self.waiting[~ready]
        _, first, order = np.unique(back["group"], return_index=True, return_inverse=True)
        orders, lines = anonymous_orders(RETURN, len(first)), np.zeros(len(back), LINE)
        for name in LINE.names or ():
            lines[name] = back[name]
        lines["order"] = order
        lost = rng.random(len(first)) < SHARE_WITHOUT_CUSTOMER
        orders["customer"] = np.where(lost, ANONYMOUS, back["customer"][first])
        orders["country"] = back["country"][first]
        return orders, lines
