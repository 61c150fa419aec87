"""Exports of the API in small pages, read back by readers that are not ours."""

import csv
import json
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO, StringIO
from typing import Any

import pytest
from httpx import AsyncClient, Response
from pyarrow import parquet

from app.exports.query import PageSizes
from app.main import Tuning
from app.segments.score_columns import SCORE_NAMES
from tests.api.conftest import asking as asking_with

Row = dict[str, Any]
FORMULAS = ("=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "\uff1d1+1", "'=1", "''=1", "'tis", "'")
ODD = (*FORMULAS, 'a"b,c', "日本")
asking = partial(asking_with, tuning=Tuning(exports=PageSizes(page_customers=7, part_customers=2)))


def read_ndjson(content: bytes) -> list[Row]:
    """The customers of an NDJSON export."""
    return [json.loads(line) for line in content.decode().splitlines()]


def read_csv(content: bytes) -> list[Row]:
    """The customers of a CSV export, with the types of JSON."""
    whole = ("recency", "frequency", "cluster", *SCORE_NAMES)
    numbers = {**dict.fromkeys(whole, int), "expected_purchases": float, "p_buys": float}
    nullable = ("country", "expected_purchases", "clv", "p_buys", "next_order")
    found = list(csv.DictReader(StringIO(content.decode(), newline=""), strict=True))
    return [
        {
            **row,
            **{name: row[name] or None for name in nullable},
            **{name: read(row[name]) for name, read in numbers.items() if row.get(name)},
        }
        for row in found
    ]


def shown(value: Any) -> Any:
    """A value of Parquet as JSON has it."""
    return str(value) if isinstance(value, date | Decimal) else value


def read_parquet(content: bytes) -> list[Row]:
    """The customers of a Parquet export, with the types of JSON."""
    found: list[Row] = parquet.read_table(BytesIO(content)).to_pylist()
    return [{name: shown(value) for name, value in row.items()} for row in found]


READERS = {"ndjson": read_ndjson, "csv": read_csv, "parquet": read_parquet}
each_format = pytest.mark.parametrize("name", READERS)


async def export(client: AsyncClient, query: str = "") -> Response:
    """The answer of an export."""
    return await client.get(f"/v1/exports/customers?{query}")


async def exported(client: AsyncClient, query: str = "", name: str = "ndjson") -> list[Row]:
    """The customers of an export."""
    answer = await export(client, f"format={name}&{query}")
    assert answer.status_code == 200, answer.text
    return READERS[name](answer.content)


def problem(answer: Response) -> tuple[int, str, str]:
    """Status, type and detail of a problem."""
    document = answer.json()
    return answer.status_code, document["type"], document.get("detail", "")
