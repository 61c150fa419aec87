"""SQL of the common layout of a date format: every field has its leading zeros, and no blanks are around the text.

Texts of this layout are compared with a template, which takes a fraction of the time of a regular expression.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.contract.dates_format import MONTHS, DateFormat, Element
from app.contract.dates_reader import Directives, reader_of
from app.contract.quoting import quoted

WIDTHS: Final = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%I": 2, "%M": 2, "%S": 2, "%b": 3, "%p": 2}
RANGES: Final = {"%m": (1, 12), "%d": (1, 31), "%H": (0, 23), "%I": (1, 12), "%M": (0, 59), "%S": (0, 59)}
NAMES: Final = "".join(name[:3] for name in MONTHS)
DIGITS: Final = "123456789"
HALF_DAY: Final = "AM"
"""Template of `%p`, whose `PM` is translated to it."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Expressions of a text in the common layout.

    Attributes:
        condition: whether the text has the layout. The name of a month may be any three letters of `NAMES`.
        part: the part that decides the day, as `DateReader.part` returns it.
    """

    condition: str
    part: str


def layout_of(form: DateFormat, raw: str) -> TextLayout | None:
    """Return the layout of a format; None if a field has no fixed width, or the day is not cut from the text."""
    reader, elements = reader_of(form), form.elements
    if not isinstance(reader, Directives) or not reader.is_cut or not all(map(_is_fixed, elements)):
        return None
    has_half = any(each.kind == "%p" for each in elements)
    if elements[-1].kind == "%b" or (has_half and any("P" in each.literal for each in elements)):
        return None
    starts = _starts(elements)
    parts = []
    for piece in reader.day_pieces:
        first = next(place for place, each in enumerate(elements) if each is piece[0])
        parts.append(f"substr({raw}, {starts[first]}, {sum(map(_width, piece))})")
    conditions = [*_compared(elements, raw, has_half=has_half), *_ranges(elements, starts, raw)]
    together = ", '|', ".join(parts)
    return TextLayout(" and ".join(conditions), parts[0] if len(parts) == 1 else f"concat({together})")


def _is_fixed(element: Element) -> bool:
    return element.kind in {"", *WIDTHS}


def _width(element: Element) -> int:
    return WIDTHS[element.kind] if element.kind else len(element.literal)


def _starts(elements: tuple[Element, ...]) -> list[int]:
    starts = [1]
    for each in elements:
        starts.append(starts[-1] + _width(each))
    return starts


def _compared(elements: tuple[Element, ...], raw: str, *, has_half: bool) -> Iterator[str]:
    """Yield the comparisons with the template, from the start of the text and from the name of its month."""
    known, templates = (DIGITS + "P", "0" * len(DIGITS) + "A") if has_half else (DIGITS, "0" * len(DIGITS)), [""]
    name_at = None
    for start, each in zip(_starts(elements), elements, strict=False):
        if each.kind == "%b":
            name_at = start
            templates.append("")
        elif each.kind == "%p":
            templates[-1] += HALF_DAY
        else:
            templates[-1] += "0" * _width(each) if each.kind else each.literal
    texts = [raw] if name_at is None else [f"left({raw}, {name_at - 1})", f"substr({raw}, {name_at + WIDTHS['%b']})"]
    for text, template in zip(texts, templates, strict=True):
        if template:
            yield f"translate({text}, '{known[0]}', '{known[1]}') = {quoted(template)}"
    if name_at is not None:
        yield f"strpos('{NAMES}', substr({raw}, {name_at}, {WIDTHS['%b']})) > 0"


def _ranges(elements: tuple[Element, ...], starts: list[int], raw: str) -> Iterator[str]:
    for start, each in zip(starts, elements, strict=False):
        if each.kind in RANGES:
            low, high = RANGES[each.kind]
            value = f"""substr({raw}, {start}, {WIDTHS[each.kind]}) collate "C\""""
            yield f"{value} <= '{high}'" if low == 0 else f"{value} between '{low:02}' and '{high}'"
