"""Origins of pages that may call the API."""

import pytest

from app.settings.origins import parse_origins

CRM = "https://crm.example"
INVALID = [
    *("crm.example", "https://crm.example/", "https://CRM.example", "ftp://crm.example", "https://a:b@crm.example"),
    *("https://*.example", "https://crm.example:99999", f"{CRM},", "null", "https://", "https://[::1"),
]


def test_origins_are_separated_by_commas() -> None:
    assert parse_origins(f"http://localhost:3000, {CRM}") == ("http://localhost:3000", CRM)


@pytest.mark.parametrize("listed", ["*", "https://[::1]:3000"])
def test_an_origin_is_accepted_as_it_is(listed: str) -> None:
    assert parse_origins(listed) == (listed,)


@pytest.mark.parametrize("listed", INVALID)
def test_a_malformed_origin_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="is not an origin; write https://crm"):
        parse_origins(listed)
