"""Erasure key: keyed hashes of the ids of erased customers, and signatures of certificates."""

import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from app.contract.id_rules import common_form
from app.errors import Misconfigured
from app.settings import Settings

KEY_FILE: Final = "erasure.key"
FINGERPRINT_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Key:
    """Secret from which a different key is derived for each purpose."""

    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, settings: Settings) -> Self | None:
        """Read the key of the settings, or else of the data directory; None if there is neither."""
        if settings.erasure_key is not None:
            return cls(settings.erasure_key.get_secret_value().strip().encode())
        try:
            return cls((settings.data_dir / KEY_FILE).read_bytes().strip())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Misconfigured(f"erasure key not readable: {error}; set REGULARS_ERASURE_KEY") from None

    @classmethod
    def required(cls, settings: Settings) -> Self:
        """Read the key; raises Misconfigured if there is none."""
        key = cls.read(settings)
        if key is None:
            raise Misconfigured(
                "no erasure key is set; set REGULARS_ERASURE_KEY, for the API and the workers, to a random text of 32 "
                "characters or more, and store it: with it, erased customers are recognised in later files"
            )
        return key

    @property
    def fingerprint(self) -> str:
        """Public identifier of the key."""
        return self._derived("fingerprint", "")[:FINGERPRINT_CHARACTERS]

    def hash(self, customer_id: str) -> str:
        """Return the keyed hash of a customer id, in hex."""
        return self._derived("customer", customer_id)

    def hash_common_form(self, customer_id: str) -> str:
        """Return the keyed hash of the common form of all spellings of a customer id, in hex."""
        return self._derived("spelling", common_form(customer_id))

    def sign(self, document: str) -> str:
        """Return the signature of a document, in hex."""
        return self._derived("certificate", document)

    def is_signed(self, document: str, signature: str) -> bool:
        """Return whether a signature belongs to a document."""
        return hmac.compare_digest(self.sign(document).encode(), signature.encode())

    def _derived(self, purpose: str, text: str) -> str:
        return hmac.digest(self.secret, f"{purpose}:{text}".encode(), "sha256").hex()


def make_key(data_dir: Path) -> None:
    """Create a key in the data directory, readable by its owner only, unless there is one."""
    path, temporary = data_dir / KEY_FILE, data_dir / f".{KEY_FILE}.{secrets.token_hex(4)}"
    if path.exists():
        return
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):  # another process created it first
        os.link(temporary, path)
    temporary.unlink()
