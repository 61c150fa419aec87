"""One attempt: a signed POST to an address that may be called, and what came of it."""

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

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 13.0
BODY_SECONDS = 2.0
MOST_KEPT: Final = 1_024
MOST_ADDRESSES: Final = 4
MOST_SECONDS: Final = 86_400.0
OK, REDIRECT, BAD, GONE = 200, 300, 400, 410


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery that was claimed: what to send where, and the secrets that sign it. attempts counts this one."""

    delivery_id: int
    claim: UUID
    attempts: int
    claimed_at: datetime
    url: str
    secrets: list[str] = field(repr=False)
    event_id: str
    type: str
    created_at: datetime
    data: dict[str, Any]

    def body(self) -> bytes:
        """The same bytes at every attempt."""
        moment = self.created_at.isoformat().replace("+00:00", "Z")
        message = {"type": self.type, "timestamp": moment, "data": self.data}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

    def headers(self, body: bytes) -> dict[str, str]:
        """As Standard Webhooks wants them; one signature for each secret that holds."""
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
    """What came of an attempt: the status and the beginning of the body, or why there are none.

    wait: seconds for which the receiver wants to be left alone.
    """

    status: int | None = None
    body: str | None = None
    error: str | None = None
    wait: float = 0.0

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and OK <= self.status < REDIRECT


class Sender:
    """Sends; to be entered before and left after. It takes no proxy from the environment and follows no redirect."""

    def __init__(self, allowed: PrivateHosts, resolve: Resolve = resolve, trust: ssl.SSLContext | None = None) -> None:
        self._allowed, self._resolve = allowed, resolve
        # No connection is kept: it would be for the address, and another host's certificate would pass for it.
        self._client = httpx.AsyncClient(
            verify=trust or httpx.create_ssl_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
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
        """Try once, for fifteen seconds at most; whatever the receiver does is an outcome."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await self._post(sending)
        except TimeoutError:
            return Outcome(error=f"no answer within {ANSWER_SECONDS:g} s")
        except AddressRefused as error:
            return Outcome(error=f"not sent: {error}")
        except httpx.HTTPError as error:
            return Outcome(error=_said(error))
        try:
            said = await _beginning(response)
        finally:
            await response.aclose()
        wait = _seconds(response.headers.get("retry-after", ""))
        return Outcome(response.status_code, said, _refusal(response.status_code), wait)

    async def _post(self, sending: Sending) -> httpx.Response:
        url, body = read_url(sending.url), sending.body()
        headers = {**sending.headers(body), "host": url.netloc.decode()}
        addresses = await addresses_of(url, self._allowed, self._resolve)
        for address in addresses[:MOST_ADDRESSES]:
            request = self._client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers=headers,
                extensions={"sni_hostname": url.raw_host.decode()},  # whose certificate it must be, too
            )
            try:
                return await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:  # nothing was sent
                failure = error
        raise failure


async def _beginning(response: httpx.Response) -> str:
    """The first kilobyte; a receiver that has answered is not asked again because the rest of its body is late."""
    read = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_raw(MOST_KEPT):
                read += chunk
                if len(read) >= MOST_KEPT:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass
    return read[:MOST_KEPT].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _seconds(retry_after: str) -> float:
    """As RFC 9110, 10.2.3 has it: seconds or a date; a day at most, 0 where it is neither."""
    if retry_after.isdecimal():
        return min(float(retry_after), MOST_SECONDS)
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    left = at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)
    return min(max(left.total_seconds(), 0.0), MOST_SECONDS)


def _refusal(status: int) -> str | None:
    if OK <= status < REDIRECT:
        return None
    return f"answered {status}" + ("; redirects are not followed" if REDIRECT <= status < BAD else "")


def _said(error: httpx.HTTPError) -> str:
    """In words of ours: a library's may name what stands behind a name."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"no connection: its certificate is not good: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "no connection: TLS failed"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:g} s"
    if isinstance(error, httpx.ConnectError):
        return "no connection"
    if isinstance(error, httpx.TimeoutException):
        return f"no answer within {ANSWER_SECONDS:g} s"
    return "the connection ended before there was an answer in HTTP"
