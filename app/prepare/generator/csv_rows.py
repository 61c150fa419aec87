"""CSV rows of invoices, concatenated from prepared cells."""

from datetime import date
from typing import Final

import numpy as np

from app.prepare.generator.catalogue import MAX_QUANTITY, Catalogue, fragments
from app.prepare.generator.customers import COUNTRIES
from app.prepare.generator.invoices import ANONYMOUS, DEBT, RETURN, Table

HEADER: Final = b"Invoice,StockCode,Description,Quantity,Price,Customer ID,Country,InvoiceDate\n"
FIRST_INVOICE: Final = 489_434
INVOICES: Final = 9_999_999 - FIRST_INVOICE + 1
INVOICE_PREFIXES: Final = {RETURN: "C", DEBT: "A"}


def format_rows(orders: Table, lines: Table, before: int, day: date, shop: Catalogue) -> bytes:
    """Return one CSV row per line, as bytes; invoice numbers continue after `before` earlier invoices.

    Numbers restart after 9999999, because an invoice number has at most seven digits.
    """
    cells = np.empty((len(lines), 6), dtype=object)
    cells[:, 0] = invoice_cells(orders, before)[lines["order"]]
    cells[:, 1] = shop.codes[lines["code"]]
    cells[:, 2] = shop.texts[lines["text"]]
    cells[:, 3] = shop.quantities[np.clip(lines["quantity"], -MAX_QUANTITY, MAX_QUANTITY) + MAX_QUANTITY]
    cells[:, 4] = shop.prices[lines["price"]]
    cells[:, 5] = customer_cells(orders, day)[lines["order"]]
    return b"".join(cells.ravel().tolist())


def invoice_cells(orders: Table, before: int) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the invoice number cell of each invoice."""
    numbers = FIRST_INVOICE + np.arange(before, before + len(orders)) % INVOICES
    pairs = zip(orders["kind"].tolist(), numbers.tolist(), strict=True)
    return fragments([f"{INVOICE_PREFIXES.get(kind, '')}{number}," for kind, number in pairs])


def customer_cells(orders: Table, day: date) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    """Return the last cells of each invoice's rows: customer, country and date."""
    ends = [f",{country},{day}\n" for country, _ in COUNTRIES]
    pairs = zip(orders["customer"].tolist(), orders["country"].tolist(), strict=True)
    return fragments(
        [("" if customer == ANONYMOUS else f"{customer}.0") + ends[country] for customer, country in pairs]
    )
