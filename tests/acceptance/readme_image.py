"""Picture of the README: the output of `regulars up` as an SVG image.

The text is the block `up-output` of README.md, which a test compares with the output of the program. Run it after that
block was changed:

    python -m tests.acceptance.readme_image
"""

import io
import re
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "README.md"
IMAGE: Final = ROOT / "docs" / "images" / "up.svg"
OUTPUT: Final = re.compile(r"<!-- up-output -->\n```text\n(.+?)\n```", re.DOTALL)
EXTERNAL: Final = re.compile(r"@font-face\s*\{.*?\}|<!--.*?-->", re.DOTALL)
"""Fonts that a viewer would load from elsewhere, and comments."""
WIDTH: Final = 108
STYLES: Final = (
    (r"^\$ .+", "bold green"),
    (r"^  Segment .+", "bold"),
    (r"^Segments .+", "italic"),
    (r"http://\S+", "cyan"),
)


def up_output(readme: str) -> str:
    """Return the output of `regulars up` that the README shows."""
    found = OUTPUT.search(readme)
    if found is None:
        raise ValueError("README.md has no block up-output")
    return found[1]


def svg(output: str) -> str:
    """Return a picture of a terminal with the output; it loads nothing."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    for line in ("$ regulars up", *output.splitlines()):
        text = Text(line)
        for pattern, style in STYLES:
            text.highlight_regex(pattern, style)
        console.print(text)
    return EXTERNAL.sub("", console.export_svg(title="regulars up", unique_id="up"))


if __name__ == "__main__":
    IMAGE.write_text(svg(up_output(README.read_text(encoding="utf-8"))), encoding="utf-8")
