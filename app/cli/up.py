"""`regulars up`: the whole service on this machine, from nothing, by one command."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from subprocess import Popen

from sqlalchemy import Engine, select

from app.access.api_keys import has_keys
from app.api.middleware.auth import check_binding
from app.cli.database import opened_engine
from app.cli.ingest import ingest_with_bar, train_and_say
from app.cli.options import AsOf, DataDir, Host, Port, Source, settings_with
from app.cli.output import progress_bar, say
from app.cli.ports import check_port
from app.cli.processes import started
from app.cli.segments_table import segments_table
from app.db.engine import translated
from app.errors import AlreadyRunning, DatabaseUnavailable, Fatal, Misconfigured, NoCustomers
from app.jobs.context import Context
from app.jobs.schedule import cron
from app.prepare.generate import CUSTOMERS, DAYS, generate
from app.segments.tables import current_run
from app.settings import Settings

SEED = 2026
DEMO = "demo"
START_SECONDS = 60
WATCH_SECONDS = 0.5
DATABASE_SECONDS = 10


def up(
    source: Source = None, as_of: AsOf = None, data_dir: DataDir = None, host: Host = None, port: Port = None
) -> None:
    """Do everything here: database, sales, segments, API and worker, until Ctrl-C.

    Without a source it invents sales. Started again on the same data directory it carries on where it was.
    """
    settings = settings_with(source=source, as_of=as_of, data_dir=data_dir, host=host, port=port)
    cron(settings.retrain_cron, datetime.now(UTC))
    with _only_one(settings):
        check_port(settings)
        with opened_engine(settings, migrates=True, begins=True) as engine:
            check_binding(settings, has_keys=has_keys(engine))
            if settings.source is None:
                demo = {"source": str(_demo_sales(settings)), "source_name": DEMO}
                settings = settings.model_copy(update=demo)
            _load_and_train(Context(engine, settings))
            _serve(settings, engine)


def _load_and_train(context: Context) -> None:
    counts = ingest_with_bar(context)
    with context.engine.connect() as connection:
        served_as_of = connection.execute(select(current_run.c.as_of)).scalar_one_or_none()
    try:
        if counts.loaded or served_as_of != context.settings.today:
            train_and_say(context)
        segments_table(context.engine, context.settings.currency)
    except NoCustomers as error:
        say(f"{error} The worker trains as soon as there are some.")


def _serve(settings: Settings, engine: Engine) -> None:
    environment = {
        "REGULARS_DATABASE_URL": engine.url.render_as_string(hide_password=False),
        "REGULARS_SOURCE": settings.source or "",
        "REGULARS_SOURCE_NAME": settings.source_name,
        "REGULARS_HOST": settings.host,
        "REGULARS_PORT": str(settings.port),
        "REGULARS_DATA_DIR": str(settings.data_dir),
        **({"REGULARS_AS_OF": settings.as_of.isoformat()} if settings.as_of else {}),
    }
    with ExitStack() as processes:
        children = [processes.enter_context(started([command], environment)) for command in ("serve", "worker")]
        _wait_until_live(settings, children)
        base = f"http://{_shown_host(settings)}:{settings.port}"
        say(f"\nAPI {base}/v1/segments   documentation {base}/docs   Ctrl-C stops everything.")
        try:
            ended = _watch(settings, engine, children)
        except KeyboardInterrupt:
            say("Stopping …")
            return
    raise Fatal(ended)


def _watch(settings: Settings, engine: Engine, children: list["Popen[bytes]"]) -> str:
    """Wait until something ends by itself, and say what; PostgreSQL has a moment to come back."""
    seen = time.monotonic()
    while all(child.poll() is None for child in children):
        time.sleep(WATCH_SECONDS)
        with suppress(DatabaseUnavailable), translated(), engine.connect():
            seen = time.monotonic()
        if settings.database_url is None and time.monotonic() - seen > DATABASE_SECONDS:
            return f"the embedded PostgreSQL ended by itself, see {settings.data_dir}/postgres/log; start again"
    return "the API or the worker ended by itself; its last lines above say why"


def _wait_until_live(settings: Settings, children: list["Popen[bytes]"]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and all(child.poll() is None for child in children):
        with closing(HTTPConnection(_shown_host(settings), settings.port, timeout=2)) as connection:
            try:
                connection.request("GET", "/health/live")
                if connection.getresponse().status == 200:  # noqa: PLR2004  # HTTP's own number
                    return
            except OSError:
                time.sleep(0.1)
    raise Fatal("the API did not come up; its last lines above say why")


def _demo_sales(settings: Settings) -> Path:
    folder = settings.data_dir / "demo-sales"
    days = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    start = date.fromisoformat(days[0]) if days else settings.today - timedelta(days=DAYS)
    wanted = (settings.today - start).days
    if wanted > len(days):
        with progress_bar("Inventing sales", "days") as bar:
            generate(
                folder,
                customers=CUSTOMERS,
                days=wanted,
                start=start,
                seed=SEED,
                replace=True,
                progress=lambda done: bar.show((done.day - start).days + 1, wanted),
            )
        say(f"Invented {wanted} days of sales in {folder}.")
    return folder


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    path = settings.data_dir / "up.lock"
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise Misconfigured(
            f"cannot use data directory {settings.data_dir}: {error.strerror}; give --data-dir"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"regulars is already up on {settings.data_dir} ({lock.read().strip() or 'starting'}); "
                "stop it first, or give another --data-dir"
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, http://{_shown_host(settings)}:{settings.port}")
        lock.flush()
        yield
        lock.truncate(0)


def _shown_host(settings: Settings) -> str:
    return "127.0.0.1" if settings.host in {"0.0.0.0", "localhost"} else settings.host  # noqa: S104
