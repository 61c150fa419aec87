"""The engine of the settings: what is missing is named with its remedy, before any file is read."""

from pathlib import Path

import pytest

from app.cli.doctor import Finding, examine
from app.engines.open import opened_processor
from app.engines.spark import java
from app.errors import EngineUnavailable, Misconfigured
from app.settings import Settings, read_settings


def finding(settings: Settings) -> Finding:
    return next(each for each in examine(settings) if each.check == "engine")


def test_the_default_engine_is_this_process() -> None:
    with opened_processor(Settings()) as processor:
        assert processor is None


@pytest.mark.parametrize(
    ("given", "missing"), [({}, "REGULARS_SPARK_MASTER"), ({"spark_master": "local[2]"}, "REGULARS_LAKE")]
)
def test_a_missing_setting_is_named(given: dict[str, str], missing: str) -> None:
    with pytest.raises(Misconfigured, match=missing), opened_processor(Settings(engine="spark", **given)):  # type: ignore[arg-type]
        pass


@pytest.mark.parametrize("master", ["localhost:7077", "spark://", "local", "http://host", "spark://user:secret@host"])
def test_an_address_that_is_no_master_is_refused_without_quoting_it(master: str) -> None:
    with pytest.raises(Misconfigured, match=r"spark-master: .*write spark://host:7077") as refused:
        read_settings(spark_master=master)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("master", ["spark://a:7077,b:7077", "local[*]", "yarn", "k8s://https://host:6443"])
def test_masters_of_all_kinds_are_accepted(master: str) -> None:
    assert read_settings(spark_master=master).spark_master == master


def test_a_master_that_does_not_answer_is_named() -> None:
    with pytest.raises(EngineUnavailable, match=r"spark://127\.0\.0\.1:1 does not answer; start the master"):
        java.check_master("spark://127.0.0.1:1")


@pytest.mark.parametrize(
    ("printed", "said"), [("11.0.2", "is Java 11, which is too old"), ("", "of an unknown version")]
)
def test_an_old_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str, said: str) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{printed}\"' >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Misconfigured, match=said):
        java.java_version()


def test_no_java_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Misconfigured, match="install Java 17 or newer, and set JAVA_HOME"):
        java.java_version()


def test_the_doctor_names_the_engine(tmp_path: Path) -> None:
    found = finding(Settings(data_dir=tmp_path))
    assert (found.verdict, found.found) == ("fine", "local: this machine reads and validates files")


def test_the_doctor_checks_the_engine(tmp_path: Path) -> None:
    found = finding(Settings(data_dir=tmp_path, engine="spark"))
    assert (found.verdict, "REGULARS_SPARK_MASTER" in found.found) == ("wrong", True)
