"""Which names a sandbox may be led to, and connections to public addresses only."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable

from agents.errors import PlatformFault

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[str], Awaitable[Streams]]
Resolve = Callable[[str], list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?=[a-z])[a-z0-9-]{{1,63}}\Z")
_CONNECT_S = 15.0
# Public by the book, and yet a cloud's own: Azure's host, Oracle's and Alibaba's metadata.
_METADATA = frozenset(
    ipaddress.ip_address(each) for each in ("168.63.129.16", "192.0.0.192", "100.100.100.200")
)
_CARRIERS = tuple(ipaddress.ip_network(each) for each in ("::/96", "64:ff9b::/96"))


class NotReached(PlatformFault):
    """A host that may be named did not answer, or is not a public one."""


def is_named(host: str) -> bool:
    """Whether it is a name in ASCII with a dot, in small letters: no address, nothing odd."""
    return bool(_NAME.match(host))


def is_pattern(text: str) -> bool:
    """Whether [sandbox] may name it: a name, or `*.` and a name."""
    return is_named(text.lower().removeprefix("*."))


def is_public(address: Address) -> bool:
    """Whether an address is the internet's: not private, local, a cloud's own or a disguise."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if any(address in network for network in _CARRIERS):
            inner = ipaddress.ip_address(int(address) & 0xFFFFFFFF)  # type: ignore[assignment]
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def resolved(host: str) -> list[str]:
    """The addresses of a name, as this server sees them."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def connect_public(host: str, resolve: Resolve = resolved) -> Streams:
    """Connect to port 443 of host; the very address that was looked at is the one reached.

    One address that is not public refuses the name: such a name wants to lead somewhere else.
    """
    try:
        told = await asyncio.get_running_loop().run_in_executor(None, resolve, host)
        addresses = [ipaddress.ip_address(each.partition("%")[0]) for each in told]
    except (OSError, UnicodeError, ValueError):
        addresses = []
    if not addresses:
        raise NotReached(f"{host} has no address.")
    if not all(is_public(address) for address in addresses):
        raise NotReached(f"{host} leads to an address that is not public.")
    for address in addresses[:4]:
        with contextlib.suppress(OSError):
            async with asyncio.timeout(_CONNECT_S / 4):
                return await asyncio.open_connection(str(address), 443)
    raise NotReached(f"{host} does not answer.")
