"""Ports of the sandbox's own loopback that lead to Unix sockets: how the relay is started inside.

A program of ours (`inner_relay`) listens beside the agent's program; it is started first and dies
with the namespace. It gets no right and no word that the program inside may not have.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from agents.box.view import View
from agents.errors import CannotRun

PLACE = "/etc/relay.py"
# Arguments: interpreter, relays, then the program's own words.
_INIT = f'"$1" -I -S {PLACE} "$2" </dev/null || exit 125; shift 2; "$@"; exit $?'
_PLAIN = ("/bin/sh", "-c", '"$@"; exit $?', "init")


def files(seen: View) -> dict[str, str]:
    """Places inside and their texts, for programs that need relays; else nothing."""
    return {PLACE: _text()} if seen.attached.relays else {}


def init(seen: View) -> tuple[str, ...]:
    """What goes before the program's words: the namespace's first process, which waits for it."""
    if not seen.attached.relays:
        return _PLAIN
    return ("/bin/sh", "-c", _INIT, "init", _interpreter(), _told(seen))


def _told(seen: View) -> str:
    """The relay's argument; CannotRun for what cannot work inside."""
    if seen.network:
        raise CannotRun(
            "A program with the host's network can have no relay: its port would be the host's."
        )
    for port, path in seen.attached.relays:
        if not 1024 <= port <= 65535 or not path.startswith("/") or "\n" in path:
            raise CannotRun(f"Port {port} of the sandbox cannot be led to {path[:200]!r}.")
    return "\n".join(f"{port}:{path}" for port, path in seen.attached.relays)


def _interpreter() -> str:
    """Our Python by its place inside: below the base prefix, which every sandbox shows."""
    return str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")


@cache
def _text() -> str:
    return Path(__file__).with_name("inner_relay.py").read_text()
