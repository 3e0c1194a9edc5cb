"""`make test`, `make bench` and `make soak`: what they need, then pytest in both modes."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time

from honkweb.setup.checks import install_node_packages
from honkweb.setup.environment import (
    ROOT,
    Refusal,
    apt_install,
    make_environment,
    need_bubblewrap,
    need_git,
    python,
    say,
    works,
)

NONE_CHOSEN = 5  # pytest's exit code
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def test(arguments: list[str]) -> int:
    """Run the whole suite, embedded and fleet; ARGS of make go to pytest."""
    _prepare()
    need_browser()
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        make_environment("requirements-claude.txt")  # 362 MB: elsewhere its tests are left out
        install_clis()
    started = time.monotonic()
    chosen = [*arguments, *shlex.split(os.environ.get("ARGS", ""))]
    codes = [_pytest(mode, chosen) for mode in ("embedded", "fleet")]
    say(f"Both modes took {time.monotonic() - started:.0f} s.")
    if chosen and codes.count(NONE_CHOSEN) == 1:  # a choice may hold tests of one mode only
        codes.remove(NONE_CHOSEN)
    return max(codes)


def bench(arguments: list[str]) -> int:
    """Print the table of measured ratios and write var/bench.json."""
    _prepare()
    if works("npm", "--version"):
        install_node_packages()  # holds a peer to measure against
    return subprocess.run([python(), "-m", "tests.bench", *arguments], check=False).returncode


def soak(arguments: list[str]) -> int:
    """Run the long counts and write var/soak.json."""
    _prepare()
    argv = [python(), "-m", "pytest", "-m", "soak", "-s", "--timeout", "0", *arguments]
    own = os.environ | {"HONK_TEST_SOAK": "1"}
    return subprocess.run(argv, env=own, check=False).returncode


def install_clis() -> None:
    """Other agents' programs, 500 MB, that tests run for real; elsewhere those are left out."""
    folder = ROOT / "tests" / "clis"
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".honk-lock"
    if stamp.exists() and stamp.read_text() == lock.read_text():
        return
    say("Installing the agents' programs of tests/clis ...")
    install = ["npm", "ci", "--ignore-scripts", "--loglevel", "error"]
    if subprocess.run(install, cwd=folder, check=False).returncode:
        raise Refusal("npm ci in tests/clis failed (its reason is above): mend that first.")
    stamp.write_text(lock.read_text())


def need_browser() -> None:
    """Debian's Chromium as root, else what is there, told plainly."""
    if any(shutil.which(name) for name in BROWSERS):
        return
    if apt_install("chromium"):
        return
    say("No Chromium on the PATH and apt may not be used here: trying Playwright's own.")
    install = [python(), "-m", "playwright", "install", "chromium"]
    if subprocess.run(install, check=False).returncode:
        raise Refusal(
            "The browser tests need Chromium: install it (Debian: sudo apt install chromium) and "
            "run make test again."
        )


def _prepare() -> None:
    need_git()
    make_environment("requirements-dev.txt")
    need_bubblewrap()


def _pytest(mode: str, arguments: list[str]) -> int:
    workers = os.environ.get("HONK_TEST_WORKERS", "2")
    spread = [] if workers == "0" else ["-n", workers, "--dist", "loadgroup"]
    say(f"--- tests, {mode} mode")
    own = os.environ | {"HONK_TEST_MODE": mode}
    argv = [python(), "-m", "pytest", "-q", *spread, *arguments]
    return subprocess.run(argv, env=own, check=False).returncode
