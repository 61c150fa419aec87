"""Identity of content: the hash of the bytes after decompression."""

import hashlib
import zlib
from typing import Final

MAX_BYTES: Final = 2 * 1024**3
STEP_BYTES: Final = 1024**2
GZIP_WINDOW: Final = 31


def is_gzip(key: str) -> bool:
    """Return whether a key says that its object is gzip."""
    return key.lower().endswith(".gz")


class ContentHash:
    """SHA-256 of an object: of its decompressed bytes if it is gzip, so that it equals the hash of the plain file.

    Of gzip that is corrupt or larger than `max_bytes`, which cannot be loaded, it is the hash of the object itself.
    """

    def __init__(self, key: str, max_bytes: int = MAX_BYTES) -> None:
        self._raw = hashlib.sha256()
        self._plain = hashlib.sha256()
        self._left = max_bytes
        self._gzip = zlib.decompressobj(GZIP_WINDOW) if is_gzip(key) else None
        self._is_begun = False

    @property
    def is_too_large(self) -> bool:
        """Whether the bytes so far are more than `max_bytes` after decompression; of gzip only."""
        return self._left < 0

    def update(self, chunk: bytes) -> None:
        """Add bytes of the object."""
        self._raw.update(chunk)
        if self._gzip is not None:
            try:
                self._decompress(chunk)
            except zlib.error:
                self._gzip = None

    def hexdigest(self) -> str:
        """Return the hash in hex, after the last bytes."""
        is_whole = self._gzip is not None and (self._gzip.eof or not self._is_begun)
        return (self._plain if is_whole else self._raw).hexdigest()

    def _decompress(self, chunk: bytes) -> None:
        while chunk and self._gzip is not None:
            if self._gzip.eof:
                chunk = chunk.lstrip(b"\0")  # padding between and behind members
                if not chunk:
                    return
                self._gzip = zlib.decompressobj(GZIP_WINDOW)
            self._is_begun = True
            plain = self._gzip.decompress(chunk, STEP_BYTES)
            self._plain.update(plain)
            self._left -= len(plain)
            if self._left < 0:
                self._gzip = None
                return
            chunk = self._gzip.unused_data if self._gzip.eof else self._gzip.unconsumed_tail
