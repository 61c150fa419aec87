"""`regulars serve`: the API, without what only training needs."""

import gc
import logging

import uvicorn
from pydantic import SecretStr

from app.api.access import api_key, check_binding
from app.cli.database import opened_engine
from app.cli.options import AsOf, DataDir, Host, Port, settings_with
from app.cli.ports import check_port
from app.cli.processes import stop_with_parent
from app.main import create_app

log = logging.getLogger("regulars.api")


def serve(host: Host = None, port: Port = None, data_dir: DataDir = None, as_of: AsOf = None) -> None:
    """Serve the API and its documentation."""
    settings = settings_with(host=host, port=port, data_dir=data_dir, as_of=as_of)
    check_binding(settings)
    check_port(settings)
    stop_with_parent()
    with opened_engine(settings) as engine:
        url = engine.url.render_as_string(hide_password=False)
        engine.dispose()
        guard = "every call needs the key" if api_key(settings) else "REGULARS_API_KEY is not set: this machine only"
        log.info("API on http://%s:%s (%s)", settings.host, settings.port, guard)
        app = create_app(settings.model_copy(update={"database_url": SecretStr(url)}))
        gc.freeze()  # what is there now stays; going through it time and again stops every answer for 100 ms
        uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning", access_log=False)
