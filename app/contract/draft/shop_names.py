"""Names of columns in exports of shop systems that no built-in contract has: PrestaShop, Shopware, BigCommerce."""

from collections.abc import Mapping
from typing import Final

SHOP_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "invoice_no": ("id_order",),
    "invoice_date": ("date_add", "orderTime"),
    "customer_id": ("id_customer",),
    "quantity": ("product_quantity",),
    "unit_price": ("unit_price_tax_incl",),
    "line_total": ("total_price_tax_incl",),
    "status": ("current_state",),
}
"""Names by the column."""
