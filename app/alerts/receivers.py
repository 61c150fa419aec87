"""Receivers of alerts, by the addresses of REGULARS_ALERT_URLS; Apprise is imported on first use.

Addresses hold passwords and tokens: a receiver is named by its place in the setting and the kind of its service.
"""

import logging
import threading
import warnings
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import SecretStr

from app.errors import Misconfigured
from app.quality.checks.tables import AlertKind
from app.settings.check_list import read_alert_urls

APP_NAME: Final = "Regulars"
TYPES: Final[dict[AlertKind, str]] = {"failed": "failure", "recovered": "success"}
LOGGERS_WITH_ADDRESSES: Final = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver of alerts.

    Attributes:
        name: place in the setting and kind of service, such as `1 slack`.
        service: service of Apprise.
    """

    name: str
    service: Any = field(repr=False)

    def send(self, kind: AlertKind, title: str, body: str, seconds: float) -> str | None:
        """Send an alert; return the reason if it was not accepted within a time, None if it was."""
        answers: list[bool] = []
        # A daemon, because an attempt that hangs must delay neither other alerts nor the end of the process.
        sending = threading.Thread(target=self._notify, args=(kind, title, body, answers), daemon=True)
        sending.start()
        sending.join(seconds)
        if sending.is_alive():
            return f"receiver {self.name} did not answer within {seconds:g} s"
        return None if answers == [True] else f"receiver {self.name} did not accept the alert"

    def _notify(self, kind: AlertKind, title: str, body: str, answers: list[bool]) -> None:
        try:
            answers.append(bool(self.service.notify(body=body, title=title, notify_type=TYPES[kind])))
        except Exception:  # noqa: BLE001  # without its text, which may have the address
            answers.append(False)


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
        return [_open(place, url) for place, url in enumerate(read_alert_urls(urls), 1)]


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
            f"REGULARS_ALERT_URLS: Apprise does not know address {place} of the list, or it is incomplete; see "
            "https://github.com/caronc/apprise/wiki for its form"
        )
    return Receiver(f"{place} {url.partition(':')[0].lower()}", service)
