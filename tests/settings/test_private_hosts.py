"""Networks and hosts that webhooks may call although they are not public."""

from ipaddress import ip_address, ip_network

import pytest

from app.settings.private_hosts import PrivateHosts


def test_networks_and_hosts_are_separated_by_commas() -> None:
    parsed = PrivateHosts.parse("10.1.0.0/16, CRM.internal.,fd00:1::/32")
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00:1::/32"))
    assert parsed == PrivateHosts(networks, frozenset({"crm.internal"}))


@pytest.mark.parametrize("listed", ["10.0.0.1/8", "10.0.0.0/33", "*", "127.1", "a b", "https://crm.internal"])
def test_a_malformed_part_is_refused(listed: str) -> None:
    with pytest.raises(ValueError, match="is neither a network nor a host"):
        PrivateHosts.parse(listed)


@pytest.mark.parametrize("listed", ["", " , "])
def test_an_empty_list_allows_nothing(listed: str) -> None:
    assert PrivateHosts.parse(listed) == PrivateHosts()


@pytest.mark.parametrize(("host", "address", "allowed"), [("x", "10.1.2.3", True), ("x", "10.2.0.1", False)])
def test_a_network_allows_its_addresses(host: str, address: str, allowed: bool) -> None:
    assert PrivateHosts.parse("10.1.0.0/16").has(host, ip_address(address)) is allowed
