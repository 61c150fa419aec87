"""Commands that look after the database and its state: migrate, status, doctor."""

from dataclasses import asdict

import typer

from app.cli.database import opened_engine
from app.cli.doctor import examine
from app.cli.options import DataDir, Json, Source, settings_with, stamp
from app.cli.output import as_json, say, table
from app.db.engine import make_engine
from app.db.migrate import migrate as apply_migrations
from app.db.open import open_database
from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.retention import delete_expired as delete_old
from app.pipeline.retention import has_retention
from app.pipeline.status import read_status


def migrate(data_dir: DataDir = None) -> None:
    """Bring the database to the schema of this version."""
    settings = settings_with(data_dir=data_dir)
    with open_database(settings) as url:
        engine = make_engine(url)
        say(f"The database is at schema {apply_migrations(engine)}.")
        engine.dispose()


def status(data_dir: DataDir = None, json: Json = False) -> None:
    """Show how far the data go, what waits, what failed, what is served."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, engine.connect() as connection:
        found = read_status(connection)
    if json:
        as_json(asdict(found))
        return
    files = ", ".join(f"{count:,} {state}" for state, count in found.files.items()) or "none seen yet"
    succeeded = ", ".join(f"{job} {stamp(at)}" for job, at in found.last_success.items())
    failures = ", ".join(f"{count:,} {kind}" for kind, count in found.failures.items())
    table(
        "Regulars",
        ["", ""],
        [
            ("sales through", found.data_through or "no sales yet"),
            ("warning", found.warning or "none"),
            (
                "training",
                f"not published: {found.gate_reason}"
                if found.gate_reason and found.serving
                else "published when it is due",
            ),
            ("leader", f"{found.leader}, lease ends in {found.lease_ends_in} s" if found.leader else "no worker runs"),
            ("backlog", f"{found.backlog:,} files, {found.queued:,} runs"),
            ("still written", f"{found.settling:,} files wait until they are unchanged for a while"),
            ("last success", succeeded or "none yet"),
            ("failed runs, 7 days", failures or "none"),
            ("files", files),
            ("serving run", found.serving or "none yet: regulars train"),
            ("as of", found.as_of or "-"),
            ("published", stamp(found.published_at)),
        ],
    )
    if found.refused:
        table(
            "Refused files",
            ["file", "state", "why"],
            [(f"{r['source']}/{r['key']}", r["state"], r["error"]) for r in found.refused],
        )
    shown = ("job", "trigger", "state", "started_at", "finished_at", "error_kind", "error")
    rows = [[stamp(run[name]) if name.endswith("_at") else run[name] or "" for name in shown] for run in found.runs]
    table("Newest runs", [name.removesuffix("_at") for name in shown], rows)


def retain(data_dir: DataDir = None, json: Json = False) -> None:
    """Delete what is older than the settings keep it (REGULARS_KEEP_…_DAYS): bronze, quarantine, runs, audit log."""
    settings = settings_with(data_dir=data_dir)
    if not has_retention(settings):
        raise Misconfigured(
            "no retention period is set: set REGULARS_BRONZE_RETENTION_DAYS, REGULARS_QUARANTINE_RETENTION_DAYS, "
            "REGULARS_RUNS_RETENTION_DAYS or REGULARS_AUDIT_RETENTION_DAYS"
        )
    with opened_engine(settings) as engine, running(engine, "retain") as run:
        gone = delete_old(Context(engine, settings), run)
    if json:
        as_json(gone)
    else:
        table("Deleted", ["", "rows"], [(name, f"{rows:,}") for name, rows in gone.items()])


def doctor(source: Source = None, data_dir: DataDir = None, json: Json = False) -> None:
    """Check settings, database and source, and say what to do about what is wrong."""
    findings = examine(settings_with(source=source, data_dir=data_dir))
    if json:
        as_json([asdict(finding) for finding in findings])
    else:
        table("Doctor", ["", "Check", "Found"], [(f.verdict, f.check, f.found) for f in findings])
    wrong = [finding for finding in findings if finding.verdict == "wrong"]
    if wrong:
        say(f"{len(wrong)} thing(s) to mend.")
        raise typer.Exit(2)
