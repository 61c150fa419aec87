"""Everything that can go wrong, in one tree.

RegularsError
├── Retriable                the store, the network or the database: try again
│   ├── StoreUnavailable     the object store did not answer, or answered short
│   ├── LocalStorageUnavailable  the local disk took no temporary file
│   ├── ObjectChanged        the object is no longer the version that was listed: list again
│   ├── DatabaseUnavailable  PostgreSQL did not answer
│   ├── Withdrawn            what an export read has been erased since: it is written anew
│   ├── LeaseLost            another process does now what this one did
│   └── Stopped              the process or the run was asked to stop: what was committed stays
├── BadData                  a file or its rows: trying again changes nothing
│   ├── BrokenFile           the file cannot be read as the contract says
│   ├── TooBad               too large a share of the file is quarantined
│   ├── NoCustomers          there is nothing to segment
│   └── NotPublished         the quality of the data failed: the last good run goes on serving
└── Fatal                    the configuration: a person has to change something
    ├── Misconfigured        a setting is missing or contradicts another
    ├── SourceUnreachable    the bucket or folder is missing, or access to it is denied
    ├── FoldersUnreadable    some subfolders of the source cannot be listed
    ├── ObjectRefused        one object of the source cannot be read: access denied, or archived
    ├── DatabaseUnusable     wrong URL, too old, or not migrated
    ├── InvalidSelection            what was chosen is not there, or nothing was chosen
    ├── AlreadyRunning       another process holds this data directory or job
    ├── AddressRefused       a webhook's address is not one that may be called
    ├── TooManyEndpoints     there are as many webhooks as a worker has places for
    ├── EndpointInactive     a webhook is disabled or gone, and is sent nothing
    ├── KeyReused            an idempotency key came with another request before
    └── ArtifactRefused      a stored model is not the one that was registered

No class here knows HTTP: `app.api.problems` gives each its status, `app.cli` its exit code.
"""


class RegularsError(Exception):
    """Root of the tree; the message names the thing and the remedy."""


class Retriable(RegularsError):
    """The same call may succeed later."""


class StoreUnavailable(Retriable):
    """The object store did not answer, or answered with less than it promised."""


class LocalStorageUnavailable(Retriable):
    """A temporary file could not be written on this machine, for example because its disk is full."""


class ObjectChanged(Retriable):
    """The object was overwritten or deleted between listing and reading."""


class DatabaseUnavailable(Retriable):
    """PostgreSQL did not answer."""


class ExportWithdrawn(Retriable):
    """An export was withdrawn while it was written: a customer whom it may hold has been erased."""


class LeaseLost(Retriable):
    """This process stood still for so long that another took its work over."""


class Stopped(Retriable):
    """The process or the run was asked to stop before it was through."""


class BadData(RegularsError):
    """The data break the contract; the same data will break it again."""


class BrokenFile(BadData):
    """The file as a whole cannot be read as the contract says."""


class TooManyQuarantined(BadData):
    """A larger share of the file's rows failed than the settings allow."""


class NoCustomers(BadData):
    """There are too few customers to segment."""


class QualityGateClosed(BadData):
    """The quality of the newest data failed, so that no training on them is published."""


class Fatal(RegularsError):
    """A person has to change something before this can work."""


class Misconfigured(Fatal):
    """A setting is missing, malformed, or contradicts another."""


class SourceUnreachable(Fatal):
    """The bucket or folder does not exist, or these credentials have no access to it."""


class FoldersUnreadable(Fatal):
    """Some subfolders of the source cannot be listed.

    Attributes:
        prefixes: keys of the subfolders, each with a slash at its end.
    """

    def __init__(self, message: str, prefixes: tuple[str, ...]) -> None:
        super().__init__(message)
        self.prefixes = prefixes


class ObjectRefused(Fatal):
    """One object of the source cannot be read: access is denied, or it is archived."""


class DatabaseUnusable(Fatal):
    """The database is not reachable by this URL, too old, or not migrated."""


class InvalidSelection(Fatal):
    """What was chosen is not there, or nothing was chosen."""


class AlreadyRunning(Fatal):
    """Another process holds what this one needs for itself."""


class AddressRefused(Fatal):
    """The address of a webhook is not one that may be called; the message goes on from "url: "."""


class TooManyEndpoints(Fatal):
    """There are as many webhooks as a worker has places for."""


class EndpointInactive(Fatal):
    """The webhook is disabled or gone, and is sent nothing."""


class IdempotencyConflict(Fatal):
    """The idempotency key came with another request before."""


class ArtifactRefused(Fatal):
    """A stored model's bytes are not the ones that were registered."""
