"""Check of the addresses of alerts by `regulars doctor`."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from app.cli.doctor import Finding, examine
from app.settings import Settings


def alerts(data_dir: Path, urls: str | None) -> Finding:
    settings = Settings(data_dir=data_dir, alert_urls=None if urls is None else SecretStr(urls))
    return next(each for each in examine(settings) if each.check == "alerts")


@pytest.mark.parametrize(
    ("urls", "verdict", "found"),
    [
        (None, "fine", "no address is set"),
        ("json://127.0.0.1:9/secret", "fine", "to 1 json; the addresses are well-formed, nothing was sent"),
        ("json://127.0.0.1:9/ slack://secret", "wrong", "Apprise does not know address 2 of the list"),
    ],
)
def test_the_doctor_checks_the_addresses_of_alerts(tmp_path: Path, urls: str | None, verdict: str, found: str) -> None:
    finding = alerts(tmp_path, urls)
    assert (finding.verdict, found in finding.found, "secret" in finding.found) == (verdict, True, False)
