"""The command that takes the pictures of the documentation."""

from pathlib import Path

from playwright.sync_api import Browser

from tests.acceptance.screenshots import PICTURES, take

PHONE = next(picture for picture in PICTURES if picture.name == "phone")


def test_a_picture_has_the_size_of_its_window(browser: Browser, site: str, tmp_path: Path) -> None:
    header = take(browser, site, PHONE, tmp_path).read_bytes()[:24]
    size = tuple(int.from_bytes(header[at : at + 4]) for at in (16, 20))
    assert (header[1:4], size) == (b"PNG", (PHONE.width, PHONE.height))
