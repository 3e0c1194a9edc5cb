"""Programs' side of a forwarder's socket."""

from __future__ import annotations

import socket

import httpx2

from agents.forwarder import Forwarder


def client(forwarder: Forwarder) -> httpx2.Client:
    """An HTTP client that speaks through the socket."""
    transport = httpx2.HTTPTransport(uds=str(forwarder.socket))
    return httpx2.Client(transport=transport, base_url="http://any.test", timeout=30)


def raw(forwarder: Forwarder, said: bytes) -> bytes:
    """What is answered to bytes as they are."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        line.connect(str(forwarder.socket))
        line.sendall(said)
        heard = b""
        while part := line.recv(65536):
            heard += part
        return heard
