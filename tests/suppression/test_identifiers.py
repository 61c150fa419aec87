"""Ids of customers in texts."""

from app.suppression.identifiers import redact_ids


def test_an_id_that_begins_like_another_is_redacted_whole() -> None:
    assert redact_ids("no date in row 12-3", {"12", "12-3"}) == "no date in row [erased]"
