"""Ties a process to its parent: when the parent dies, by whatever death, the kernel kills it.

Also a program: `python leash.py PARENT_PID PROGRAM ARGUMENT...` becomes PROGRAM on a leash of the
process PARENT_PID. It is started so, without imports of ours, since code run between fork and
exec in a process with threads may hang.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int | None = None) -> None:
    """Be killed when the parent dies; at once if it has. parent: its pid, when known."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.getppid() if parent is None else parent
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != before:
        os.kill(os.getpid(), signal.SIGKILL)


def leashed(argv: list[str]) -> list[str]:
    """`argv` as a command line that this very process can start on a leash."""
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid()), *argv]


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming another program is its purpose
