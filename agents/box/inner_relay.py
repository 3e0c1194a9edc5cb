"""Runs inside the sandbox, as a script of its own: carries TCP connections to Unix sockets.

Its one argument holds a line `PORT:PATH` for each relay. It listens on 127.0.0.1, then leaves a
child behind and ends, so that whoever waits for it knows that connections are taken from now on.
The child dies with the namespace. It imports little, for it is started before every program that
needs it; `agents.box.launch` hands its text in.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys

_CHUNK = 64 * 1024
_MOST = 500  # connections at once; what comes on top is closed
_CONNECT_TIME = struct.pack("ll", 5, 0)  # seconds and microseconds


class Way:
    """One direction of a connection: what was read and not yet written."""

    def __init__(self, source: socket.socket, target: socket.socket) -> None:
        self.source = source
        self.target = target
        self.pending = b""
        self.has_ended = False

    @property
    def is_done(self) -> bool:
        """Whether all of it has arrived."""
        return self.has_ended and not self.pending

    def read(self) -> None:
        """Take what came in and pass it on; OSError when one side is gone."""
        if self.pending or self.has_ended:
            return
        try:
            self.pending = self.source.recv(_CHUNK)
        except BlockingIOError:
            return
        self.has_ended = not self.pending
        self.write()

    def write(self) -> None:
        """Pass on as much as the other side takes; its end too, so that half-closing works."""
        if self.pending:
            try:
                self.pending = self.pending[self.target.send(self.pending) :]
            except BlockingIOError:
                return
        if self.is_done:
            self.target.shutdown(socket.SHUT_WR)


class Relay:
    """All listeners and connections, turned by one loop."""

    def __init__(self, listeners: dict[socket.socket, str]) -> None:
        self._paths = {each.fileno(): (each, path) for each, path in listeners.items()}
        self._ways: dict[int, tuple[Way, Way]] = {}  # socket to (from it, to it)
        self._poll = select.epoll()
        self._interest: dict[int, int] = {}
        for fd in self._paths:
            self._poll.register(fd, select.EPOLLIN)

    def turn(self) -> None:
        """Wait for something and deal with it."""
        for fd, event in self._poll.poll():
            if fd in self._paths:
                self._accept(*self._paths[fd])
            elif fd in self._ways:
                self._move(*self._ways[fd], event)

    def _accept(self, listener: socket.socket, path: str) -> None:
        try:
            near = listener.accept()[0]
        except OSError:
            return
        far = socket.socket(socket.AF_UNIX)
        try:
            # A socket with a timeout of Python's would not wait for a listener whose queue is full.
            far.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _CONNECT_TIME)
            far.connect(path)
        except OSError:
            far.close()
        if far.fileno() < 0 or len(self._ways) >= 2 * _MOST:
            far.close()
            near.close()
            return
        there, back = Way(near, far), Way(far, near)
        for each in (near, far):
            each.setblocking(False)
        self._ways[near.fileno()] = (there, back)
        self._ways[far.fileno()] = (back, there)
        self._watch(there, back)

    def _move(self, out: Way, back: Way, event: int) -> None:
        try:
            if event & select.EPOLLOUT:
                back.write()
            if event & ~select.EPOLLOUT:
                out.read()
        except OSError:
            self._close(out, back)
            return
        if out.is_done and back.is_done:
            self._close(out, back)
        else:
            self._watch(out, back)

    def _watch(self, out: Way, back: Way) -> None:
        """Wait for just what can go on; a side that hung up would wake us for ever otherwise."""
        for way, other in ((out, back), (back, out)):
            wanted = 0 if way.pending or way.has_ended else select.EPOLLIN
            wanted |= select.EPOLLOUT if other.pending else 0
            fd = way.source.fileno()
            had = self._interest.pop(fd, 0)
            if wanted and had:
                self._poll.modify(fd, wanted)
            elif wanted:
                self._poll.register(fd, wanted)
            elif had:
                self._poll.unregister(fd)
            if wanted:
                self._interest[fd] = wanted

    def _close(self, out: Way, back: Way) -> None:
        for each in (out.source, back.source):
            fd = each.fileno()
            if self._interest.pop(fd, 0):
                self._poll.unregister(fd)
            self._ways.pop(fd, None)
            each.close()


def main(told: str) -> None:
    """Listen, leave a child behind, end."""
    listeners = {}
    for line in told.splitlines():
        port, _, path = line.partition(":")
        listeners[socket.create_server(("127.0.0.1", int(port)), backlog=128)] = path
    for each in listeners:
        each.setblocking(False)
    if os.fork():
        os._exit(0)
    os.setsid()  # what asks the program to end does not mean us
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)  # its reader would wait for us else
    relay = Relay(listeners)
    while True:
        relay.turn()


if __name__ == "__main__":
    main(sys.argv[1])
