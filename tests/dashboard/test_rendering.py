"""Templates and files that all apps of a process share."""

from app.dashboard.frame.assets import packaged_assets
from app.dashboard.frame.rendering import templates


def test_a_template_is_compiled_once() -> None:
    assert templates().get_template("overview.html") is templates().get_template("overview.html")


def test_the_files_are_read_once() -> None:
    assert packaged_assets() is packaged_assets()
