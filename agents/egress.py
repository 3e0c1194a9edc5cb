"""The one way out of a sandbox: a CONNECT proxy for hosts that a repository names.

It listens on a Unix socket that programs inside reach through a relay (`reached`). It opens tunnels
to port 443 of exactly those hosts and of nothing else: names are resolved here, addresses that are
not public are refused after resolution, and what is sent must begin as TLS for that very host. What
goes through is counted per host and told as notes, for an upload is how a tree would leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from agents.events import Event
from agents.job import Attached, Mount
from agents.reach import Connect, NotReached, connect_public, is_named
from agents.tls_hello import Hello, NotTls

PORT = 3128  # inside
UPLOAD_BYTES = 64 * 1024 * 1024  # of one run, to all hosts together
_FOLDER, _SOCKET = "/honk-net", "proxy.sock"
_AT_ONCE, _IN_ALL = 64, 10_000  # connections
_HEAD_BYTES, _HEAD_S, _IDLE_S = 16 * 1024, 20.0, 300.0
_CHUNK = 64 * 1024
_NOTES = 20  # refusals told; an agent could ask for thousands
_PROXY = f"http://127.0.0.1:{PORT}"
_DIRECT = "localhost,127.0.0.1,::1"


class Refused(Exception):
    """What is asked for is not allowed; the message is a sentence for the agent and the log."""


class Egress:
    """A proxy for one run; a context manager. Its thread ends with it.

    hosts: names, or `*.suffix` for every name below it. folder: made for the socket, and removed.
    """

    def __init__(
        self,
        hosts: Sequence[str],
        folder: Path,
        *,
        connect: Connect = connect_public,
        upload_bytes: int = UPLOAD_BYTES,
    ) -> None:
        self._hosts = tuple(host.lower() for host in hosts)
        self._folder = folder
        self._connect = connect
        self._upload_left = upload_bytes
        self._asked = 0
        self._open: set[asyncio.Task[None]] = set()
        self._traffic: dict[str, list[int]] = {}  # host to connections, bytes up, bytes down
        self._notes: list[str] = []
        self._told: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="egress", daemon=True)
        self._server: asyncio.Server | None = None

    def __enter__(self) -> Self:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True)
        started = threading.Event()
        self._loop.call_soon(lambda: self._loop.create_task(self._listen(started)))
        self._thread.start()
        if not started.wait(10):
            self.__exit__()
            raise NotReached("The way out of the sandbox could not be opened; try again.")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def attached(self) -> Attached:
        """What a program needs to reach the proxy, besides `variables`."""
        mounts = (Mount(self._folder, _FOLDER),)
        return Attached(mounts, ((PORT, f"{_FOLDER}/{_SOCKET}"),))

    def variables(self) -> dict[str, str]:
        """The environment by which programs find the proxy."""
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        return {**dict.fromkeys(names, _PROXY), "NO_PROXY": _DIRECT, "no_proxy": _DIRECT}

    def notes(self) -> Iterator[Event]:
        """What is to be told since the last call."""
        told, self._notes = self._notes, []
        for text in told:
            yield Event("note", {"text": text}, source="sandbox")

    def summary(self) -> Iterator[Event]:
        """At the end: what went to each host and came from it."""
        for host, (count, up, down) in sorted(self._traffic.copy().items()):
            text = f"Network: {host}: {up} bytes sent, {down} received, connections: {count}."
            data: dict[str, int | str] = {"host": host, "sent": up, "received": down}
            yield Event("note", {"text": text, **data}, source="sandbox")

    # --- in the proxy's thread ----------------------------------------------------------------
    def _serve(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._shut())
        finally:
            self._loop.close()

    async def _listen(self, started: threading.Event) -> None:
        folder = os.open(self._folder, os.O_DIRECTORY | os.O_CLOEXEC)
        try:  # by descriptor: a socket's path may have 107 bytes, a data folder's is often longer
            place = f"/proc/self/fd/{folder}/{_SOCKET}"
            self._server = await asyncio.start_unix_server(self._met, place, limit=_HEAD_BYTES)
        finally:
            os.close(folder)
        started.set()

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._asked += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._tunnel(reader, writer)
        except NotTls as refusal:
            self._tell(str(refusal))
        except (Refused, NotReached) as refusal:
            self._tell(str(refusal))
            await _answer(writer, str(refusal))
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # one side went away or said too much; the program inside sees a closed connection
        finally:
            self._open.discard(task)
            writer.close()

    async def _tunnel(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_S):
            host = self._allowed(await reader.readuntil(b"\r\n\r\n"))
            far_reader, far_writer = await self._connect(host)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            traffic = self._traffic.setdefault(host, [0, 0, 0])
            traffic[0] += 1
            first = await self._hello(reader, host)
            up = self._copy(reader, far_writer, traffic, 1, first)
            down = self._copy(far_reader, writer, traffic, 2)
            async with asyncio.TaskGroup() as both:
                both.create_task(up)
                both.create_task(down)
        except* OSError:
            pass
        finally:
            far_writer.close()

    def _allowed(self, head: bytes) -> str:
        """The host that a request asks a tunnel to; Refused with the reason otherwise."""
        if len(self._open) > _AT_ONCE or self._asked > _IN_ALL:
            raise Refused("Too many connections are asked for.")
        words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
        if len(words) != 3 or words[0] != "CONNECT":
            raise Refused("Only encrypted connections (https) leave the sandbox.")
        host, _, port = words[1].lower().rpartition(":")
        shown = host if is_named(host) else "a name that is none"
        if not any(_matches(host, pattern) for pattern in self._hosts):
            raise Refused(f"{shown} is not among the hosts of [sandbox] in .honk.toml.")
        if port != "443":
            raise Refused(f"Only port 443 of {shown} may be reached.")
        return host

    async def _hello(self, reader: asyncio.StreamReader, host: str) -> bytes:
        """The first bytes, when they are TLS for this very host and not another behind its name."""
        hello = Hello()
        async with asyncio.timeout(_HEAD_S):
            while not hello.is_whole:
                data = await reader.read(_CHUNK)
                if not data:
                    raise EOFError
                hello.feed(data)
        if hello.host.lower() != host:
            raise NotTls(f"A connection to {host} asked for another host inside and was closed.")
        return hello.data

    async def _copy(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter,
        traffic: list[int], place: int, first: bytes = b"",
    ) -> None:  # fmt: skip
        """Carry one direction to its end, counting at traffic[place]."""
        data = first
        while data or (data := await asyncio.wait_for(source.read(_CHUNK), _IDLE_S)):
            if place == 1:
                self._upload_left -= len(data)
                if self._upload_left < 0:
                    self._tell("More was sent than a run may send; its connections were closed.")
                    raise ConnectionAbortedError
            traffic[place] += len(data)
            target.write(data)
            await target.drain()
            data = b""
        with contextlib.suppress(OSError):
            target.write_eof()

    def _tell(self, text: str) -> None:
        if text not in self._told and len(self._told) < _NOTES:
            self._told.add(text)
            self._notes.append(f"Network: {text}")


def _matches(host: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return is_named(host) and host.endswith(pattern[1:]) and host != pattern[1:]
    return host == pattern and is_named(host)


async def _answer(writer: asyncio.StreamWriter, text: str) -> None:
    body = text.encode()
    head = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n"
    with contextlib.suppress(OSError):
        writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(body)
        await writer.drain()
