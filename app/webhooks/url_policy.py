"""URL policy of webhooks against SSRF: https to public addresses, and to networks and hosts allowed by the operator.

The host is resolved here, all of its addresses are checked, and the connection uses a checked address, which prevents
DNS rebinding.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from httpx import URL, InvalidURL

from app.errors import AddressRefused
from app.settings.private_hosts import PrivateHosts, is_host_name

MAX_URL_LENGTH: Final = 2_048
PORTS: Final = {"https": 443, "http": 80}
LOWEST_OTHER_PORT, HIGHEST_PORT = 1_024, 65_535
UNICAST: Final = ip_network("2000::/3")
# Networks that embed another address, and networks that `is_global` of some Python versions does not recognise.
EMBEDDING: Final = [ip_network(each) for each in ("2001::/23", "2002::/16", "3fff::/20")]
SPECIAL: Final = [ip_network(each) for each in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3")]
NOT_PUBLIC: Final = "its host does not resolve to public addresses; the operator may allow others"

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Function that returns the addresses of a host as text; raises OSError."""


def read_url(text: str) -> URL:
    """Parse the URL of an endpoint; raises AddressRefused for a URL that is refused before its host is resolved."""
    try:
        url = URL(text) if len(text) <= MAX_URL_LENGTH else None
    except InvalidURL:
        raise AddressRefused("it is not a URL") from None
    if url is None:
        raise AddressRefused(f"it is longer than {MAX_URL_LENGTH:,} characters")
    if url.scheme not in PORTS:
        raise AddressRefused("it does not begin with https://")
    if url.userinfo or "@" in url.netloc.decode():
        raise AddressRefused("it has a user or a password; receivers authenticate webhooks by their signature")
    if "#" in text:
        raise AddressRefused("it has a fragment (#), which is never sent")
    if not _is_host(url.raw_host.decode()):
        raise AddressRefused("its host is neither a name nor an address in its usual form")
    port = _port(url)
    if port != PORTS[url.scheme] and not LOWEST_OTHER_PORT <= port <= HIGHEST_PORT:
        raise AddressRefused(f"its port is neither {PORTS[url.scheme]} nor one from {LOWEST_OTHER_PORT:,} on")
    return url


async def addresses_of(url: URL, allowed: PrivateHosts, resolve: Resolve) -> list[str]:
    """Return the addresses to connect to for a URL of `read_url`; raises AddressRefused.

    A host is refused if one of its addresses is. The message is the same for an unknown host and a host that is not
    public, so that it reveals no names of the operator's network.
    """
    host = url.raw_host.decode()
    if url.scheme == "http" and not (allowed.networks or allowed.hosts):
        raise AddressRefused("it does not begin with https://")
    found: list[str] = [host] if _literal(host) else []
    if not found:
        with suppress(OSError, UnicodeError):
            found = list(dict.fromkeys(await resolve(host, _port(url))))
    addresses = [_unmapped(ip_address(each.partition("%")[0])) for each in found]
    is_allowed = bool(found) and all(allowed.has(host, address) for address in addresses)
    if url.scheme == "http" and not is_allowed:
        raise AddressRefused("it does not begin with https://")
    if not found or not all(is_public(address) or allowed.has(host, address) for address in addresses):
        raise AddressRefused(NOT_PUBLIC)
    return found


def is_public(address: Address) -> bool:
    """Return whether an address is public: global, not special, and embedding no other."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in SPECIAL)
    return address in UNICAST and address.is_global and not any(address in network for network in EMBEDDING)


async def resolve(host: str, port: int) -> list[str]:
    """Resolve a host with the operating system, in a daemon thread, which does not delay the exit of the process."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def complete(found: list[str] | OSError | UnicodeError) -> None:
        if answer.done():
            return
        if isinstance(found, list):
            answer.set_result(found)
        else:
            answer.set_exception(found)

    def look_up() -> None:
        found: list[str] | OSError | UnicodeError
        try:
            found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            found = error
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(complete, found)

    threading.Thread(target=look_up, name="resolve", daemon=True).start()
    return await answer


def _port(url: URL) -> int:
    return PORTS[url.scheme] if url.port is None else url.port


def _is_host(host: str) -> bool:
    return bool(_literal(host)) or is_host_name(host)


def _literal(host: str) -> Address | None:
    with suppress(ValueError):
        return None if "%" in host else ip_address(host)
    return None


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
