"""Formats of numbers in texts, and labels of clusters."""

from decimal import Decimal

from app.dashboard.figures.clusters import label_of
from app.dashboard.frame.formats import amounts, money


def test_amounts_of_a_text_are_money() -> None:
    amount = money(Decimal("1352.32"), "GBP")
    assert amounts("Spent 1,352.32 GBP & more", "GBP") == f"Spent {amount} &amp; more"


def test_a_text_without_a_currency_is_escaped() -> None:
    assert amounts("<b>", None) == "&lt;b&gt;"


def test_outliers_are_named_by_what_is_unusual() -> None:
    assert label_of(-3) == "Outliers by spending and orders (-3)"
