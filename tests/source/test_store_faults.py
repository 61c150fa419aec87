from datetime import UTC, datetime

import pytest

from app.errors import ObjectChanged, ObjectRefused, StoreUnavailable, StoreUnusable
from app.settings import Settings
from app.source.protocol import SourceObject
from app.source.s3 import S3Source, make_client
from tests.s3 import REGION
from tests.s3 import make_client as make_test_client
from tests.source.store import bad_store, error, response

LISTED = SourceObject("a.csv", "abc", 5, datetime(2026, 2, 1, tzinfo=UTC))
LISTING = response(
    200,
    b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a.csv</Key><ETag>&quot;abc&quot;</ETag>"
    b"<Size>5</Size><LastModified>2026-02-01T00:00:00.000Z</LastModified></Contents></ListBucketResult>",
)
SLOW, RESET = error(503, "SlowDown"), b""
PASSING = [SLOW, RESET, error(500, "InternalError"), error(400, "RequestTimeout")]
CUT = response(200, b"ab", 'ETag: "abc"', length=5)
SHORT = response(200, b"ab", 'ETag: "abc"')
WRONG_SUM = response(200, b"abcde", 'ETag: "abc"', "x-amz-checksum-crc32: AAAAAA==")


def source(endpoint: str) -> S3Source:
    """One that asks once."""
    return S3Source(make_test_client(endpoint), "s3://sales")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_outlasted(credentials: None, fault: bytes) -> None:
    with bad_store(fault, LISTING) as store:
        client = make_client(Settings(s3_endpoint_url=store.endpoint, s3_region=REGION))
        assert list(S3Source(client, "s3://sales").list()) == [LISTED]
    assert len(store.requests) == 2


def test_asking_again_has_an_end(credentials: None) -> None:
    with (
        bad_store(SLOW) as store,
        pytest.raises(StoreUnavailable, match="s3://sales/: the store answered 503 SlowDown"),
    ):
        list(S3Source(make_client(Settings(s3_endpoint_url=store.endpoint, s3_region=REGION)), "s3://sales").list())
    assert len(store.requests) == 4


@pytest.mark.parametrize(
    "answer", [SLOW, RESET, CUT, SHORT, WRONG_SUM, error(500, "InternalError"), response(502, b"")]
)
def test_a_body_that_does_not_arrive_is_a_store_that_does_not_answer(answer: bytes) -> None:
    with bad_store(answer) as store, pytest.raises(StoreUnavailable, match=r"a\.csv"):
        source(store.endpoint).fetch(LISTED)


@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired"])
def test_expired_credentials_may_be_renewed(code: str) -> None:
    with bad_store(error(400, code)) as store, pytest.raises(StoreUnavailable, match="credentials have expired"):
        list(source(store.endpoint).list())


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "AccessDenied"), (403, "InvalidAccessKeyId"), (403, "RequestTimeTooSkewed"), (401, "Unknown")],
)
def test_refused_access_needs_a_person(status: int, code: str) -> None:
    with bad_store(error(status, code)) as store, pytest.raises(StoreUnusable, match=f"refused \\({code}\\)"):
        list(source(store.endpoint).list())


def test_a_bucket_that_is_gone_is_no_change_of_the_object() -> None:
    with bad_store(error(404, "NoSuchBucket")) as store, pytest.raises(StoreUnusable, match="does not exist"):
        source(store.endpoint).fetch(LISTED)


def test_another_server_than_a_store_is_a_store_that_does_not_answer() -> None:
    page = response(200, b"<html>Welcome<br></html>", "Content-Type: text/html")
    with bad_store(page) as store, pytest.raises(StoreUnavailable, match="s3://sales/: the store answered"):
        list(source(store.endpoint).list())


def test_what_is_asked_for_is_the_listed_version() -> None:
    with bad_store(response(200, b"abcde", 'ETag: "abc"')) as store, source(store.endpoint).fetch(LISTED).content:
        assert b'\r\nIf-Match: "abc"\r\n' in store.requests[0]


def test_a_store_that_does_not_know_if_match_gives_no_other_version() -> None:
    other = response(200, b"abcde", 'ETag: "other"')
    with bad_store(other) as store, pytest.raises(ObjectChanged, match=r"a\.csv changed since it was listed"):
        source(store.endpoint).fetch(LISTED)


def test_a_refusal_is_no_fault_of_the_file() -> None:
    with (
        bad_store(error(403, "AccessDenied")) as store,
        pytest.raises(ObjectRefused, match=r"s3://sales/a\.csv: .* refused"),
    ):
        source(store.endpoint).fetch(LISTED)


def test_an_archived_object_is_refused_with_the_remedy() -> None:
    with (
        bad_store(error(403, "InvalidObjectState")) as store,
        pytest.raises(ObjectRefused, match=r"s3://sales/a\.csv: the object is archived .* restore it"),
    ):
        source(store.endpoint).fetch(LISTED)


@pytest.mark.parametrize("code", ["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"])
def test_wrong_credentials_concern_the_whole_store(code: str) -> None:
    with bad_store(error(403, code)) as store, pytest.raises(StoreUnusable, match=code):
        source(store.endpoint).fetch(LISTED)
