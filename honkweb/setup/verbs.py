"""The verbs of the Makefile: run, test, check, bench, soak."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

from honkweb.setup import checks, testing
from honkweb.setup.environment import (
    ROOT,
    Refusal,
    make_environment,
    need_bubblewrap,
    need_git,
    python,
    say,
)
from honkweb.setup.port import need_free_port


def run_verb(argv: list[str]) -> int:
    """Carry out one verb; a refusal is told in its one sentence."""
    verbs: dict[str, Callable[[list[str]], int]] = {
        "run": run,
        "test": testing.test,
        "check": checks.check,
        "bench": testing.bench,
        "soak": testing.soak,
    }
    if not argv or argv[0] not in verbs:
        say(f"Say what to do: {', '.join(verbs)}.")
        return 2
    os.chdir(ROOT)
    try:
        return verbs[argv[0]](argv[1:])
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """Set everything up, then become `manage.py up`."""
    need_git()
    need_free_port(os.environ.get("HONK_HOST", "127.0.0.1"), os.environ.get("PORT", "8000"))
    make_environment("requirements.txt")
    need_bubblewrap()
    for command in (["migrate", "--verbosity", "0"], ["prepare"]):
        done = subprocess.run([python(), "manage.py", *command], check=False)
        if done.returncode:
            raise Refusal(f"`manage.py {command[0]}` failed; its reason is above.")
    sys.stdout.flush()
    # An interactive shell's job control leaves SIGINT alone, a background one ignores it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.execv(python(), [python(), "manage.py", "up", *arguments])  # noqa: S606 - no shell meant
