"""The owner's role, as docs/operations.md sets it up: every job of the worker and every command works."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from app.cli.command import make_app
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.jobs.context import Context
from app.jobs.tables import JobName
from app.webhooks.endpoints import create
from tests.loading import change, load, query, sale, until
from tests.working import request_run, wait_for, working

Put = Callable[..., Path]
DOCS = (Path(__file__).resolve().parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
(OWNER,) = re.findall(r"^```sql\n(create role regulars login.*?)^```", DOCS, re.MULTILINE | re.DOTALL)
WEBHOOK = {"url": "http://127.0.0.1:9999/", "events": ["run.completed"], "scheme": "rules", "batch": False}
ERASURE_KEY = "a-key-for-tests-of-erasures-0123456789"
REQUESTED: tuple[tuple[JobName, dict[str, Any]], ...] = (
    ("ingest", {}),
    ("retrain", {}),
    ("replay", {"all": True}),
    ("discard_quarantine", {"all": True}),
    ("apply_contract", {}),
    ("retain", {}),
    ("export", {"format": "csv", "scheme": "rules"}),
    ("purge", {}),
    ("check_quality", {}),
    ("report", {}),
)
COMMANDS = (
    "migrate",
    "doctor",
    "ingest",
    "train",
    "report",
    "status",
    "quarantine list",
    "quarantine replay --all",
    "quarantine discard --all",
    "retain",
    "keys create crm --scope admin",
    "keys list",
    "keys rotate crm",
    "keys revoke crm",
    "erase 17850",
)


@pytest.fixture
def owned_url(postgres: str) -> Iterator[str]:
    """URL of a new database for its owner, a role without other privileges."""
    name, server = f"owner_{uuid4().hex[:12]}", make_engine(postgres)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in OWNER.replace("…", "secret").split(";")[:-1]:
            connection.exec_driver_sql(re.sub(r"\bregulars\b", name, statement))
        url = make_url(postgres).set(username=name, password="secret", database=name)  # noqa: S106  # of this test
        yield url.render_as_string(hide_password=False)
        connection.exec_driver_sql(f"drop database {name} with (force)")
        connection.exec_driver_sql(f"drop role {name}")
    server.dispose()


@pytest.fixture
def owned(owned_url: str, context: Context) -> Iterator[Context]:
    """A context of the owner, with a webhook."""
    engine = make_engine(owned_url)
    migrate(engine)
    with engine.begin() as connection:
        create(connection, {**WEBHOOK, "segments": None, "description": None})
    yield replace(context, engine=engine)
    engine.dispose()


def test_every_job_works(owned: Context, put: Put, tmp_path: Path) -> None:
    put(sale(), sale("536366", day="1/2/2026"))
    load(owned)
    given: dict[str, Any] = {"runs_retention_days": 1, "webhook_allow_private": "127.0.0.1"}
    with working(owned, export_target=str(tmp_path / "exports"), **given):
        for job, parameters in REQUESTED:
            wait_for(owned, request_run(owned, job, **parameters))
    assert query(owned.engine, "select count(*) from pipeline.job_run where state = 'failed'") == [(0,)]


def test_every_command_works(owned: Context, owned_url: str, put: Put, folder: Path) -> None:
    put(sale(), sale("536366", day="1/2/2026"))
    environment = {
        "REGULARS_DATABASE_URL": owned_url,
        "REGULARS_SOURCE": str(folder),
        "REGULARS_AS_OF": "2026-03-01",
        "REGULARS_ERASURE_KEY": ERASURE_KEY,
        "REGULARS_RUNS_RETENTION_DAYS": "30",
    }
    results = {line: CliRunner().invoke(make_app(), line.split(), env=environment) for line in COMMANDS}
    assert {line: repr(result.exception) for line, result in results.items() if result.exit_code} == {}


@pytest.mark.parametrize("connections", [2, 4])
def test_a_worker_waits_for_free_connections(
    owned: Context, postgres: str, put: Put, connections: int, caplog: pytest.LogCaptureFixture
) -> None:
    put(sale())
    server, role = make_engine(postgres), owned.engine.url.username
    change(server, f'alter role "{role}" connection limit {connections}')
    owned.engine.dispose()
    with working(owned):
        until(lambda: caplog.text.count("next attempt in 0.1 s") > 2)
        change(server, f'alter role "{role}" connection limit -1')
        wait_for(owned, request_run(owned))
    assert "too many connections for role" in caplog.text
    assert caplog.text.count("ingest failed") <= caplog.text.count("next attempt in 0.1 s") + 1
    server.dispose()
