"""Prices of rows: per piece, or for all pieces of the row."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.contract.draft.numbers import number_style, to_number
from app.contract.draft.sales import Names
from app.contract.draft.sample import Sample

FEWEST_PRODUCTS: Final = 2
FEWER: Final = 0.8
PRODUCT: Final = ("stock_code", "description")


def doubts_about_prices(sample: Sample, names: Names) -> Iterator[str]:
    """Yield a remark if prices grow with the quantity, so that they are probably the money of their rows.

    Prices per piece of one product repeat, whatever the quantity; the money of a row repeats only after division by the
    quantity. Only products sold in several quantities are counted.
    """
    product = next((names[column] for column in PRODUCT if column in names), None)
    if product is None or not {"quantity", "unit_price"} <= names.keys():
        return
    quantity, price = names["quantity"], names["unit_price"]
    by_product = _quantities_and_prices(sample, product, quantity, price)
    several = [rows for rows in by_product.values() if len({pieces for pieces, _ in rows}) > 1]
    prices = sum(len({money for _, money in rows}) for rows in several)
    divided = sum(len({round(money / pieces, 2) for pieces, money in rows}) for rows in several)
    if len(several) >= FEWEST_PRODUCTS and divided < FEWER * prices:
        yield (
            f"{price} seems to grow with {quantity}: {len(several):,} products have {prices:,} different amounts, but "
            f"only {divided:,} after division by {quantity}. If it is the money of a row, write line_total in place of "
            f"the name unit_price; as drafted, {quantity} * {price} counts."
        )


def _quantities_and_prices(
    sample: Sample, product: str, quantity: str, price: str
) -> dict[str, set[tuple[Decimal, Decimal]]]:
    written = {text for name in (quantity, price) for text in sample.values(name)}
    style = number_style(written)
    numbers = {text: abs(number) for text in written if (number := to_number(text, style)) is not None}
    found: dict[str, set[tuple[Decimal, Decimal]]] = defaultdict(set)
    for _, (article, *texts) in sample.rows([product, quantity, price]):
        pieces, money = (numbers.get(text.strip()) for text in texts)
        if article.strip() and pieces and money:
            found[article.strip()].add((pieces, money))
    return found
