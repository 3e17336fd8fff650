"""Read network addresses and networks as they are written on the wire and by people."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_MAPPED = IPv6Network("::ffff:0:0/96")


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address, or None for what is none; an IPv4 address that came by IPv6 is returned as what it is."""
    try:
        # What follows a % is the name of an interface of this machine, no part of the address.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """Return a network in CIDR form (`203.0.113.0/24`) or that of one address, or None for what is neither.

    One whose address lies in the middle of it is neither: whether that address or the network was meant, nobody knows.
    """
    address, slash, prefix = text.partition("/")
    # Masks in dots are read by ipaddress, too, and mean something else on routers than on hosts.
    if "%" in address or (slash and not (prefix.isascii() and prefix.isdigit())):
        return None
    try:
        network = ip_network(text)
    except ValueError:
        return None
    # Addresses are compared as what they are, so that no address would ever lie in it.
    is_mapped = isinstance(network, IPv6Network) and network.subnet_of(_MAPPED)
    return None if is_mapped else network
