"""The URL policy of webhooks: allowed and refused addresses."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from app.errors import AddressRefused
from app.settings.private_hosts import PrivateHosts
from app.webhooks.url_policy import Resolve, addresses_of, read_url, resolve

PUBLIC = "93.184.216.34"
NOWHERE = PrivateHosts()
OWN = PrivateHosts.parse("10.1.0.0/16, crm.internal,fd00:1::/32")


def to(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        if not addresses:
            raise socket.gaierror("unknown")
        return addresses

    return resolve


def addresses(url: str, *resolved: str, allowed: PrivateHosts = NOWHERE) -> list[str]:
    return asyncio.run(addresses_of(read_url(url), allowed, to(*resolved)))


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example/hooks?token=1",
        "https://crm.example:8443/",
        "HTTPS://CRM.example./",
        "https://münchen.example/",
        "https://93.184.216.34/",
        "https://_dmarc.crm.example/",
    ],
)
def test_a_public_address_over_https_is_allowed(url: str) -> None:
    assert addresses(url, PUBLIC) == [PUBLIC]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("crm.example/hook", "https://"),
        ("ftp://crm.example/", "https://"),
        ("file:///etc/passwd", "https://"),
        ("gopher://crm.example/", "https://"),
        ("//crm.example/", "https://"),
        ("", "https://"),
        ("https://", "host"),
        ("https:///hook", "host"),
        ("https://user@crm.example/", "user"),
        ("https://user:password@crm.example/", "user"),
        ("https://crm.example@127.0.0.1/", "user"),
        ("https://crm.example/#part", "fragment"),
        ("https://crm.example:22/", "port"),
        ("https://crm.example:80/", "port"),
        ("https://crm.example:0/", "port"),
        ("https://crm.example:99999/", "port"),
        ("https://crm.example:x/", "URL"),
        ("https://crm.example/" + "a" * 2_048, "longer"),
        ("https://" + "a." * 200 + "example/", "host"),
        ("https://crm.example/\0", "URL"),
        ("https://crm.example/\r\nHost: other", "URL"),
        ("https://crm example/", "host"),
        ("https://crm%2eexample/", "host"),
        ("https://crm.example\\@127.0.0.1/", "user"),
        ("https://crm.example\\.internal/", "host"),
        ("https://2130706433/", "host"),
        ("https://127.1/", "host"),
        ("https://0x7f.1/", "host"),
        ("https://0x7f000001/", "host"),
        ("https://0177.0.0.1/", "URL"),
        ("https://127.0.0.1./", "host"),
        ("https://1.2.3.4.5/", "host"),
        ("https://\uff11\uff12\uff17.0.0.1/", "URL"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://[::1/", "URL"),
    ],
)
def test_a_url_of_another_form_is_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        read_url(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
        *("192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2001:0:7f00:1::", "3fff::1", "5f00::1", "100::1", "fe80::1%eth0"),
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="public"):
        addresses("https://crm.example/", address)
    if "%" not in address:
        literal = f"[{address}]" if ":" in address else address
        with pytest.raises(AddressRefused, match="public"):
            addresses(f"https://{literal}/")


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2606:4700::6810:85e5", "2a00:1450:4001::1"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert addresses("https://crm.example/", address) == [address]


def test_one_refused_address_refuses_the_host() -> None:
    with pytest.raises(AddressRefused):
        addresses("https://crm.example/", PUBLIC, "10.0.0.1")


def test_an_unknown_name_has_the_message_of_a_private_one() -> None:
    said = []
    for found in ([], ["10.0.0.1"]):
        with pytest.raises(AddressRefused) as refused:
            addresses("https://crm.example/", *found)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_a_host_that_is_refused_is_never_resolved_for_http() -> None:
    with pytest.raises(AddressRefused, match="https://"):
        asyncio.run(addresses_of(read_url("http://crm.example/"), NOWHERE, None))  # type: ignore[arg-type]


def test_one_address_that_is_not_allowed_refuses_http() -> None:
    with pytest.raises(AddressRefused, match="https://"):
        addresses("http://crm.example/", "10.1.2.3", PUBLIC, allowed=OWN)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("crm.example", "10.1.2.3"),
        ("crm.example", "::ffff:10.1.2.3"),
        ("crm.internal", "192.168.0.9"),
        ("crm.internal.", "192.168.0.9"),
        ("crm.example", "fd00:1::9"),
    ],
)
def test_the_operator_can_allow_private_hosts(scheme: str, host: str, address: str) -> None:
    assert addresses(f"{scheme}://{host}:8080/", address, allowed=OWN) == [address]


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://crm.example/", "10.2.0.1"),
        ("https://evil-crm.internal/", "10.2.0.1"),
        ("https://a.crm.internal/", "10.2.0.1"),
        ("http://crm.example/", PUBLIC),
    ],
)
def test_an_allowed_host_allows_no_other(url: str, address: str) -> None:
    with pytest.raises(AddressRefused):
        addresses(url, address, allowed=OWN)


def test_names_are_resolved_by_the_system() -> None:
    assert "127.0.0.1" in asyncio.run(resolve("localhost", 443))


def test_a_malformed_name_is_an_error() -> None:
    with pytest.raises(UnicodeError):
        asyncio.run(resolve("a" * 64 + ".example", 443))
