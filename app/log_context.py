"""Ids of the run, the file and the trace in progress, for log lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from uuid import UUID

_run_id: Final[ContextVar[UUID | None]] = ContextVar("run_id", default=None)
_trace_id: Final[ContextVar[str | None]] = ContextVar("trace_id", default=None)
_file_id: Final[ContextVar[int | None]] = ContextVar("file_id", default=None)


def current_run_id() -> UUID | None:
    """Return the id of the run in progress in this thread or task, None outside a run."""
    return _run_id.get()


def current_file_id() -> int | None:
    """Return the id of the file that is being loaded in this thread, None outside a file."""
    return _file_id.get()


def current_trace_id() -> str | None:
    """Return the id of the trace in progress, None outside a trace."""
    return _trace_id.get()


@contextmanager
def logging_trace(trace_id: str) -> Iterator[None]:
    """Give log lines the id of a trace during the context."""
    token = _trace_id.set(trace_id)
    try:
        yield
    finally:
        _trace_id.reset(token)


@contextmanager
def logging_run(run_id: UUID) -> Iterator[None]:
    """Give log lines the id of a run during the context."""
    token = _run_id.set(run_id)
    try:
        yield
    finally:
        _run_id.reset(token)


@contextmanager
def logging_file(file_id: int) -> Iterator[None]:
    """Give log lines the id of a file during the context."""
    token = _file_id.set(file_id)
    try:
        yield
    finally:
        _file_id.reset(token)
