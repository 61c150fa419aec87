"""Static files with the digest of their content in the address, so that browsers cache them permanently."""

import re
from dataclasses import dataclass, field
from functools import cache, cached_property
from gzip import compress
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Final

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.api.core.problems import NOT_FOUND, Problem
from app.api.middleware.auth import is_local

MEDIA_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PLOTLY: Final = "plotly.min.js"
FOREVER: Final = "public, max-age=31536000, immutable"
PATH: Final = "/static/{digest}/{name}"
INSERTED_STYLE: Final = re.compile(rb'getElementById\("([0-9a-f]{64})"\)')


@dataclass(frozen=True)
class Asset:
    """A static file.

    Attributes:
        name: file name.
        source: the packaged file; read on first use.
    """

    name: str
    source: Any = field(repr=False)

    @cached_property
    def plain(self) -> bytes:
        """Content."""
        content: bytes = self.source.read_bytes()
        return content

    @cached_property
    def gzipped(self) -> bytes:
        """Content, compressed."""
        return compress(self.plain, mtime=0)

    @property
    def media_type(self) -> str:
        """Content type."""
        return MEDIA_TYPES[self.name[self.name.rindex(".") :]]


class Assets:
    """Own static files, which share one digest because modules import each other, and plotly.min.js with its own."""

    def __init__(self) -> None:
        own = sorted(files("app.dashboard").joinpath("static").iterdir(), key=lambda path: path.name)
        self._own = [Asset(path.name, path) for path in own if path.name.endswith(tuple(MEDIA_TYPES))]
        self._plotly = Asset(PLOTLY, files("plotly").joinpath("package_data", PLOTLY))

    @cached_property
    def _found(self) -> dict[tuple[str, str], Asset]:
        shared = _digest(*(asset.plain for asset in self._own))
        return {
            **{(shared, asset.name): asset for asset in self._own},
            (_digest(self._plotly.plain), self._plotly.name): self._plotly,
        }

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Path of each file by name."""
        return {name: PATH.format(digest=digest, name=name) for digest, name in self._found}

    @cached_property
    def inserted_styles(self) -> list[str]:
        """Ids of elements without which plotly.min.js inserts inline styles (of maps, which no page has)."""
        return sorted({found.decode() for found in INSERTED_STYLE.findall(self._plotly.plain)})

    @property
    def own_bytes(self) -> int:
        """Size of the own files, uncompressed."""
        return sum(len(asset.plain) for asset in self._own)

    async def respond(self, request: Request, digest: str, name: str) -> Response:
        """Send a file; raises Problem for an unknown name or a digest of another version.

        Compression of plotly.min.js takes longer than its transfer to a browser on this machine.
        """
        asset = self._found.get((digest, name))
        if asset is None:
            raise Problem(NOT_FOUND, "The server was updated; reload the page.")
        headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("Accept-Encoding", "") and not is_local(request.scope):
            gzipped = await to_thread.run_sync(lambda: asset.gzipped)
            return Response(gzipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=asset.media_type)
        return Response(asset.plain, headers=headers, media_type=asset.media_type)


@cache
def packaged_assets() -> Assets:
    """Return the files of the dashboard, read once per process."""
    return Assets()


def _digest(*contents: bytes) -> str:
    digest = blake2b(digest_size=10)
    for content in contents:
        digest.update(content)
    return digest.hexdigest()
