"""What single invoices hold: products, quantities, prices, numbers."""

import numpy as np
import pytest

from app.prepare.generator.baskets import wholesale_lines
from app.prepare.generator.catalogue import open_catalogue
from app.prepare.generator.csv_rows import FIRST_INVOICE, INVOICES, invoice_cells
from app.prepare.generator.defects import bad_debts
from app.prepare.generator.invoices import HOME, anonymous_orders
from app.prepare.generator.products import make_products


@pytest.mark.parametrize(("spend", "tolerance"), [(100, 0.2), (380, 0.06), (3000, 0.03)])
def test_baskets_add_up_to_the_intended_spend(spend: int, tolerance: float) -> None:
    shop = open_catalogue()
    lines = wholesale_lines(np.full(4000, spend, np.float32), 380.0, shop, np.random.default_rng(1))
    prices = np.array([float(shop.prices[price].rstrip(b",")) for price in lines["price"]])
    assert (prices * lines["quantity"]).sum() / 4000 == pytest.approx(spend, rel=tolerance)


def test_large_quantities_are_cheaper() -> None:
    shop = open_catalogue()
    lines = wholesale_lines(np.full(500, 900.0, np.float32), 380.0, shop, np.random.default_rng(1))
    prices = np.array([float(shop.prices[price].rstrip(b",")) for price in lines["price"]])
    bulk = lines["quantity"] > 24
    assert (prices[bulk] < shop.list_price[lines["code"][bulk]]).all()


def test_a_bad_debt_is_one_piece_at_a_price_below_zero() -> None:
    shop = open_catalogue()
    _, lines = bad_debts(1, shop, np.random.default_rng(1))
    cells = [shop.codes[lines["code"][0]], lines["quantity"][0], shop.prices[lines["price"][0]][:1]]
    assert cells == [b"B,", 1, b"-"]


def test_every_product_has_a_code_of_its_own() -> None:
    codes = [product.code for product in make_products()]
    assert len(set(codes)) == len(codes) == 4000


def test_invoice_numbers_begin_again_after_seven_digits() -> None:
    cells = invoice_cells(anonymous_orders(HOME, 2), INVOICES - 1).tolist()
    assert cells == [b"9999999,", f"{FIRST_INVOICE},".encode()]
