"""Scheme value of the segment table file: names and recommendations of the bands of expected spend."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.errors import Misconfigured
from app.segments.model.segment_table.fields import RECOMMENDATION, RowFields
from app.segments.model.segment_table.rows import SegmentDefinition, check_duplicates, read_segment
from app.segments.model.segment_table.table_file import read_table_file
from app.segments.model.value_bands import BANDS

ROWS: Final = "value.bands"
BANDS_REMEDY: Final = f"give a list of whole numbers from 1 to {BANDS}"


@dataclass(frozen=True)
class ValueRow:
    """A band of expected spend as a segment.

    Attributes:
        location: file and row.
        segment: the segment; its slug has the number of the band in two digits, and does not depend on the name.
        band: number of the band, 12 for the highest spend.
    """

    location: str
    segment: SegmentDefinition
    band: int

    @property
    def words(self) -> str:
        """The band in words."""
        return f"band {self.band} of {BANDS}"


def parse_value(path: Path, default: Path) -> tuple[ValueRow, ...]:
    """Return the bands of a TOML file from the highest to the lowest; without rows, those of the file `default`.

    Raises Misconfigured, with file, row and remedy, unless each band is in exactly one row.
    """
    source = path if _rows(path) is not None else default
    by_band: dict[int, ValueRow] = {}
    for n, given in enumerate(_rows(source) or [], start=1):
        location = f"{source}, row {n} of [[{ROWS}]] ({given.get('name')})"
        segment = read_segment(RowFields(location, given, required=RECOMMENDATION | {"bands"}))
        for band in _bands(location, given["bands"]):
            if band in by_band:
                taken = by_band[band].location
                raise Misconfigured(f"{location}: band {band} is covered already, see {taken}: remove one of them")
            by_band[band] = ValueRow(location, _of_band(segment, band), band)
    if missing := set(range(1, BANDS + 1)) - by_band.keys():
        raise Misconfigured(f"{source}: no row of [[{ROWS}]] covers band {min(missing)}: add it to the bands of a row")
    rows = tuple(by_band[band] for band in sorted(by_band, reverse=True))
    check_duplicates(rows)
    return rows


def _rows(path: Path) -> list[dict[str, Any]] | None:
    table = read_table_file(path).get("value")
    if table is None:
        return None
    rows = table.get("bands") if isinstance(table, dict) and table.keys() <= {"bands"} else None
    if not (isinstance(rows, list) and rows and all(isinstance(fields, dict) for fields in rows)):
        raise Misconfigured(f"{path}: value is no list of rows: begin each one with [[{ROWS}]]")
    return rows


def _bands(location: str, given: object) -> list[int]:
    known = range(1, BANDS + 1)
    if not (isinstance(given, list) and given and all(type(band) is int and band in known for band in given)):
        raise Misconfigured(f"{location}: bands are {given!r}: {BANDS_REMEDY}")
    return given


def band_slug(band: int) -> str:
    """Return the slug of a band by its number."""
    return f"value-{band:02}"


def _of_band(segment: SegmentDefinition, band: int) -> SegmentDefinition:
    return replace(segment, name=f"{segment.name} {band}", slug=band_slug(band))
