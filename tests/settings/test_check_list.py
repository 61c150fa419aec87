"""Severities of quality checks, times by which files are due, addresses of alerts."""

import pytest
from pydantic import SecretStr

from app.errors import Misconfigured
from app.quality.checks.declarations import CHECKS
from app.settings import read_settings
from app.settings.check_list import CHECK_NAMES, Due, FilesDue, Severities, check_alert_urls


def test_severities_are_a_list() -> None:
    parsed = Severities.parse(" freshness=warn, volume = fail,revenue=off,")
    assert parsed.of == {"freshness": "warn", "volume": "fail", "revenue": "off"}
    assert str(parsed) == "freshness=warn,volume=fail,revenue=off"


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("volumes=fail", "'volumes' is not a quality check; did you mean volume?"),
        ("x=fail", "'x' is not a quality check; use freshness, "),
        ("volume=error", "'volume=error' has no severity; write volume= and one of warn, fail, off"),
        ("volume", "'volume' has no severity"),
        ("volume=off,volume=fail", "volume is given twice"),
    ],
)
def test_a_wrong_severity_is_refused_with_the_remedy(listed: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Severities.parse(listed)


def test_every_check_has_one_declaration() -> None:
    assert [check.name for check in CHECKS] == [*CHECK_NAMES]


@pytest.mark.parametrize(
    ("text", "weekdays"),
    [
        ("09:00", (1, 2, 3, 4, 5, 6, 7)),
        ("09:00 mon-fri", (1, 2, 3, 4, 5)),
        ("09:00 Tue,sat-mon", (1, 2, 6, 7)),
    ],
)
def test_files_of_every_source_are_due_at_one_time(text: str, weekdays: tuple[int, ...]) -> None:
    assert FilesDue.parse(text).of_source("any") == Due("09:00", weekdays)


def test_files_of_one_source_may_be_due_at_another() -> None:
    parsed = FilesDue.parse("08:00; web=23:30 sat")
    assert (parsed.of_source("web"), parsed.of_source("shop")) == (Due("23:30", (6,)), Due("08:00"))
    assert FilesDue.parse(str(parsed)) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("9 o'clock", "is not a time; write 09:00"),
        ("24:00", "is not a time"),
        ("09:00 monday", "'monday' is not a day of the week; write mon"),
        ("09:00; 10:00", "every source is given twice"),
    ],
)
def test_a_wrong_time_is_refused_with_the_remedy(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FilesDue.parse(text)


def test_a_wrong_address_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="address 2 of the list") as refused:
        check_alert_urls(SecretStr("json://host/secret secret-token"))
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["quality_checks", "files_due", "alert_urls"])
def test_a_wrong_setting_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"REGULARS_{name}".upper(), "wrong")
    with pytest.raises(Misconfigured, match=f"REGULARS_{name}".upper()):
        read_settings()


def test_the_addresses_are_not_shown_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_ALERT_URLS", "json://user:password@host/")
    assert "password" not in repr(read_settings())
