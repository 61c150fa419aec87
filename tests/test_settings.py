from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.errors import Misconfigured
from app.settings import Settings, read_settings

DEFAULTS = {
    "delimiter": ",",
    "decimal": ".",
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "max_quarantined_share": 0.5,
    "random_state": 42,
    "host": "127.0.0.1",
    "source": None,
    "database_url": None,
    "api_key": None,
}
WRONG = [
    ("delimiter", ";;"),
    ("decimal", "x"),
    ("decimal", ".,"),
    ("decimal", ".\n"),
    ("max_object_bytes", "0"),
    ("max_object_bytes", "2 GB"),
    ("max_quarantined_share", "-0.01"),
    ("max_quarantined_share", "1.01"),
    ("max_quarantined_share", "nan"),
    ("warn_quarantined_share", "50%"),
    ("max_attempts", "0"),
    ("as_of", "2026-02-30"),
    ("as_of", "01/02/2026"),
    ("random_state", "-1"),
    ("stale_after_days", "0"),
    ("port", "0"),
    ("port", "65536"),
    ("poll_seconds", "0"),
    ("s3_path_style", "perhaps"),
]
SECRET = "correct-horse-battery"  # noqa: S105  # no secret of anybody's


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which nothing is set yet."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGULARS_{name.upper()}", raising=False)


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_a_setting_has_its_default(name: str, value: object) -> None:
    assert getattr(read_settings(), name) == value


def test_the_environment_is_read_under_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DELIMITER", ";")
    monkeypatch.setenv("DECIMAL", ",")
    settings = read_settings()
    assert (settings.delimiter, settings.decimal) == (";", ".")


def test_an_override_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", "9000")
    assert read_settings(port=9001).port == 9001


def test_an_override_that_is_none_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", "9000")
    assert read_settings(port=None).port == 9000


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"REGULARS_{name.upper()}", value)
    with pytest.raises(Misconfigured, match=f"^REGULARS_{name.upper()}: "):
        read_settings()


def test_the_message_for_a_wrong_value_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", SECRET)
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    shown = "REGULARS_PORT: Input should be a valid integer, unable to parse string as an integer"
    assert (str(caught.value), caught.value.__cause__) == (shown, None)


@pytest.mark.parametrize("shown", [repr, str, Settings.model_dump_json])
def test_secrets_are_not_shown(shown: object) -> None:
    settings = Settings(database_url=SecretStr(f"postgresql://u:{SECRET}@h/d"), api_key=SecretStr(SECRET))
    assert callable(shown)
    assert SECRET not in shown(settings)


def test_secrets_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_API_KEY", SECRET)
    key = read_settings().api_key
    assert key is not None
    assert key.get_secret_value() == SECRET


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


def test_today_is_the_day_that_is_pinned() -> None:
    assert read_settings(as_of="2026-03-01").today == date(2026, 3, 1)


def test_today_is_the_day_in_utc_where_none_is_pinned() -> None:
    before = datetime.now(UTC).date()
    assert before <= read_settings().today <= datetime.now(UTC).date()


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_paths_may_hold_spaces_and_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA_DIR", "/srv/Läden und mehr")
    assert read_settings().data_dir == Path("/srv/Läden und mehr")


def test_an_empty_variable_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_AS_OF", "")
    assert read_settings().as_of is None
