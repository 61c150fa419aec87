"""Erasure key: sources, hashes and signatures."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.errors import Misconfigured
from app.settings import Settings, read_settings
from app.suppression.key import KEY_FILE, Key, make_key
from tests.erasure.erasing import KEY, SECRET


def test_the_setting_overrides_the_data_directory(tmp_path: Path) -> None:
    make_key(tmp_path)
    assert Key.read(Settings(data_dir=tmp_path, erasure_key=SecretStr(SECRET))) == KEY


def test_a_key_is_created_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    make_key(tmp_path)
    first = Key.read(Settings(data_dir=tmp_path))
    make_key(tmp_path)
    assert first == Key.read(Settings(data_dir=tmp_path)) != None  # noqa: E711
    mode = (tmp_path / KEY_FILE).stat().st_mode & 0o777
    assert (mode, [path.name for path in tmp_path.iterdir()]) == (0o600, [KEY_FILE])


def test_without_a_key_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="set REGULARS_ERASURE_KEY"):
        Key.required(Settings(data_dir=tmp_path))


def test_a_short_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_ERASURE_KEY", "x" * 31)
    with pytest.raises(Misconfigured, match=r"^REGULARS_ERASURE_KEY: .*32 characters or more"):
        read_settings()


def test_a_key_is_not_shown() -> None:
    assert SECRET not in repr(KEY)


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({KEY.hash("x"), KEY.sign("x"), KEY.fingerprint, Key(b"another").hash("x")}) == 4


def test_a_signature_is_valid_for_one_document() -> None:
    assert (KEY.is_signed("a", KEY.sign("a")), KEY.is_signed("b", KEY.sign("a"))) == (True, False)
