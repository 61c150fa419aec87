"""Fields of one row of the segment table file; errors name the row and the remedy."""

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from app.errors import Misconfigured

RECOMMENDATION: Final = frozenset({"name", "tier", "goal", "actions", "channel", "urgency"})
REQUIRED: Final = RECOMMENDATION | {"monetary", "frequency", "recency"}
ACTIONS: Final = range(2, 5)
OUTLIERS: Final = (-1, -2, -3)
BAND_REMEDY: Final = "give { above = 1 }, { up_to = 2 } or both, positive numbers, above less than up_to"


class Band(NamedTuple):
    """Multiples of an overall median: above < multiple <= up_to."""

    above: float
    up_to: float

    def words(self, unit: str = "") -> str:
        """Return the bounds in words, each number with its unit: `above 2x up to 4x`."""
        above = [f"above {self.above:g}{unit}"] if self.above > -math.inf else []
        up_to = [f"up to {self.up_to:g}{unit}"] if self.up_to < math.inf else []
        return " ".join(above + up_to)


class RowFields:
    """Reader of a row's fields; raises Misconfigured for a missing, unknown or malformed field."""

    def __init__(
        self,
        location: str,
        raw: Mapping[str, Any],
        optional: frozenset[str] = frozenset(),
        required: frozenset[str] = REQUIRED,
    ) -> None:
        self.location = location
        self._raw = raw
        if missing := required - raw.keys():
            raise self._error(f"{', '.join(sorted(missing))} missing: add it")
        if unknown := raw.keys() - required - optional:
            known = ", ".join(sorted(required | optional))
            raise self._error(f"unknown {', '.join(sorted(unknown))}: correct it to one of {known}, or remove it")

    def text(self, name: str) -> str:
        """Return the text of a field; it must contain a Latin letter or a digit."""
        value = self._raw[name]
        if not (isinstance(value, str) and slug_of(value)):
            raise self._error(f"{name} is {value!r}: give a text with Latin letters or digits")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return the value of a field; it must be one of `allowed`."""
        if self._raw[name] not in allowed:
            raise self._error(f"{name} is {self._raw[name]!r}: use one of {', '.join(allowed)}")
        return str(self._raw[name])

    def actions(self) -> tuple[str, ...]:
        """Return the two to four actions, in their order."""
        value = self._raw["actions"]
        texts = value if isinstance(value, list) else []
        if len(texts) not in ACTIONS or not all(isinstance(text, str) and text.strip() for text in texts):
            raise self._error(f"actions are {value!r}: give a list of two to four texts")
        return tuple(texts)

    def band(self, name: str) -> Band:
        """Return the multiples from `above` to `up_to`; a missing bound is infinite."""
        bounds = self._raw[name]
        if not (isinstance(bounds, dict) and bounds and bounds.keys() <= {"above", "up_to"}):
            raise self._error(f"{name} is {bounds!r}: {BAND_REMEDY}")
        numbers = all(type(bound) in {int, float} and 0 < bound < math.inf for bound in bounds.values())
        if not numbers or bounds.get("above", 0) >= bounds.get("up_to", math.inf):
            raise self._error(f"{name} is {bounds!r}: {BAND_REMEDY}")
        return Band(bounds.get("above", -math.inf), bounds.get("up_to", math.inf))

    def cluster(self) -> int | None:
        """Return the outlier cluster of an exception row, None for a row for all clusters."""
        value: int | None = self._raw.get("cluster")
        if value is not None and not (type(value) is int and value in OUTLIERS):
            raise self._error(f"cluster is {value!r}: use -1, -2 or -3, other clusters have no fixed number")
        return value

    def days(self) -> int:
        """Return the number of days since the first sale above which a row replaces another."""
        value = self._raw.get("first_sale_above_days")
        if type(value) is not int or value < 1:
            raise self._error(f"first_sale_above_days is {value!r}: give a whole number of days, at least 1")
        return value

    def _error(self, message: str) -> Misconfigured:
        return Misconfigured(f"{self.location}: {message}")


def slug_of(name: str) -> str:
    """Return the slug of a name: lower case, without accents, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))
