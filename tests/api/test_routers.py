"""Routes that all apps of a process share."""

from app.api.routers import API
from app.main import create_app
from app.settings import Settings


def test_an_app_has_the_routes_of_the_process_and_resolves_none_again() -> None:
    own = create_app(Settings()).routes
    assert [route for route in API.routes if not any(route is each for each in own)] == []
