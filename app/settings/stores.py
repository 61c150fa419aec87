"""Registry of the kinds of stores that a location can name, besides folders.

A new kind of store is one module in `app.source` with a class that implements `Source` and a function that opens it,
an entry in `STORES` and one in `app.source.open.OPENERS`. Locations, settings and contracts accept what is registered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

FOLDER: Final = "the path of a folder"
FOLDER_TYPE: Final = "local"
"""Type of a folder in the servers of a data contract."""


@dataclass(frozen=True, slots=True)
class Store:
    """A kind of store with buckets.

    Attributes:
        scheme: scheme of its locations, in lower case: `s3` of s3://bucket/prefix.
        server_type: its type in the servers of a data contract.
        takes_exports: whether exports can be written to it.
    """

    scheme: str
    server_type: str
    takes_exports: bool = False

    @property
    def form(self) -> str:
        """How its locations are written."""
        return f"{self.scheme}://bucket/prefix"


S3: Final = Store("s3", "s3", takes_exports=True)
STORES: Final[dict[str, Store]] = {S3.scheme: S3}
"""Stores by their schemes."""


def store_of(location: str) -> Store | None:
    """Return the store of a location; None for a folder, and for the URL of no registered store."""
    scheme, mark, _ = location.partition("://")
    return STORES.get(scheme.lower()) if mark else None


def location_forms(stores: Iterable[Store]) -> str:
    """Return how locations of these stores are written: `s3://bucket/prefix or gs://bucket/prefix`."""
    return " or ".join(store.form for store in stores)
