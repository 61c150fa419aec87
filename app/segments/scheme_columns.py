"""Columns and statements made from the declaration of schemes."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Final

from sqlalchemy import TextClause, text

from app.db.sql import rendered
from app.segments.model.schemes import FOLLOWED, SCHEMES, SchemeName

CLUSTERED: Final = SCHEMES[0]
"""Scheme whose segments are those of clusters; every state has a segment in it."""

BY_SPEND: Final[SchemeName] = "value"
"""Scheme whose segments are bands of expected spend; a state without a forecast has none."""


def each_scheme(pattern: str, separator: str = ", ", schemes: Iterable[str] = SCHEMES) -> str:
    """Return the SQL of a pattern for each scheme, by its name in place of `*`."""
    return separator.join(pattern.replace("*", scheme) for scheme in schemes)


def each_followed(pattern: str) -> str:
    """Return the SQL of a pattern for each scheme and for custom segments, as `each_scheme`."""
    return each_scheme(pattern, schemes=FOLLOWED)


GROUPS: Final = ("cluster", *SCHEMES)
"""Columns of a customer's state by which customers are grouped."""
PARAMETER_OF_GROUP: Final[Mapping[str, str]] = {"cluster": "clusters", **{scheme: scheme for scheme in SCHEMES}}
"""Parameter of a statement that has the chosen values of each of GROUPS."""
STATE: Final = ", ".join(
    (
        *("as_of", "first_invoice_date", "last_invoice_date", "frequency", "monetary", "returned", "country"),
        *("cluster", *SCHEMES, *(f"{scheme}_since" for scheme in SCHEMES), "updated_at"),
    )
)
"""Columns of a state of a customer after the id and the revision."""
SLOTS: Final[Mapping[str, str]] = {
    "groups": ", ".join(GROUPS),
    "slugs": each_scheme("*"),
    "since": each_scheme("*_since"),
    "state": STATE,
    "former state": ", ".join(f"s.{column}" for column in STATE.split(", ")),
    "slug arrays": each_scheme("cast(:* as text[])"),
    "change arrays": each_scheme("cast(:*_before as text[]), cast(:* as text[]), cast(:*_causes as text[])"),
    "changes": each_scheme("*_before, *_after, *_cause"),
    "changed from": each_scheme("*_before, *, *_cause"),
    "departures": each_scheme("*_before, *_cause"),
    "departed from": each_scheme("*, case when * is not null then 'gone' end"),
    "causes": each_followed("*_cause"),
    "erased": each_followed("'erased'"),
    "without changes": each_followed("*_before = null, *_after = null, *_cause = null"),
    "without causes": each_followed("*_cause = null"),
    "moves": each_followed("('*', c.*_before, c.*_after, c.*_cause)"),
    "aggregated slugs": each_scheme("coalesce(array_agg(*), '{}') as *"),
    "stored slugs": each_scheme("s.*"),
    "assigned slugs": each_scheme("a.*"),
    "assigned on": each_scheme("case when a.* is not null then cast(:as_of as date) end"),
    "replaced slugs": each_scheme("* = a.*"),
    "replaced since": each_scheme(
        "*_since = case when s.* is not distinct from a.* then s.*_since"
        " when a.* is not null then cast(:as_of as date) end",
    ),
    "same slugs": each_scheme("s.* is not distinct from a.*", " and "),
    "first scheme": CLUSTERED,
    "chosen clusters": "cast(:clusters as smallint[]) is null or cluster = any(cast(:clusters as smallint[]))",
    "chosen slugs": each_scheme("cast(:* as text[]) is null or * = any(cast(:* as text[]))", " or "),
    "labelled": each_scheme(
        "select '*' as scheme, * as slug, customers, recency, frequency, monetary from totals where * is not null",
        " union all ",
    ),
    "labelled forecasts": each_scheme("select '*' as scheme, * as slug, clv from totals", " union all "),
    "segments of state": each_scheme("(s.scheme = '*' and s.slug = c.*)", " or "),
    "chosen summaries": each_scheme(
        "(s.scheme = '*' and (cast(:* as text[]) is null or s.slug = any(cast(:* as text[]))))", " or "
    ),
}
"""Parts of statements that repeat for each scheme, by the slots in which they are put."""


@cache
def scheme_statement(package: str, name: str) -> TextClause:
    """Load a named statement with the SLOTS of schemes."""
    return text(rendered(package, name, SLOTS))
