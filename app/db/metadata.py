"""SQLAlchemy metadata with a naming convention, and the list of packages with tables."""

from importlib import import_module
from typing import Any, get_args

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "%(table_name)s_%(column_0_N_name)s_ix",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "pk": "%(table_name)s_pkey",
    }
)
SCHEMAS = ("access", "bronze", "gold", "pipeline", "privacy", "quality", "segments", "silver", "webhooks")
PACKAGES_WITH_TABLES = (
    *("access", "bronze", "exports", "gold", "jobs", "openlineage", "pipeline", "quality", "segments", "silver"),
    *("quality.checks", "segments.reports", "suppression", "webhooks"),
)


def import_tables() -> None:
    """Import the tables of all packages, so that `metadata` is complete."""
    for room in PACKAGES_WITH_TABLES:
        import_module(f"app.{room}.tables")


def is_one_of(column: str, words: Any) -> str:
    """Return the SQL condition that the value of a column is one of the words of a Literal type, or of a tuple."""
    values = words if isinstance(words, tuple) else get_args(words)
    return f"{column} in ({', '.join(map(repr, values))})"
