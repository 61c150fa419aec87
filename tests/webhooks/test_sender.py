"""One attempt: request, signature, outcome."""

import json
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme
from standardwebhooks import WebhookVerificationError

from app.settings.private_hosts import PrivateHosts
from app.webhooks.sender import Outcome, SenderTimings
from tests.receiver import DRIP, DROP, HUGE, NEVER, Receiver, receiving
from tests.webhooks.sending import LOOPBACK, post, sender, sending_to

SECRET, NEWER = ("whsec_" + b64encode(each * 32).decode() for each in (b"a", b"b"))
AUTHORITY = trustme.CA()
IMPATIENT = SenderTimings(answer_seconds=0.3, body_seconds=0.1)


@pytest.fixture
def secure() -> Iterator[Receiver]:
    """A receiver whose certificate is that of crm.example."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("crm.example").configure_cert(context)
    with receiving(context) as receiver:
        yield receiver


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    AUTHORITY.configure_trust(context)
    return context


async def loopback(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


# --- requests


def test_receivers_can_verify_the_signature(receiver: Receiver) -> None:
    post(sending_to(receiver.url, [SECRET]))
    content = receiver.received[0].verified(SECRET)
    assert (content["type"], content["data"]) == ("quality.failed", {"reason": "Bücher"})


def test_every_valid_secret_signs(receiver: Receiver) -> None:
    post(sending_to(receiver.url, [NEWER, SECRET]))
    assert receiver.received[0].verified(SECRET) == receiver.received[0].verified(NEWER)


def test_another_secret_does_not_verify(receiver: Receiver) -> None:
    post(sending_to(receiver.url, [SECRET]))
    with pytest.raises(WebhookVerificationError):
        receiver.received[0].verified(NEWER)


def test_it_is_a_post_of_json_with_the_id_of_the_event(receiver: Receiver) -> None:
    post(sending_to(receiver.url))
    (request,) = receiver.received
    assert request.path == "/hook?a=1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "evt_1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60


def test_times_are_utc_with_a_z() -> None:
    moment = datetime(2026, 3, 1, 12, 0, 0, 5, UTC)
    body = replace(sending_to("https://crm.example/"), created_at=moment).body()
    assert json.loads(body)["timestamp"] == "2026-03-01T12:00:00.000005Z"


# --- outcomes


def test_a_2xx_response_is_a_delivery(receiver: Receiver) -> None:
    receiver.answers.extend([200, 202, 204])
    outcomes = [post(sending_to(receiver.url))[0] for _ in range(3)]
    assert [outcome.is_delivered for outcome in outcomes] == [True] * 3
    assert outcomes[0] == Outcome(200, "thanks\N{REPLACEMENT CHARACTER}", None)


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_another_response_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.answers.append(status)
    (outcome,) = post(sending_to(receiver.url))
    assert (outcome.is_delivered, outcome.status, outcome.error) == (False, status, f"answered {status}")


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("120", 120, 120),
        (format_datetime(datetime.now(UTC) + timedelta(hours=20), usegmt=True), 10_000, 72_000),
        (format_datetime(datetime.now(UTC) - timedelta(hours=3), usegmt=True), 0, 0),
        ("9" * 400, 86_400, 86_400),
        ("soon", 0, 0),
        ("-1", 0, 0),
        ("", 0, 0),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", 0, 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 0, 86_400),
    ],
    ids=["seconds", "date", "past date", "years", "words", "negative", "nothing", "absurd offset", "last date"],
)
def test_the_wait_is_that_of_retry_after(receiver: Receiver, retry_after: str, least: float, most: float) -> None:
    receiver.answers.append(429)
    receiver.retry_after = retry_after
    (outcome,) = post(sending_to(receiver.url))
    assert least <= outcome.wait <= most


@pytest.mark.parametrize(("status", "wait"), [(200, 0), (500, 0), (429, 120), (503, 120)])
def test_retry_after_matters_for_429_and_503_alone(receiver: Receiver, status: int, wait: float) -> None:
    receiver.answers.append(status)
    receiver.retry_after = "120"
    (outcome,) = post(sending_to(receiver.url))
    assert (outcome.status, outcome.wait) == (status, wait)


def test_an_absurd_retry_after_does_not_fail_a_delivery(receiver: Receiver) -> None:
    receiver.retry_after = "Mon, 01 Jan 2024 00:00:00 +99999999999999999999"
    (outcome,) = post(sending_to(receiver.url))
    assert outcome.is_delivered


def test_a_redirect_is_not_followed(receiver: Receiver, other: Receiver) -> None:
    receiver.answers.append(other.url)
    (outcome,) = post(sending_to(receiver.url))
    assert (outcome.is_delivered, outcome.error) == (False, "answered 302; redirects are not followed")
    assert other.received == []


def test_a_dropped_connection_is_a_failure(receiver: Receiver) -> None:
    receiver.answers.append(DROP)
    assert post(sending_to(receiver.url)) == [Outcome(error="the connection ended before an HTTP response")]


def test_a_closed_port_is_a_failure() -> None:
    with receiving() as receiver:
        url = receiver.url
    assert post(sending_to(url)) == [Outcome(error="no connection")]


@pytest.mark.parametrize("answer", [NEVER, DRIP])
def test_a_slow_receiver_times_out(receiver: Receiver, answer: str) -> None:
    receiver.answers.append(answer)
    assert post(sending_to(receiver.url), sender(timings=IMPATIENT)) == [Outcome(error="no answer within 0.3 s")]


def test_of_a_body_without_end_a_kilobyte_is_read(receiver: Receiver) -> None:
    receiver.answers.append(HUGE)
    assert post(sending_to(receiver.url)) == [Outcome(200, "a" * 1_024, None)]


def test_the_environment_names_no_proxy(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert post(sending_to(receiver.url))[0].is_delivered


# --- addresses


def test_it_goes_to_the_address_that_was_checked(receiver: Receiver) -> None:
    url = f"http://crm.example:{receiver.port}/hook"
    assert post(sending_to(url), sender(resolve=loopback))[0].is_delivered
    assert receiver.received[0].headers["host"] == f"crm.example:{receiver.port}"


def test_a_name_is_resolved_once_an_attempt(receiver: Receiver) -> None:
    resolved = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        resolved.append(host)
        return ["127.0.0.1"] if len(resolved) == 1 else ["10.0.0.1"]

    (outcome,) = post(sending_to(f"http://crm.example:{receiver.port}/"), sender(resolve=rebinding))
    assert (outcome.is_delivered, resolved) == (True, ["crm.example"])


def test_a_name_of_a_private_address_is_not_called(receiver: Receiver) -> None:
    url = f"https://crm.example:{receiver.port}/"
    (outcome,) = post(sending_to(url), sender(PrivateHosts(), loopback))
    assert outcome.error == "not sent: its host does not resolve to public addresses; the operator may allow others"
    assert receiver.received == []


def test_after_a_closed_port_the_next_address_is_tried(receiver: Receiver) -> None:
    async def two(host: str, port: int) -> Sequence[str]:
        return ["::1", "127.0.0.1"]

    both = PrivateHosts.parse("127.0.0.1,::1")
    assert post(sending_to(f"http://crm.example:{receiver.port}/"), sender(both, two))[0].is_delivered


def test_the_certificate_is_that_of_the_name(secure: Receiver) -> None:
    url = f"https://crm.example:{secure.port}/hook"
    assert post(sending_to(url), sender(LOOPBACK, loopback, trusting()))[0].is_delivered


def test_a_certificate_of_another_name_is_refused(secure: Receiver) -> None:
    url = f"https://other.example:{secure.port}/hook"
    (outcome,) = post(sending_to(url), sender(LOOPBACK, loopback, trusting()))
    assert outcome.error is not None
    assert outcome.error.startswith("no connection: invalid certificate: Hostname mismatch")
    assert secure.received == []


def test_a_certificate_of_an_unknown_authority_is_refused(secure: Receiver) -> None:
    (outcome,) = post(sending_to(f"https://crm.example:{secure.port}/"), sender(LOOPBACK, loopback))
    assert outcome.error is not None
    assert "invalid certificate" in outcome.error


def test_an_authority_of_ones_own_is_named_in_the_environment(
    secure: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert post(sending_to(f"https://crm.example:{secure.port}/"), sender(LOOPBACK, loopback))[0].is_delivered


def test_a_receiver_without_tls_is_a_failure(receiver: Receiver) -> None:
    url = receiver.url.replace("http://", "https://")
    assert post(sending_to(url)) == [Outcome(error="no connection: TLS failed")]
