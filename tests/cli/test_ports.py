"""Address and port that the API binds."""

import socket

import pytest

from app.cli.ports import check_port
from app.errors import Misconfigured
from app.settings import Settings


@pytest.mark.parametrize("host", ["not.a.host.invalid", "not..a.host", "192.0.2.1", "2001:db8::1"])
def test_a_host_that_cannot_be_bound_is_blamed(host: str) -> None:
    with pytest.raises(Misconfigured, match=r"give another --host \(REGULARS_HOST\)"):
        check_port(Settings(host=host))


def test_a_port_in_use_is_blamed() -> None:
    blamed = pytest.raises(Misconfigured, match=r"give another --port \(REGULARS_PORT\)")
    with socket.create_server(("127.0.0.1", 0)) as taken, blamed:
        check_port(Settings(port=taken.getsockname()[1]))
