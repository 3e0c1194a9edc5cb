"""Pipes to and from a running program: which are ready, and an input that is kept open."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import IO

_PATIENCE_S = 10.0  # a program that reads nothing for so long takes no more


def is_ready(timeout: float, *fds: int) -> bool:
    """Whether one of fds can be read or has ended; waits at most `timeout` seconds."""
    waiter = select.poll()
    for fd in fds:
        waiter.register(fd, select.POLLIN)
    return bool(waiter.poll(max(0.0, timeout) * 1000))


class InputPipe:
    """Its writing end; thread-safe. None is an input that was not kept open."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)

    def write(self, data: bytes) -> bool:
        """Write all of data; False when the other end is gone or does not read it."""
        with self._lock:
            deadline = time.monotonic() + _PATIENCE_S
            while data and self._pipe is not None:
                taken = self._offer(data, deadline - time.monotonic())
                if taken is None:
                    return False
                data = data[taken:]
            return not data

    def _offer(self, data: bytes, timeout: float) -> int | None:
        """How many bytes the pipe took in `timeout` s; None when it takes no more."""
        assert self._pipe is not None
        waiter = select.poll()
        waiter.register(self._pipe.fileno(), select.POLLOUT)
        ready = waiter.poll(max(0.0, timeout) * 1000)
        if not ready or ready[0][1] & select.POLLERR:
            return None
        try:
            return os.write(self._pipe.fileno(), data)
        except OSError:
            return None

    def close(self) -> None:
        """Let the program see the end of its input."""
        with self._lock:
            pipe, self._pipe = self._pipe, None
            if pipe is not None:
                pipe.close()
