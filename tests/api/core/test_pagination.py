"""Cursors of pages."""

import json
from base64 import urlsafe_b64encode
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.api.core.pagination import PageParamsWithTotal, Position, _checksum
from app.api.core.problems import INVALID_CURSOR, Problem

KEYS = TypeAdapter(tuple[str, date])


@given(st.text(), st.dates(), st.none() | st.uuids())
def test_a_cursor_is_decoded_to_its_position(text: str, day: date, run_id: UUID | None) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    position = Position((text, day), run_id)
    assert Position.decode(position.encode("list?{}"), "list?{}", KEYS) == position


def test_a_cursor_needs_no_escapes_in_a_url() -> None:
    cursor = Position(("a/b?c=d&é😀", date(2026, 1, 1)), uuid4()).encode("list?{}")
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_is_bound_to_its_filters() -> None:
    class Filtered(PageParamsWithTotal):
        state: str | None = None

    cursor = Position(("a", date(2026, 1, 1))).encode(Filtered(state="open").list_name("list"))
    with pytest.raises(Problem) as raised:
        Position.decode(cursor, Filtered().list_name("list"), KEYS)
    assert raised.value.kind is INVALID_CURSOR


def test_a_cursor_is_not_bound_to_the_limit() -> None:
    assert PageParamsWithTotal(limit=1).list_name("list") == PageParamsWithTotal(limit=2, cursor="x").list_name("list")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1]",
        b'[null,["a"]]',
        b'[null,["a","b"]]',
        b'["x",["a","2026-01-01"]]',
        b'[1,["a","2026-01-01"]]',
        b'[[1],["a","2026-01-01"]]',
        b"[" * 100_000,
    ],
)
def test_a_forged_cursor_is_refused(content: bytes) -> None:
    cursor = urlsafe_b64encode(_checksum(content, "list?{}") + content).decode()
    with pytest.raises(Problem) as raised:
        Position.decode(cursor, "list?{}", KEYS)
    assert raised.value.kind is INVALID_CURSOR


def test_a_cursor_is_not_encrypted() -> None:
    content = json.dumps([None, ["a", "2026-01-01"]], separators=(",", ":")).encode()
    cursor = urlsafe_b64encode(_checksum(content, "list?{}") + content).decode()
    assert Position.decode(cursor, "list?{}", KEYS) == Position(("a", date(2026, 1, 1)))
