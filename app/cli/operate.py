"""Commands that keep it running: serve, worker, status, doctor."""

import logging
from dataclasses import asdict

import typer
import uvicorn
from pydantic import SecretStr

from app.api.access import api_key, check_binding
from app.cli.checks import examine
from app.cli.load import opened_engine
from app.cli.options import AsOf, DataDir, Host, Json, Port, Source, settings_with, stamp
from app.cli.processes import stop_with_parent
from app.cli.shown import as_json, say, table
from app.db.engine import make_engine
from app.db.migrate import check_migrated
from app.db.opened import open_database
from app.main import create_app
from app.pipeline.status import read_status
from app.worker import work

log = logging.getLogger("regulars.api")


def serve(host: Host = None, port: Port = None, data_dir: DataDir = None, as_of: AsOf = None) -> None:
    """Serve the API and its documentation."""
    settings = settings_with(host=host, port=port, data_dir=data_dir, as_of=as_of)
    check_binding(settings)
    stop_with_parent()
    with open_database(settings) as url:
        engine = make_engine(url)
        check_migrated(engine)
        engine.dispose()
        guard = "every call needs the key" if api_key(settings) else "REGULARS_API_KEY is not set: this machine only"
        log.info("API on http://%s:%s (%s)", settings.host, settings.port, guard)
        app = create_app(settings.model_copy(update={"database_url": SecretStr(url)}))
        uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)


def worker(source: Source = None, data_dir: DataDir = None, as_of: AsOf = None) -> None:
    """Poll the source and retrain on time, until stopped."""
    settings = settings_with(source=source, data_dir=data_dir, as_of=as_of)
    stop_with_parent()
    with opened_engine(settings) as engine:
        work(settings, engine)


def status(data_dir: DataDir = None, json: Json = False) -> None:
    """Show how far the data go, what waits, what failed, what is served."""
    settings = settings_with(data_dir=data_dir)
    with opened_engine(settings) as engine, engine.connect() as connection:
        found = read_status(connection)
    if json:
        as_json(asdict(found))
        return
    files = ", ".join(f"{count:,} {state}" for state, count in found.files.items()) or "none seen yet"
    table(
        "Regulars",
        ["", ""],
        [
            ("sales through", found.data_through or "no sales yet"),
            ("concern", found.concern or "none"),
            ("files", files),
            ("serving run", found.serving or "none yet: regulars train"),
            ("as of", found.as_of or "-"),
            ("published", stamp(found.published_at)),
        ],
    )
    shown = ("job", "trigger", "state", "started_at", "finished_at", "error")
    rows = [[stamp(run[name]) if name.endswith("_at") else run[name] or "" for name in shown] for run in found.runs]
    table("Newest runs", [name.removesuffix("_at") for name in shown], rows)


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
