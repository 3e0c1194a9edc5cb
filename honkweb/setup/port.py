"""Whether the address to listen on is free, before anything else costs time."""

from __future__ import annotations

import errno
import socket

from honkweb.setup.environment import Refusal


def need_free_port(host: str, port: str) -> None:
    """Refuse with the mend when `host:port` cannot be listened on."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Refusal(f"PORT must be a number from 1 to 65535, not {port!r}: PORT=8000 make run.")
    reason = why_taken(host, int(port))
    if reason == errno.EADDRINUSE:
        free = next_free(host, int(port))
        raise Refusal(
            f"Port {port} of {host} is taken by another program: end that one, or take another "
            f"port: PORT={free} make run."
        )
    if reason == errno.EACCES:
        raise Refusal(f"Port {port} is kept for root: take one from 1024 on: PORT=8000 make run.")
    if reason:
        raise Refusal(f"HONK_HOST={host} is no address of this machine: leave it at 127.0.0.1.")


def why_taken(host: str, port: int) -> int:
    """0 when a socket could listen there, else the errno."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, proto) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
    except socket.gaierror:
        return errno.EADDRNOTAVAIL
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return 0


def next_free(host: str, port: int) -> int:
    """The first free port after `port` (or 8000 when all of the next hundred are taken)."""
    candidates = range(port + 1, min(port + 100, 65536))
    return next((number for number in candidates if not why_taken(host, number)), 8000)
