"""The key of the erasures: what tells an erased customer's id when it comes again, and signs certificates."""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from app.errors import Misconfigured
from app.settings import Settings

FILE: Final = "erasure.key"
FINGERPRINT: Final = 16


@dataclass(frozen=True, slots=True)
class Key:
    """A secret; what is made of it for one purpose says nothing of what is made for another."""

    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, settings: Settings) -> Self | None:
        """The key of the settings, else that of the data directory; None where there is neither."""
        if settings.erasure_key is not None:
            return cls(settings.erasure_key.get_secret_value().strip().encode())
        try:
            return cls((settings.data_dir / FILE).read_bytes().strip())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Misconfigured(f"the key of the erasures cannot be read: {error}; set REGULARS_ERASURE_KEY") from None

    @classmethod
    def wanted(cls, settings: Settings) -> Self:
        """The same; raises Misconfigured where there is none."""
        key = cls.read(settings)
        if key is None:
            raise Misconfigured(
                "no key is set by which an erased customer is known when he is sent again; set REGULARS_ERASURE_KEY, "
                "for the API and the workers alike, to a random text of 32 characters or more, and keep it"
            )
        return key

    @property
    def fingerprint(self) -> str:
        """What tells this key from another."""
        return self._derived("fingerprint", "")[:FINGERPRINT]

    def hash(self, customer_id: str) -> str:
        """What stands for a customer's id, in hex."""
        return self._derived("customer", customer_id)

    def sign(self, document: str) -> str:
        """What only the holder of the key could put under a document, in hex."""
        return self._derived("certificate", document)

    def is_signed(self, document: str, signature: str) -> bool:
        """Whether a signature is the one of a document."""
        return hmac.compare_digest(self.sign(document).encode(), signature.encode())

    def _derived(self, purpose: str, text: str) -> str:
        return hmac.digest(self.secret, f"{purpose}:{text}".encode(), "sha256").hex()


def make_key(data_dir: Path) -> None:
    """Make a key in the data directory, for its owner's eyes, unless there is one."""
    path, begun = data_dir / FILE, data_dir / f".{FILE}.{secrets.token_hex(4)}"
    if path.exists():
        return
    with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process was first
        os.link(begun, path)
    begun.unlink()
