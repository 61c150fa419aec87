"""`regulars serve`: the API."""

import gc
import logging
import signal
import sys

import uvicorn
from pydantic import SecretStr

from app.access.api_keys import has_keys
from app.api.middleware.auth import api_key, check_binding
from app.cli.database import has_no_database, opened_engine
from app.cli.logs import log_request_ids
from app.cli.options import AsOfOption, DataDir, Host, Port, settings_with
from app.cli.ports import check_port
from app.cli.processes import stop_with_parent
from app.cli.protocol import ConnectionLimits, bounded_by
from app.main import create_app

WITH_KEYS_NOTE = "every request needs a key"
WITHOUT_KEYS_NOTE = "no API key: accepts requests from this machine only, not through a proxy"
BACKLOG = 64
"""Connections that are accepted at once, included in ConnectionLimits.reserved_files."""
SHUTDOWN_SECONDS = 4
"""Time for requests to end after SIGTERM; Docker kills a container after 10 s."""
log = logging.getLogger("regulars.api")


def serve(host: Host = None, port: Port = None, data_dir: DataDir = None, as_of: AsOfOption = None) -> None:
    """Serve the API, its documentation and the dashboard until stopped."""
    settings = settings_with(host=host, port=port, data_dir=data_dir, as_of=as_of)
    check_port(settings)
    if has_no_database(settings):
        check_binding(settings, has_keys=False)  # before it is created
    # uvicorn stops and then raises the signal again; its default action would leave the database open.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    stop_with_parent()
    log_request_ids()
    with opened_engine(settings, begins=True) as engine:
        is_guarded = has_keys(engine) or api_key(settings) is not None
        check_binding(settings, has_keys=is_guarded)
        url = engine.url.render_as_string(hide_password=False)
        engine.dispose()
        log.info(
            "API on http://%s:%s (%s)",
            settings.host,
            settings.port,
            WITH_KEYS_NOTE if is_guarded else WITHOUT_KEYS_NOTE,
        )
        app = create_app(settings.model_copy(update={"database_url": SecretStr(url)}))
        gc.freeze()  # garbage collections that traverse these objects would delay requests by 100 ms
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            http=bounded_by(ConnectionLimits()),
            ws="none",
            backlog=BACKLOG,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            log_config=None,  # its own handlers do not escape control characters
            log_level="error",  # its warnings are about malformed requests, so that clients could fill the log
            access_log=False,
            server_header=False,
        )
