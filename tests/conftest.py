"""What every test stands on: an environment of its own, databases on file, the two modes.

The environment is laid before Django reads its settings: a temporary HONK_DATA, no keys, no
server of the machine's owner. In the embedded mode the test database is a SQLite file in that
folder; in the fleet mode (`HONK_TEST_MODE=fleet`) a PostgreSQL one that pytest-django makes and
drops.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.runners import claude_binary
from tests import modes

if "honkweb.settings" in sys.modules:
    raise RuntimeError("Unset DJANGO_SETTINGS_MODULE: the suite lays its own settings.")

# A job in the background is born with these ignored, and would hand that on to every program.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        _usual = signal.default_int_handler if _number == signal.SIGINT else signal.SIG_DFL
        signal.signal(_number, _usual)

DATA = Path(tempfile.mkdtemp(prefix="honk-tests-"))
_kept = modes.clean_environment()
os.environ.clear()
os.environ.update(_kept)
os.environ.update(modes.mode_environment(DATA, f"honk_{os.getpid()}"))
os.environ["DJANGO_SETTINGS_MODULE"] = "honkweb.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the tests' thread

import django  # noqa: E402  (the environment above comes first)

django.setup()
del os.environ["DJANGO_SETTINGS_MODULE"]  # or an xdist worker reads settings before this file

DATABASE_FIXTURES = {"db", "transactional_db", "live_environment"}
TOGETHER = ("tests/browser/", "tests/e2e/", "tests/soak/")  # share an installation
BY_FILE = ("tests/live/", "tests/setup/")  # the tests of a file share a server
LEFT_OUT = pytest.StashKey[str]()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a folder's tests on one worker where they share an installation, the rest anywhere.

    (Groups by xdist's own marker need a pytest that lets plug-ins rename tests.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByHouse(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(BY_FILE):
                return nodeid.partition("::")[0]
            return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)

    return ByHouse(config, log)


def pytest_unconfigure() -> None:
    """Remove the data folder of this process, and a database that a thread still held."""
    shutil.rmtree(DATA, ignore_errors=True)
    modes.drop_left_behind(f"test_honk_{os.getpid()}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what belongs to the mode, and count what is left out."""
    mine = [item for item in items if _belongs(item)]
    if modes.IS_FLEET and (missing := modes.unreachable_servers()):
        sentence = f"{len(mine)} tests of the fleet mode left out: no {', no '.join(missing)}"
        if modes.IS_CI:
            pytest.exit(f"{sentence}; CI requires them", returncode=1)
        config.stash[LEFT_OUT] = sentence
        mine = []
    mine = _without_claude(config, mine)
    mine = _without_clis(config, mine)
    kept = {id(item) for item in mine}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    items[:] = mine


def _without_claude(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """items that can run here: without the real Claude Code its tests are left out, told so."""
    theirs = [item for item in items if item.get_closest_marker("claude_code")]
    if not theirs or claude_binary.find():
        return items
    return _left_out(config, items, theirs, "no Claude Code (requirements-claude.txt)")


def _without_clis(config: pytest.Config, items: list[pytest.Item]) -> list[pytest.Item]:
    """The same for the programs of other agents."""
    theirs = [item for item in items if item.get_closest_marker("clis")]
    if not theirs or modes.has_clis():
        return items
    mend = "no agents' programs (npm ci --ignore-scripts --prefix tests/clis)"
    return _left_out(config, items, theirs, mend)


def _left_out(
    config: pytest.Config, items: list[pytest.Item], theirs: list[pytest.Item], why: str
) -> list[pytest.Item]:
    sentence = f"{len(theirs)} tests left out: {why}"
    if modes.IS_CI:
        pytest.exit(f"{sentence}; CI requires them", returncode=1)
    config.stash[LEFT_OUT] = "; ".join(filter(None, [config.stash.get(LEFT_OUT, ""), sentence]))
    return [item for item in items if item not in theirs]


def _belongs(item: pytest.Item) -> bool:
    """Whether a test runs in this mode: in the fleet mode, those that touch the database."""
    if (item.get_closest_marker("soak") is not None) != modes.IS_SOAK:
        return False
    if not modes.IS_FLEET:
        return item.get_closest_marker("fleet_only") is None
    if item.get_closest_marker("embedded_only"):
        return False
    if item.get_closest_marker("fleet") or item.get_closest_marker("fleet_only"):
        return True
    if "browser" in item.path.parts:  # slow, and the same pages: the chosen ones carry `fleet`
        return False
    asked = DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return bool(asked) or item.get_closest_marker("django_db") is not None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out, and under CI name each skip."""
    if sentence := terminalreporter.config.stash.get(LEFT_OUT, ""):
        terminalreporter.write_line(sentence)
    if modes.IS_CI and terminalreporter.stats.get("skipped"):
        terminalreporter.write_line("CI=true: nothing may be skipped, see above", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a CI run that skipped; pass a run whose every test was left out with a sentence."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        modes.IS_CI
        and reporter
        and (reporter.stats.get("skipped") or reporter.stats.get("xfailed"))
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    nothing = exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
    if nothing and LEFT_OUT in session.config.stash:
        session.exitstatus = pytest.ExitCode.OK


@pytest.fixture
def live_environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment for a server process of the test's own: empty data folder, empty database."""
    with modes.database() as name:
        yield modes.clean_environment() | modes.mode_environment(tmp_path / "data", name)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium, or an empty string for the one that Playwright brought."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return ""
