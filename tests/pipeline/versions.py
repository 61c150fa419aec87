"""Versions of a day's file, loaded one after the other, and the resulting customers."""

from collections.abc import Callable
from pathlib import Path

from app.jobs.context import Context
from tests.loading import gold, load, sale

Put = Callable[..., Path]
A, B, C = (sale(customer=customer) for customer in "ABC")


def customers(context: Context) -> list[str]:
    return [row[0] for row in gold(context.engine)]


def load_each(context: Context, put: Put, *versions: str, day: str = "2026-02-01") -> None:
    for version in versions:
        put(version, day=day)
        load(context)
