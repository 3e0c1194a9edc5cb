"""Starts one program in bubblewrap and holds the first process of its namespace.

A launch goes through three programs that each become the next: a shell that joins the control
groups and sets resource limits, bwrap that makes the namespaces, and inside a shell as process 1
that waits for the program and reaps what it leaves. bwrap gets no environment and reads its
arguments from a descriptor, so neither /proc/1 nor `ps` on the host shows anything.
"""

from __future__ import annotations

import os
import platform
import re
import select
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from agents import process
from agents.box import cgroup, relays, view
from agents.box.view import View
from agents.errors import CannotRun, PlatformFault
from agents.job import Limits
from agents.memory_file import sealed
from agents.proc import Held
from agents.process import Process
from agents.text import decode

_OPEN_FILES = 8192
_START_S = 20
# Arguments: size of the largest file in blocks of 512 bytes, group files to join, --, argv.
_LAUNCH = (
    f'ulimit -c 0; ulimit -n {_OPEN_FILES} 2>/dev/null; ulimit -f "$1"; shift; '
    'while [ "$1" != -- ]; do echo 0 > "$1" || exit 125; shift; done; shift; exec "$@"'
)
_ISOLATION = (
    "--unshare-all", "--unshare-user", "--disable-userns", "--uid", view.UID, "--gid", view.UID,
    "--hostname", "sandbox", "--cap-drop", "ALL", "--new-session", "--die-with-parent",
    "--as-pid-1",
)  # fmt: skip


class Started:
    """A tree inside bwrap: outside bwrap itself, inside the first process of the namespace."""

    def __init__(self, group: cgroup.Group) -> None:
        self.group = group
        self.first: Held | None = None
        self.process: Process

    def end(self) -> None:
        """End the namespace; its first process ends only when all others in it are gone."""
        if self.first is not None:
            self.first.kill()
            self.first.has_ended(10)
            self.first.close()
        self.group.kill()
        if self.group.was_out_of_memory() and not self.process.ended_for:
            self.process.ended_for = "The kernel ended something in it for want of memory."
        self.group.remove()


def launch(seen: View, settings: Sequence[str], argv: list[str], stdin: bytes) -> Started:
    """Start argv in what `seen` shows; PlatformFault when bwrap cannot make it.

    settings: bwrap's arguments for the environment.
    """
    group = cgroup.make(memory_bytes=seen.limits.memory_bytes, processes=seen.limits.processes)
    started = Started(group)
    told, tell = os.pipe2(os.O_CLOEXEC)
    try:
        with _descriptors(seen, settings, tell) as (arguments, passed):
            words = [*relays.init(seen), *_own_limit(seen), *argv]
            command = [_bwrap(), "--args", str(arguments), "--", *words]
            started.process = process.start(
                limited(command, seen.limits, group), env={}, stdin=stdin,
                cwd=Path("/"), pass_fds=passed, end_rest=started.end,
                keeps_input=seen.attached.keeps_input,
            )  # fmt: skip
        os.close(tell)
        tell = -1
        first = _first_pid(told)
    finally:
        os.close(told)
        if tell >= 0:
            os.close(tell)
            group.remove()
    if first is None:
        raise _not_started(started.process)
    with suppress(ProcessLookupError):  # a quick program has ended by now, and its namespace too
        started.first = Held(first)
        started.process.interrupt_group = first
    return started


@contextmanager
def _descriptors(
    seen: View, settings: Sequence[str], tell: int
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The descriptor that holds bwrap's arguments, and all that it is to inherit."""
    files = {
        "/etc/passwd": view.PASSWD,
        "/etc/group": view.GROUP,
        "/etc/nsswitch.conf": view.NSSWITCH,
        **relays.files(seen),
    }
    if not seen.network:
        files["/etc/hosts"] = view.HOSTS
    held = {place: sealed(text.encode()) for place, text in files.items()}
    try:
        words = [*_ISOLATION, *(["--share-net"] if seen.network else []), "--info-fd", str(tell)]
        words += [w for place, fd in held.items() for w in ("--ro-bind-data", str(fd), place)]
        words += [*seen.mounts(), *settings]
        held["arguments"] = sealed("\0".join(words).encode("utf-8", "surrogateescape"))
        yield held["arguments"], (*held.values(), tell)
    finally:
        for fd in held.values():
            os.close(fd)


def limited(command: Sequence[str], limits: Limits, group: cgroup.Group) -> list[str]:
    """command, started in the groups and with limits of file sizes, open files and core dumps."""
    blocks = str(max(1, limits.disk_bytes // 512))
    return ["/bin/sh", "-c", _LAUNCH, "honk", blocks, *group.doors(), "--", *command]


def _own_limit(seen: View) -> list[str]:
    """A limit of processes that counts inside this namespace only, as kernels from 5.14 on do.

    It does nothing for root, whom control groups or the watcher bound.
    """
    release = re.match(r"(\d+)\.(\d+)", platform.release())
    is_new = release is not None and (int(release[1]), int(release[2])) >= (5, 14)
    if os.geteuid() == 0 or not is_new or not Path("/usr/bin/prlimit").exists():
        return []
    return ["/usr/bin/prlimit", f"--nproc={seen.limits.processes}", "--"]


def _first_pid(told: int) -> int | None:
    """Pid of the new namespace's first process, as bwrap tells it; None when bwrap failed."""
    said = b""
    deadline = time.monotonic() + _START_S
    while b"}" not in said:
        ready, _, _ = select.select([told], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(told, 4096) if ready else b""
        if not chunk:
            return None
        said += chunk
    found = re.search(rb'"child-pid": *(\d+)', said)
    return int(found[1]) if found else None


def _not_started(failed: Process) -> PlatformFault:
    said = failed.read(2) or b""
    failed.kill()
    first = decode(said).strip().partition("\n")[0]
    if first.startswith("bwrap: ") and len(first) < 200:
        return PlatformFault(f"The sandbox could not be made: {first.removeprefix('bwrap: ')}")
    return PlatformFault("The sandbox could not be made; try again.")


def checked_words(argv: Sequence[str]) -> list[str]:
    """argv as a list, when it can be executed at all; CannotRun otherwise."""
    words = list(argv)
    if not words or any("\0" in word for word in words):
        raise CannotRun("A command is at least one word, and no word holds NUL.")
    return words


def _bwrap() -> str:
    return shutil.which("bwrap") or "bwrap"
