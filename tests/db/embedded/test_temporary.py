"""A server whose data are deleted after use."""

from pathlib import Path

import psycopg
import pytest

from app.db.embedded import embedded_postgres


def shown(data_dir: Path, name: str, temporary: dict[str, str] | None) -> object:
    with embedded_postgres(data_dir, temporary) as url, psycopg.connect(url) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("name", "value"), [("work_mem", "64MB"), ("fsync", "off"), ("data_checksums", "off")])
def test_a_temporary_server_has_its_settings_and_is_not_durable(tmp_path: Path, name: str, value: str) -> None:
    assert shown(tmp_path, name, {"work_mem": "64MB"}) == value


@pytest.mark.parametrize(("name", "value"), [("fsync", "on"), ("full_page_writes", "on"), ("data_checksums", "on")])
def test_any_other_server_is_durable(tmp_path: Path, name: str, value: str) -> None:
    assert shown(tmp_path, name, None) == value


@pytest.mark.parametrize(("temporary", "shutdown"), [({}, "immediate"), (None, "fast")])
def test_only_a_temporary_server_is_stopped_without_writing_its_data(
    tmp_path: Path, temporary: dict[str, str] | None, shutdown: str
) -> None:
    shown(tmp_path, "fsync", temporary)
    assert f"received {shutdown} shutdown request" in (tmp_path / "postgres" / "log").read_text()
