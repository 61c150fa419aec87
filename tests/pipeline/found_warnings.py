"""Warnings about all data that an ingest has recorded."""

from app.jobs.context import Context
from tests.loading import query, sale


def of_data(context: Context) -> dict[str, str]:
    return dict(query(context.engine, "select kind, message from quality.data_warning"))


def crowd(number: int = 30) -> list[str]:
    """Sales of so many customers."""
    return [sale(f"{600000 + n}", f"{20000 + n}") for n in range(number)]
