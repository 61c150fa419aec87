"""Tables of the temporal holdout of a report."""

from collections.abc import Mapping
from typing import Any, Final

from app.cli.output import print_table
from app.segments.model.customer import format_amount
from app.segments.model.report.records import SCHEMES

SCORES: Final = {"r2_spend": "R² spend", "r2_return": "R² return", "auc_return": "AUC return"}


def holdout_table(holdout: Mapping[str, Any], currency: str | None) -> None:
    """Print the scores of every scheme, and the calibration of the forecast."""
    days = ", ".join(each["as_of"] for each in holdout["cut_offs"])
    rows = [
        (SCHEMES[each["scheme"]], "" if each["groups"] is None else f"{each['groups']:.1f}", *map(_score, _of(each)))
        for each in holdout["schemes"]
    ]
    title = f"Do groups say what customers do in the next {holdout['horizon_days']} days? {holdout['shows']}, at {days}"
    print_table(title, ["scheme", "groups", *SCORES.values()], rows, ["groups", *SCORES.values()])
    if holdout["spend"] is None or holdout["buyers"] is None:
        return
    money = f"spend {currency}" if currency else "spend"
    columns = ["customers", f"{money}, predicted", f"{money}, actual", "buyers, predicted", "buyers, actual"]
    # Deciles of the two predictions are of different customers: each pair of columns is sorted by its own.
    pairs = zip(holdout["spend"]["deciles"], holdout["buyers"]["deciles"], strict=True)
    lines = [
        (
            *(spend["decile"], f"{spend['customers']:,}"),
            *(format_amount(round(spend[each], 2)) for each in ("predicted", "actual")),
            *(f"{buyers[each]:.1%}" for each in ("predicted", "actual")),
        )
        for spend, buyers in pairs
    ]
    print_table("Calibration by decile of the prediction (means)", ["decile", *columns], lines, columns)
    totals = [
        (each["as_of"], f"{each['customers']:,}", _ratio(each["spend"]), _ratio(each["buyers"]))
        for each in holdout["cut_offs"]
    ]
    ratios = ["customers", "spend", "buyers"]
    print_table("Total predicted / actual; the forecast has no season", ["cut-off", *ratios], totals, ratios)


def _of(scheme: Mapping[str, Any]) -> list[Mapping[str, float | None]]:
    return [scheme[name] for name in SCORES]


def _score(interval: Mapping[str, float | None]) -> str:
    value, low, high = (interval[name] for name in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "-"
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"


def _ratio(calibration: Mapping[str, Any] | None) -> str:
    return "-" if calibration is None or calibration["ratio"] is None else f"{calibration['ratio']:.2f}"
