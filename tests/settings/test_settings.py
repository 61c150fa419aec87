from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.errors import Misconfigured
from app.settings import Settings, read_settings
from app.settings.cron import Cron
from app.settings.private_hosts import PrivateHosts

DEFAULTS = {
    "contract": "online-retail",
    "cors_origins": (),
    "retrain_cron": Cron("0 3 * * *"),
    "webhook_allow_private": PrivateHosts(),
    "max_quarantined_share": 0.5,
    "random_state": 42,
    "host": "127.0.0.1",
    "source": None,
    "database_url": None,
    "api_key": None,
}
INVALID = [
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
    ("bronze_retention_days", "36501"),
    ("training_retention_months", "99999"),
    ("s3_path_style", "perhaps"),
    ("source", "gs://sales/daily"),
    ("source", "s3://"),
    ("export_target", "gs://bucket/prefix"),
    ("s3_endpoint_url", "127.0.0.1:9000"),
    ("s3_endpoint_url", "nonsense"),
    ("s3_endpoint_url", "http://"),
    ("s3_endpoint_url", "http://store:99999"),
    ("database_url", "not a url"),
    ("database_url", "mysql://root@localhost/shop"),
    ("cors_origins", "crm.example"),
    ("retrain_cron", "at three"),
    ("webhook_allow_private", "10.0.0.1/8"),
    ("webhooks_retention_days", "3"),
    ("openlineage_url", "marquez:5000"),
    ("openlineage_url", "http://user:secret@marquez"),
]
SECRET = "correct-horse-battery"  # noqa: S105  # not a real secret


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGULARS_{name.upper()}", raising=False)


@pytest.mark.parametrize(("name", "value"), DEFAULTS.items())
def test_a_setting_has_its_default(name: str, value: object) -> None:
    assert getattr(read_settings(), name) == value


def test_the_environment_is_read_under_its_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_CONTRACT", "generic-sales")
    monkeypatch.setenv("HOST", "0.0.0.0")  # noqa: S104
    settings = read_settings()
    assert (settings.contract, settings.host) == ("generic-sales", "127.0.0.1")


def test_an_override_takes_precedence_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", "9000")
    assert read_settings(port=9001).port == 9001


def test_an_override_that_is_none_leaves_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", "9000")
    assert read_settings(port=None).port == 9000


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_an_invalid_value_is_refused_with_the_name_of_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"REGULARS_{name.upper()}", value)
    with pytest.raises(Misconfigured, match=f"^REGULARS_{name.upper()}: "):
        read_settings()


def test_the_message_does_not_repeat_an_unparsable_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_PORT", SECRET)
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    shown = "REGULARS_PORT: Input should be a valid integer, unable to parse string as an integer"
    assert (str(caught.value), caught.value.__cause__) == (shown, None)


def test_an_invalid_option_is_refused_with_the_name_of_the_option() -> None:
    with pytest.raises(Misconfigured, match=r"^--source: 'ftp://sales' is neither"):
        read_settings(source="ftp://sales")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("s3_endpoint_url", f"https://key:{SECRET}@store.example"),
        ("source", f"s3://key:{SECRET}@sales/daily"),
        ("source", f"https://key:{SECRET}@store.example/sales"),
        ("export_target", f"https://key:{SECRET}@store.example/sales"),
        ("database_url", f"mysql://root:{SECRET}@localhost/shop"),
        ("cors_origins", f"https://key:{SECRET}@crm.example"),
    ],
)
def test_no_message_shows_the_password_in_a_url(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"REGULARS_{name.upper()}", value)
    with pytest.raises(Misconfigured, match=f"^REGULARS_{name.upper()}: ") as caught:
        read_settings()
    assert SECRET not in str(caught.value)


def test_an_endpoint_may_have_a_port_and_a_path() -> None:
    assert read_settings(s3_endpoint_url="http://[::1]:8333/s3/").s3_endpoint_url == "http://[::1]:8333/s3"


@pytest.mark.parametrize("shown", [repr, str, Settings.model_dump_json])
def test_secrets_are_not_shown(shown: object) -> None:
    settings = Settings(database_url=SecretStr(f"postgresql://u:{SECRET}@h/d"), api_key=SecretStr(SECRET))
    assert callable(shown)
    assert SECRET not in shown(settings)


def test_a_secret_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_API_KEY", SECRET)
    key = read_settings().api_key
    assert key is not None
    assert key.get_secret_value() == SECRET


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1  # type: ignore[misc]


def test_today_is_as_of_if_it_is_set() -> None:
    assert read_settings(as_of="2026-03-01").today == date(2026, 3, 1)


def test_today_is_the_utc_date_without_as_of() -> None:
    before = datetime.now(UTC).date()
    assert before <= read_settings().today <= datetime.now(UTC).date()


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_paths_may_hold_spaces_and_any_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATA_DIR", "/srv/Läden und mehr")
    assert read_settings().data_dir == Path("/srv/Läden und mehr")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_AS_OF", "")
    assert read_settings().as_of is None


# ---------------------------------------------------------------- unknown variables


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_CONTRCT", "generic-sales")
    with pytest.raises(Misconfigured, match=r"^REGULARS_CONTRCT: .* did you mean REGULARS_CONTRACT\?"):
        read_settings()


def test_an_unknown_variable_that_resembles_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_XYZZY_42", "1")
    with pytest.raises(Misconfigured, match=r"^REGULARS_XYZZY_42: there is no such setting; unset it"):
        read_settings()


def test_an_unknown_variable_in_lower_case_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("regulars_sorce", "sales")
    with pytest.raises(Misconfigured, match="did you mean REGULARS_SOURCE"):
        read_settings()


def test_a_variable_may_be_written_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("regulars_port", "9000")
    assert read_settings().port == 9000


# ---------------------------------------------------------------- plain messages


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("source_name", "S h", "'S h' cannot be the name of a source; write up to 63 letters a-z, digits, - and _"),
        ("currency", "eur", "'eur' is not a currency code; write three capital letters, e.g. EUR"),
        ("erasure_key", "short", "the key has 5 characters; give a random text of 32 characters or more"),
        ("as_of", "today", "'today' is not a date; write YYYY-MM-DD"),
        ("source", "s3:/x", "'s3:/x' has no two slashes after s3:; write s3://bucket/prefix, or the path of a folder"),
    ],
)
def test_the_message_has_the_accepted_form(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(f"REGULARS_{name.upper()}", value)
    with pytest.raises(Misconfigured) as caught:
        read_settings()
    assert str(caught.value).startswith(f"REGULARS_{name.upper()}: {message}")
