"""Receivers of alerts, by the addresses of REGULARS_ALERT_URLS; Apprise is imported on first use.

Addresses hold passwords and tokens: a receiver is named by its position in the setting and the kind of its service, and
identified by a slow hash of its address, which stays the same when others are added to the setting or removed from it.
"""

import logging
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import pbkdf2_hmac
from time import monotonic
from typing import Any, Final

from pydantic import SecretStr

from app.errors import Misconfigured
from app.quality.checks.tables import AlertKind
from app.settings.check_list import read_alert_urls

APP_NAME: Final = "Regulars"
TYPES: Final[dict[AlertKind, str]] = {"failed": "failure", "recovered": "success"}
HASH_ITERATIONS: Final = 200_000
HASH_BYTES: Final = 6
LOGGERS_WITH_ADDRESSES: Final = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver of alerts.

    Attributes:
        key: kind of service and hash of the address; recorded when it accepts an alert.
        name: position in the setting and kind of service, such as `1 slack`.
        service: service of Apprise.
    """

    key: str
    name: str
    service: Any = field(repr=False)

    def notify(self, kind: AlertKind, title: str, body: str, answers: list[bool]) -> None:
        """Send an alert, and append to the answers whether it was accepted."""
        try:
            answers.append(bool(self.service.notify(body=body, title=title, notify_type=TYPES[kind])))
        except Exception:  # noqa: BLE001  # without its text, which may have the address
            answers.append(False)


def send_to_all(
    receivers: Iterable[Receiver], kind: AlertKind, title: str, body: str, seconds: float
) -> dict[str, str | None]:
    """Send an alert to receivers at the same time.

    Returns, by the key of each receiver, why it has not accepted the alert within the time; None if it has.
    """
    begun, deadline = [], monotonic() + seconds
    for receiver in receivers:
        answers: list[bool] = []
        # A daemon, because an attempt that hangs must delay neither other alerts nor the end of the process.
        sending = threading.Thread(target=receiver.notify, args=(kind, title, body, answers), daemon=True)
        sending.start()
        begun.append((receiver, sending, answers))
    found: dict[str, str | None] = {}
    for receiver, sending, answers in begun:
        sending.join(max(0.0, deadline - monotonic()))
        if not answers:
            found[receiver.key] = f"receiver {receiver.name} did not answer within {seconds:g} s"
        else:
            found[receiver.key] = None if answers[0] else f"receiver {receiver.name} did not accept the alert"
    return found


def open_receivers(urls: SecretStr | None) -> list[Receiver]:
    """Open the receivers of the setting.

    Raises:
        Misconfigured: Apprise is not installed, or does not know an address; the message does not have it.
    """
    if urls is None:
        return []
    for name in LOGGERS_WITH_ADDRESSES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of modules that Apprise's services import
        return [_open(place, url) for place, url in enumerate(dict.fromkeys(read_alert_urls(urls)), 1)]


def _open(place: int, url: str) -> Receiver:
    try:
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415  # an optional dependency
    except ImportError:
        message = "REGULARS_ALERT_URLS: Apprise is not installed; run pip install 'regulars[alerts]', or unset it"
        raise Misconfigured(message) from None
    asset = AppriseAsset(app_id=APP_NAME, app_desc=APP_NAME, app_url="", image_url_mask="", async_mode=False)
    service = Apprise.instantiate(url, asset=asset)
    if service is None:
        raise Misconfigured(
            f"REGULARS_ALERT_URLS: Apprise does not know address {place} of the list, or it is incomplete; correct "
            "it as described in https://github.com/caronc/apprise/wiki"
        )
    kind = url.partition(":")[0].lower()
    digest = pbkdf2_hmac("sha256", url.encode(), APP_NAME.encode(), HASH_ITERATIONS, HASH_BYTES)
    return Receiver(f"{kind} {digest.hex()}", f"{place} {kind}", service)
