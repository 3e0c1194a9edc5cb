"""`make check`: every tool runs, each says one line, and those that fail say why."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from honkweb.setup.environment import (
    ROOT,
    VENV,
    Refusal,
    apt_install,
    make_environment,
    need_git,
    python,
    say,
    works,
)

# The owner's settings must not decide what a check says.
LEAKS = ("HONK_", "DATABASE_", "REDIS_", "DJANGO_", "ANTHROPIC_", "PORT")
PACKAGES = ["honkweb", "reviews", "agents"]


@dataclass(frozen=True)
class Tool:
    """A check: what it looks at, and how it is started."""

    name: str
    argv: list[str]


def check(arguments: list[str]) -> int:
    """Run all checks, or those whose name holds one of the arguments."""
    need_git()
    make_environment("requirements-dev.txt")
    tools = [*_python_tools(), *_node_tools()]
    chosen = [t for t in tools if not arguments or any(word in t.name for word in arguments)]
    with tempfile.TemporaryDirectory(prefix="honk-check-") as data, ThreadPoolExecutor(2) as pool:
        failed = sum(pool.map(lambda tool: _run(tool, data), chosen))
    say(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _run(tool: Tool, data: str) -> int:
    own = {name: value for name, value in os.environ.items() if not name.startswith(LEAKS)}
    own |= {"HONK_DATA": data, "NO_COLOR": "1"}
    started = time.monotonic()
    done = subprocess.run(
        tool.argv,
        cwd=ROOT,
        env=own,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    took = f"{time.monotonic() - started:.1f} s"
    if done.returncode == 0:
        say(f"ok    {tool.name} ({took})")
        return 0
    say(f"FAIL  {tool.name} ({took})\n{done.stdout.rstrip()}\n")
    return 1


def _python_tools() -> list[Tool]:
    at = VENV / "bin"
    templates = _tracked("templates/*.html")
    return [
        Tool("mypy: types", [str(at / "mypy"), *PACKAGES]),
        Tool("ruff: format", [str(at / "ruff"), "format", "--check", "."]),
        Tool("ruff: lint", [str(at / "ruff"), "check", "."]),
        Tool("import-linter: which way imports go", [str(at / "lint-imports")]),
        Tool("architecture", [python(), "-m", "pytest", "-q", "tests/test_architecture.py"]),
        Tool("migrations", [python(), "manage.py", "makemigrations", "--check", "--dry-run"]),
        Tool("django: system and deployment checks", [python(), "-m", "honkweb.setup.deploy"]),
        *(
            [
                Tool("djade: template format", [str(at / "djade"), "--check", *templates]),
                Tool(
                    "djlint: template lint", [str(at / "djlint"), "--lint", "--quiet", *templates]
                ),
            ]
            if templates
            else []
        ),
    ]


def _node_tools() -> list[Tool]:
    names = "Biome, TypeScript's checkJs and stylelint"
    is_ci = os.environ.get("CI", "").lower() in ("1", "true")
    if not works("npm", "--version") and not (is_ci and apt_install("nodejs", "npm")):
        if is_ci:
            raise Refusal(f"npm is missing, and CI requires {names}: install nodejs and npm.")
        say(f"left out, for want of node and npm: {names}")
        return []
    install_node_packages()
    at = ROOT / "node_modules" / ".bin"
    return [
        Tool("biome: scripts", [str(at / "biome"), "ci", "--colors=off"]),
        Tool("tsc: types of scripts", [str(at / "tsc"), "-p", "tsconfig.json"]),
        Tool("stylelint: stylesheets", [str(at / "stylelint"), "static/css/**/*.css"]),
    ]


def install_node_packages() -> None:
    """What package-lock.json pins, unless it is there already; without its scripts."""
    lock = (ROOT / "package-lock.json").read_text()
    stamp = ROOT / "node_modules" / ".honk-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    say("Installing the node tools of package-lock.json ...")
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    if subprocess.run(install, cwd=ROOT, check=False).returncode:
        raise Refusal("npm ci failed (its reason is above): mend that and run make check again.")
    stamp.write_text(lock)


def _tracked(pattern: str) -> list[str]:
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", pattern]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]
