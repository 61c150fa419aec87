"""Logging of the command's processes: one line per record, with control characters escaped."""

import logging
import re
from typing import Final

QUIET: Final = ("apscheduler", "alembic", "botocore", "httpx")
"""Libraries of which only warnings are logged."""
FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REQUEST_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s [%(correlation_id)s]: %(message)s"
USER_INFO: Final = re.compile(r"(?<=://)[^\s/]*@")


def configure_logging() -> None:
    """Log to standard error with the level INFO."""
    handler = logging.StreamHandler()
    handler.setFormatter(SafeFormatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in QUIET:
        logging.getLogger(library).setLevel(logging.WARNING)


def log_request_ids() -> None:
    """Add the request id to every line of the configured handlers, `-` outside a request."""
    from asgi_correlation_id import CorrelationIdFilter  # noqa: PLC0415  # imports Starlette, for `serve` alone

    for handler in logging.getLogger().handlers:
        handler.addFilter(CorrelationIdFilter(default_value="-"))
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


def escape_control_characters(text: str) -> str:
    """Replace unprintable characters by their escapes: `\\x1b`, `\\n`, `\\u202e`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def without_user_info(text: str) -> str:
    """Remove `user:password@` from the URLs in a text."""
    return USER_INFO.sub("", text) if "@" in text else text
