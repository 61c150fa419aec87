"""User names and passwords in REGULARS_S3_ENDPOINT_URL: in no message, and so in no run and no log line."""

import pytest

from app.errors import Misconfigured, StoreUnavailable
from app.settings import Settings
from app.source.s3 import S3Source, make_client


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@pytest.mark.parametrize(
    "url", ["http://user:hunter2@127.0.0.1:1", "http://user:hunter@2@127.0.0.1:1", "ftp//user:hunter2@127.0.0.1:1"]
)
def test_no_message_has_the_password_of_the_endpoint(url: str) -> None:
    settings = Settings(s3_region="eu-west-1").model_copy(update={"s3_endpoint_url": url})  # unchecked
    with pytest.raises((Misconfigured, StoreUnavailable)) as raised:
        list(S3Source(make_client(settings), "s3://sales/").list())
    assert "hunter" not in str(raised.value)
    assert "127.0.0.1:1" in str(raised.value)
