"""Figures of a report as SVG files: scores of every scheme, calibration by decile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import log10
from pathlib import Path
from typing import Any, Final

from app.cli.report_table import SCORES
from app.segments.model.report.records import SCHEMES

BLUE, GREY, TEXT = "#2f83b5", "#8f99a6", "#333333"
ROW, PANEL, LABELS = 26, 230, 200
STYLE: Final = f'font-family="sans-serif" font-size="12" fill="{TEXT}"'


@dataclass(frozen=True, slots=True)
class Axis:
    """Linear axis from `low` to `high` on pixels `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        return self.start + (value - self.low) / ((self.high - self.low) or 1.0) * (self.end - self.start)


def write_figures(report: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """Write the figures of the temporal holdout to a folder, and return their paths; none without a holdout."""
    folder.mkdir(parents=True, exist_ok=True)
    holdout = report["holdout"]
    if holdout["schemes"]:
        yield _write(folder / "schemes.svg", scheme_figure(holdout["schemes"]))
    if holdout["spend"] and holdout["buyers"]:
        yield _write(folder / "calibration.svg", calibration_figure(holdout))


def scheme_figure(schemes: Sequence[Mapping[str, Any]]) -> str:
    """Return the scores of every scheme as points with their intervals, one panel for each score."""
    height = 50 + ROW * len(schemes)
    parts = [_text(LABELS - 8, 46 + ROW * row, SCHEMES[each["scheme"]], "end") for row, each in enumerate(schemes)]
    for panel, (name, title) in enumerate(SCORES.items()):
        left = LABELS + panel * PANEL
        ends = [each[name][end] for each in schemes for end in ("low", "high") if each[name][end] is not None]
        axis = Axis(min(ends, default=0.0), max(ends, default=1.0), left + 10, left + PANEL - 50)
        parts.append(_text(left + 10, 18, title, "start", "bold"))
        for row, each in enumerate(schemes):
            parts += _point(axis, 42 + ROW * row, each[name])
    return _document(LABELS + PANEL * len(SCORES), height, parts)


def calibration_figure(holdout: Mapping[str, Any]) -> str:
    """Return predicted and actual means by decile: spend on logarithmic axes, the chance to buy on linear ones."""
    spend = [(log10(max(each["predicted"], 1)), log10(max(each["actual"], 1))) for each in holdout["spend"]["deciles"]]
    buyers = [(each["predicted"], each["actual"]) for each in holdout["buyers"]["deciles"]]
    days = holdout["horizon_days"]
    parts = [
        *_square(40, spend, f"Spend of the next {days} days (log)", lambda value: f"{10**value:,.0f}"),
        *_square(440, buyers, f"Share that buys within {days} days", lambda value: f"{value:.0%}"),
    ]
    return _document(800, 400, parts)


def _square(left: float, points: Sequence[tuple[float, float]], title: str, label: Any) -> list[str]:
    low, high = min(map(min, points)), max(map(max, points))
    x, y = Axis(low, high, left + 30, left + 320), Axis(low, high, 330, 40)
    line = f'<line x1="{x.start}" y1="{y.start}" x2="{x.end}" y2="{y.end}" stroke="{GREY}" stroke-dasharray="4"/>'
    frame = f'<path d="M{x.start} {y.end}V{y.start}H{x.end}" fill="none" stroke="{GREY}"/>'
    dots = [f'<circle cx="{x.at(p):.1f}" cy="{y.at(a):.1f}" r="4" fill="{BLUE}"/>' for p, a in points]
    ends = [_text(x.at(value), 348, label(value), anchor) for value, anchor in ((low, "start"), (high, "end"))] + [
        _text(x.start + 4, y.at(high) + 4, label(high), "start")
    ]
    names = [_text(x.start, 24, title, "start", "bold"), _text((x.start + x.end) / 2, 368, "predicted", "middle")]
    names.append(_text(x.start + 4, y.at(high) + 20, "actual", "start"))
    return [frame, line, *dots, *ends, *names]


def _point(axis: Axis, y: float, score: Mapping[str, float | None]) -> list[str]:
    value, low, high = (score[name] for name in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return []
    bar = f'<line x1="{axis.at(low):.1f}" y1="{y}" x2="{axis.at(high):.1f}" y2="{y}" stroke="{GREY}" stroke-width="2"/>'
    dot = f'<circle cx="{axis.at(value):.1f}" cy="{y}" r="4" fill="{BLUE}"/>'
    return [bar, dot, _text(axis.end + 8, y + 4, f"{value:.3f}", "start")]


def _text(x: float, y: float, content: str, anchor: str, weight: str = "normal") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(content)}</text>'


def _document(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" {STYLE}>'
    ground = f'<rect width="{width}" height="{height}" fill="white"/>'
    return "\n".join([head, ground, *parts, "</svg>", ""])


def _write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path
