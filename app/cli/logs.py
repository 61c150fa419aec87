"""Logging of the command's processes: one line per record, with control characters escaped."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Final

from app.log_context import current_file_id, current_run_id, current_trace_id
from app.settings.monitoring import LogFormat

QUIET: Final = ("apscheduler", "alembic", "botocore", "httpx")
"""Libraries of which only warnings are logged."""
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REQUEST_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s [%(correlation_id)s]: %(message)s"
USER_INFO: Final = re.compile(r"(?<=://)[^\s/]*@")


NO_REQUEST: Final = "-"
"""Request id of lines outside a request."""


def configure_logging(log_format: LogFormat = "text") -> None:
    """Log to standard error with the level INFO."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else SafeFormatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def log_request_ids() -> None:
    """Add the request id to every line of the configured handlers; outside a request, text has `-`, JSON null."""
    from asgi_correlation_id import CorrelationIdFilter  # noqa: PLC0415  # imports Starlette, for `serve` alone

    for handler in logging.getLogger().handlers:
        handler.addFilter(CorrelationIdFilter(default_value=NO_REQUEST))
        if not isinstance(handler.formatter, JsonFormatter):
            handler.setFormatter(SafeFormatter(REQUEST_FORMAT))


class SafeFormatter(logging.Formatter):
    """Formatter that escapes control characters and removes user names and passwords from URLs.

    Names of files, headers and messages of servers are not trusted: an escape sequence could rewrite the operator's
    terminal, a line break could forge a line of the log.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the name in logging
        """Format the line of a record."""
        return escape_control_characters(without_user_info(super().formatMessage(record)))

    def formatException(self, ei: object) -> str:  # noqa: N802  # the name in logging
        """Format a traceback, its own line breaks included."""
        lines = without_user_info(super().formatException(ei)).split("\n")  # type: ignore[arg-type]  # passed on
        return "\n".join(escape_control_characters(line) for line in lines)


class JsonFormatter(logging.Formatter):
    """Formatter of one JSON object per line: time, level, logger, message, and the ids of request, run and file.

    An id is null outside a request, run or file. `trace_id` and `exception` are present if there is one. Characters
    other than ASCII are escaped; user names and passwords are removed from URLs.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Format the record as one line."""
        request_id = getattr(record, "correlation_id", NO_REQUEST)
        run_id, trace_id = current_run_id(), current_trace_id()
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_user_info(record.getMessage()),
            "request_id": None if request_id == NO_REQUEST else request_id,
            "run_id": None if run_id is None else str(run_id),
            "file_id": current_file_id(),
            **({"trace_id": trace_id} if trace_id else {}),
            **({"exception": without_user_info(self.formatException(record.exc_info))} if record.exc_info else {}),
        }
        return json.dumps(line)


def escape_control_characters(text: str) -> str:
    """Replace unprintable characters by their escapes: `\\x1b`, `\\n`, `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def without_user_info(text: str) -> str:
    """Remove `user:password@` from the URLs in a text."""
    return USER_INFO.sub("", text) if "@" in text else text
