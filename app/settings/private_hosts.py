"""Networks and hosts that webhooks may call although they are not public."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Annotated, Final, Self

from pydantic import PlainSerializer, PlainValidator
from pydantic_settings import NoDecode

MAX_HOST_CHARACTERS: Final = 253
LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST_NAME: Final = re.compile(rf"{LABEL}(?:\.{LABEL})*\.?")
# Forms of an IPv4 address that some resolvers accept and others do not: 127.1, 2130706433, 0x7f.1.
NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")


@dataclass(frozen=True, slots=True)
class PrivateHosts:
    """Networks and host names that may be called although they are not public, and by http too."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, listed: str) -> Self:
        """Parse a comma-separated list, such as `10.1.0.0/16,crm.internal`; raises ValueError."""
        networks, hosts = [], set()
        for part in filter(None, map(str.strip, listed.lower().split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                if not is_host_name(part):
                    raise ValueError(
                        f"{part!r} is neither a network nor a host; write e.g. 10.1.0.0/16,crm.internal"
                    ) from None
                hosts.add(part.rstrip("."))
        return cls(tuple(networks), frozenset(hosts))

    def has(self, host: str, address: IPv4Address | IPv6Address) -> bool:
        """Return whether this host may be called at this address although it is not public."""
        return host.rstrip(".") in self.hosts or any(address in network for network in self.networks)

    def __str__(self) -> str:
        return ",".join([*map(str, self.networks), *sorted(self.hosts)])


def is_host_name(text: str) -> bool:
    """Return whether a text is a host name in lower case, and not a number that resolvers read as an address."""
    return len(text) <= MAX_HOST_CHARACTERS and bool(HOST_NAME.fullmatch(text)) and not NUMBER.fullmatch(text)


def _parse(value: object) -> PrivateHosts:
    return value if isinstance(value, PrivateHosts) else PrivateHosts.parse(str(value))


PrivateHostsSetting = Annotated[PrivateHosts, NoDecode, PlainValidator(_parse), PlainSerializer(str)]
