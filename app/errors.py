"""The tree of errors.

RegularsError
├── Retriable                store, network, disk or database: try again
│   ├── StoreUnavailable     the object store did not respond, or sent too few bytes
│   ├── LocalStorageUnavailable  a temporary file could not be written
│   ├── ObjectChanged        the object is no longer the listed version: list again
│   ├── DatabaseUnavailable  PostgreSQL did not respond
│   ├── EngineUnavailable    the executors that read and validate files did not respond
│   ├── ExportWithdrawn      a customer in the export was erased: retry the export
│   ├── QueueFull            too many runs of a job are queued: wait until some have ended
│   ├── LeaseLost            another process took over the work
│   └── Stopped              the process or the run was requested to stop: committed work stays
├── BadData                  a file or its rows: the same data fail again
│   ├── BrokenFile           the file violates the contract as a whole
│   ├── TooManyQuarantined   too large a share of the file is quarantined
│   ├── NoCustomers          there are too few customers to segment
│   └── QualityGateClosed    the quality gate is closed: the current run stays published
└── Fatal                    the configuration or the request: an operator or client has to change it
    ├── Misconfigured        a setting is missing, malformed, or contradicts another
    │   └── InvalidContract  the data contract is malformed, or contradicts itself
    ├── StoreUnusable        the bucket or folder of sales or exports is missing, or access is denied
    ├── FoldersUnreadable    some subfolders of the source cannot be listed
    ├── ObjectRefused        one object of the source cannot be read: access denied, or archived
    ├── DatabaseUnusable     the database URL is wrong, or the database too old or not migrated
    ├── InvalidSelection     the selected rows or keys do not exist, or nothing is selected
    ├── AlreadyRunning       another process holds this data directory or job
    ├── AddressRefused       the URL policy refuses the address of a webhook
    ├── TooManyEndpoints     the number of webhooks is at its limit
    ├── EndpointInactive     the webhook is disabled, or its receiver answered 410
    ├── IdempotencyConflict  the idempotency key was used for another request
    ├── ModelConflict        the model cannot be promoted, discarded or rolled back to
    ├── SegmentConflict      the name or version of a custom segment conflicts with another one
    └── ArtifactRefused      a stored model is not the registered one

The classes do not depend on HTTP: `app.api.core.problems` maps them to statuses, `app.cli` to exit codes.
"""


class RegularsError(Exception):
    """Root of the tree; a message names the affected object and the remedy."""


class Retriable(RegularsError):
    """The same call may succeed later."""


class StoreUnavailable(Retriable):
    """The object store did not respond, or sent fewer bytes than it announced."""


class LocalStorageUnavailable(Retriable):
    """A temporary file could not be written on this machine, for example because its disk is full."""


class ObjectChanged(Retriable):
    """The object was overwritten or deleted between listing and reading."""


class DatabaseUnavailable(Retriable):
    """PostgreSQL did not respond."""


class EngineUnavailable(Retriable):
    """The engine that reads and validates files did not respond, or gave up a task after several attempts."""


class ExportWithdrawn(Retriable):
    """An export was withdrawn while it was written, because a customer in it was erased."""


class QueueFull(Retriable):
    """The number of queued runs of a job is at its limit."""


class LeaseLost(Retriable):
    """This process was suspended for too long, and another process took over its work."""


class Stopped(Retriable):
    """The process or the run was requested to stop before it was complete."""


class BadData(RegularsError):
    """The data violate the contract; the same data will fail again."""


class BrokenFile(BadData):
    """The file as a whole violates the contract."""


class TooManyQuarantined(BadData):
    """A larger share of the file's rows failed than the settings allow."""


class NoCustomers(BadData):
    """There are too few customers to segment."""


class QualityGateClosed(BadData):
    """The quality gate is closed: no training run on the newest data is published."""


class Fatal(RegularsError):
    """An operator or client has to change the configuration or the request."""


class Misconfigured(Fatal):
    """A setting is missing, malformed, or contradicts another."""


class InvalidContract(Misconfigured):
    """The data contract cannot be used.

    Attributes:
        problems: one line each, `FILE:LINE: KEY: problem; remedy`.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class StoreUnusable(Fatal):
    """The bucket or folder of sales or exports does not exist, or these credentials have no access to it."""


class FoldersUnreadable(Fatal):
    """Some subfolders of the source cannot be listed.

    Attributes:
        prefixes: keys of the subfolders, each with a slash at its end.
    """

    def __init__(self, message: str, prefixes: tuple[str, ...]) -> None:
        super().__init__(message)
        self.prefixes = prefixes


class ObjectRefused(Fatal):
    """One object of the source cannot be read: access is denied, or it is in an archive storage class."""


class DatabaseUnusable(Fatal):
    """The database URL is wrong, or the database is too old or not migrated."""


class InvalidSelection(Fatal):
    """The selected rows or keys do not exist, or nothing is selected."""


class AlreadyRunning(Fatal):
    """Another process holds the data directory or the job."""


class AddressRefused(Fatal):
    """The URL policy refuses the address of a webhook; the message continues after "url: "."""


class TooManyEndpoints(Fatal):
    """The number of webhooks is at its limit."""


class EndpointInactive(Fatal):
    """The webhook is disabled or its receiver answered 410, so nothing is sent to it."""


class IdempotencyConflict(Fatal):
    """The idempotency key was used for another request."""


class ModelConflict(Fatal):
    """The model cannot be promoted, discarded or rolled back to in its present state."""


class SegmentConflict(Fatal):
    """The name of a custom segment is taken, its newest version is another one, or there are too many."""


class ArtifactRefused(Fatal):
    """The bytes of a stored model are not the registered ones."""
