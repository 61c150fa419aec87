"""Declaration of the processes that read a setting."""

from typing import Any, Final, Literal

ProcessName = Literal["serve", "worker", "migrate"]
READ_BY: Final = "read_by"


def read_by(*processes: ProcessName) -> dict[str, Any]:
    """Return the `json_schema_extra` of a field read by these processes."""
    return {READ_BY: list(processes)}


BY_ALL: Final = read_by("serve", "worker", "migrate")
BY_SERVE: Final = read_by("serve")
BY_WORKER: Final = read_by("worker")
BY_SERVE_AND_WORKER: Final = read_by("serve", "worker")
