"""Sender of webhooks: one attempt is a signed POST to an address allowed by the URL policy."""

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Any, Final, Self
from uuid import UUID

import httpx
from standardwebhooks import Webhook

from app.errors import AddressRefused
from app.settings.private_hosts import PrivateHosts
from app.webhooks.url_policy import Resolve, addresses_of, read_url, resolve

MAX_RESPONSE_BYTES: Final = 1_024
MAX_ADDRESSES: Final = 4
MAX_WAIT_SECONDS: Final = 86_400.0
OK, REDIRECT, BAD, GONE, TOO_MANY, UNAVAILABLE = 200, 300, 400, 410, 429, 503


@dataclass(frozen=True, slots=True)
class SenderTimings:
    """Timeouts of an attempt, in seconds.

    Attributes:
        connect_seconds: time to connect to an address.
        answer_seconds: time from the start of the attempt to the head of the response.
        body_seconds: time to read the beginning of the response's body.
    """

    connect_seconds: float = 5.0
    answer_seconds: float = 13.0
    body_seconds: float = 2.0


DEFAULT_TIMINGS: Final = SenderTimings()


@dataclass(frozen=True, slots=True)
class Sending:
    """A claimed delivery: event, address of the receiver, and secrets for the signatures.

    Attributes:
        delivery_id: id of the delivery.
        claim: id of the claim.
        attempts: number of attempts, including this one.
        claimed_at: time of the claim, and of the signature.
        url: address of the receiver.
        secrets: valid secrets, the newest first.
        event_id: id of the event.
        type: type of the event.
        created_at: time of the event.
        data: content of the event.
    """

    delivery_id: int
    claim: UUID
    attempts: int
    claimed_at: datetime
    url: str = field(repr=False)
    secrets: list[str] = field(repr=False)
    event_id: str
    type: str
    created_at: datetime
    data: dict[str, Any]

    def body(self) -> bytes:
        """Return the body, the same at every attempt."""
        moment = self.created_at.isoformat().replace("+00:00", "Z")
        message = {"type": self.type, "timestamp": moment, "data": self.data}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        """Return the headers of Standard Webhooks, with one signature for each valid secret."""
        content = body.decode()
        signed = [Webhook(secret).sign(self.event_id, self.claimed_at, content) for secret in self.secrets]
        return {
            "webhook-id": self.event_id,
            "webhook-timestamp": str(int(self.claimed_at.timestamp())),
            "webhook-signature": " ".join(signed),
            "content-type": "application/json",
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of an attempt.

    Attributes:
        status: HTTP status; None without a response.
        body: beginning of the response's body; None without a response.
        error: reason of the failure; None after a success.
        wait: seconds before the next attempt, as requested by the receiver.
    """

    status: int | None = None
    body: str | None = None
    error: str | None = None
    wait: float = 0.0

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver accepted the event."""
        return self.status is not None and OK <= self.status < REDIRECT


class Sender:
    """HTTP client for attempts, an async context manager; without proxies from the environment, without redirects."""

    def __init__(
        self,
        allowed: PrivateHosts,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        timings: SenderTimings = DEFAULT_TIMINGS,
    ) -> None:
        self._allowed, self._resolve, self._timings = allowed, resolve, timings
        # Connections are not reused: they are pooled by address, so that another host's certificate would be accepted.
        self._client = httpx.AsyncClient(
            verify=trust or httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(timings.answer_seconds, connect=timings.connect_seconds),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            headers={
                "user-agent": f"Regulars/{version('regulars')}",
                "accept-encoding": "identity",
                "connection": "close",
            },
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, sending: Sending) -> Outcome:
        """Make one attempt and return its outcome; errors of the receiver raise no exception."""
        try:
            async with asyncio.timeout(self._timings.answer_seconds):
                response = await self._post(sending)
        except TimeoutError:
            return Outcome(error=f"no answer within {self._timings.answer_seconds:g} s")
        except AddressRefused as error:
            return Outcome(error=f"not sent: {error}")
        except httpx.HTTPError as error:
            return Outcome(error=_reason(error, self._timings))
        try:
            body = await _beginning(response, self._timings.body_seconds)
        finally:
            await response.aclose()
        status = response.status_code
        wait = _seconds(response.headers.get("retry-after", "")) if status in {TOO_MANY, UNAVAILABLE} else 0.0
        return Outcome(status, body, _refusal(status), wait)

    async def _post(self, sending: Sending) -> httpx.Response:
        url, body = read_url(sending.url), sending.body()
        headers = {**sending.headers(body), "host": url.netloc.decode()}
        addresses = await addresses_of(url, self._allowed, self._resolve)
        for address in addresses[:MAX_ADDRESSES]:
            request = self._client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers=headers,
                extensions={"sni_hostname": url.raw_host.decode()},  # also the name that the certificate must have
            )
            try:
                return await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:  # nothing was sent
                failure = error
        raise failure


async def _beginning(response: httpx.Response, seconds: float) -> str:
    """Return the first kilobyte of the body, or the part received in time; a slow body does not fail the attempt."""
    read = b""
    try:
        async with asyncio.timeout(seconds):
            async for chunk in response.aiter_raw(MAX_RESPONSE_BYTES):
                read += chunk
                if len(read) >= MAX_RESPONSE_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass
    return read[:MAX_RESPONSE_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _seconds(retry_after: str) -> float:
    """Parse a Retry-After field (RFC 9110, 10.2.3): seconds or a date; a day at most, 0 if it is malformed."""
    if retry_after.isdecimal():
        return min(float(retry_after), MAX_WAIT_SECONDS)
    try:
        at = parsedate_to_datetime(retry_after)
        left = at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)
    except (ValueError, OverflowError):  # an offset of many digits overflows
        return 0.0
    return min(max(left.total_seconds(), 0.0), MAX_WAIT_SECONDS)


def _refusal(status: int) -> str | None:
    if OK <= status < REDIRECT:
        return None
    return f"answered {status}" + ("; redirects are not followed" if REDIRECT <= status < BAD else "")


def _reason(error: httpx.HTTPError, timings: SenderTimings) -> str:
    """Return a fixed message for a failure, because a library's message may reveal the addresses of a host."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no connection: invalid certificate: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no connection: TLS failed"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {timings.connect_seconds:g} s"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {timings.answer_seconds:g} s"
    return "the connection ended before an HTTP response"
