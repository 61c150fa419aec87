"""Plot of the customers moved by the model on each day, as an SVG file."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

WIDTH: Final = 900
HEIGHT: Final = 200
LEFT: Final = 50
TOP: Final = 34
COLOURS: Final = ("#c98a2b", "#2f83b5")


def write_plot(path: Path, days: Sequence[date], moved: Mapping[str, Sequence[float]]) -> None:
    """Write one panel a policy, with a bar a day: share of the customers moved by the model, on one scale."""
    highest = max(0.01, *(share for shares in moved.values() for share in shares))
    panels = [
        _panel(name, shares, colour, TOP + number * (HEIGHT + 2 * TOP), highest)
        for number, ((name, shares), colour) in enumerate(zip(moved.items(), COLOURS, strict=True))
    ]
    height = len(panels) * (HEIGHT + 2 * TOP) + 10
    ends = (
        f'<text x="{LEFT}" y="{height - 22}">{days[0]}</text>'
        f'<text x="{LEFT + WIDTH}" y="{height - 22}" text-anchor="end">{days[-1]}</text>'
    )
    frame = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 10} {height}" font-family="sans-serif"'
    )
    background = '<rect width="100%" height="100%" fill="#ffffff"/>'
    path.write_text("\n".join([f'{frame} font-size="13">', background, *panels, ends, "</svg>", ""]), encoding="utf-8")


def _panel(name: str, shares: Sequence[float], colour: str, top: float, highest: float) -> str:
    step, bottom = WIDTH / len(shares), top + HEIGHT
    mean = 100 * sum(shares[1:]) / max(1, len(shares) - 1)
    bars = "".join(
        f'<rect x="{LEFT + number * step:.1f}" y="{bottom - HEIGHT * share / highest:.1f}" width="{0.8 * step:.1f}" '
        f'height="{HEIGHT * share / highest:.1f}" fill="{colour}"/>'
        for number, share in enumerate(shares)
        if share
    )
    title = f"Policy {name}: customers moved by the model, mean {mean:.2f} % a day"
    return (
        f'<text x="{LEFT}" y="{top - 12}">{title}</text>{bars}'
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{bottom}" y2="{bottom}" stroke="#555555"/>'
        f'<text x="{LEFT - 6}" y="{bottom}" text-anchor="end">0 %</text>'
        f'<text x="{LEFT - 6}" y="{top + 10}" text-anchor="end">{100 * highest:.0f} %</text>'
    )
