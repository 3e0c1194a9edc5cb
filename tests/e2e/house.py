"""A whole installation for a test: the real commands, the real `manage.py up`, a folder of its own.

Its processes are known by a mark in their environment and, inside the sandbox, whose environment
is empty, by being descendants or by holding the data folder open.
"""

from __future__ import annotations

import itertools
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import httpx

from tests import installation, modes
from tests.e2e import repos
from tests.e2e.api import Api
from tests.e2e.repos import Origin
from tests.installation import MANAGE, ROOT, free_port, oldest_first, wait_for

FAST = {
    "HONK_UNDO_SECONDS": "1",
    "HONK_LEASE_SECONDS": "6",
    "HONK_GRACE_SECONDS": "1",
    "HONK_AGENTS": "2",
}
_numbers = itertools.count(1)
_houses = itertools.count()


def _own_broker() -> dict[str, str]:
    """In the fleet mode a Redis database that no other house of this run listens on."""
    if not modes.IS_FLEET:
        return {}
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 2
    return {"REDIS_URL": f"{modes.REDIS}/{4 + 6 * worker + next(_houses) % 6}"}


class House:
    """One installation under `folder`; `start` and `end` may be repeated."""

    def __init__(
        self, folder: Path, database: str = "", settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = f"http://localhost:{self.port}"
        self.mark = f"{os.getpid()}-{secrets.token_hex(6)}"
        self.output = folder / "up.out"
        self._token = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **modes.clean_environment(),
            **modes.mode_environment(self.data, database),
            **_own_broker(),
            **FAST,
            "PORT": str(self.port),
            "HONK_TEST_MARK": self.mark,
            "HONK_REPOSITORIES": str(folder),
            **(settings or {}),
        }

    # --- commands -----------------------------------------------------------------------------
    def manage(self, *words: str, expect: int = 0, **more: str) -> str:
        """What a command prints on its standard output."""
        return installation.manage({**self.environment, **more}, *words, expect=expect)

    def set_up(self) -> House:
        """Migrated, with an administrator who has a password."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._token = installation.with_administrator(self.environment)
        return self

    def token(self, username: str) -> str:
        return self.manage("create_token", username).strip()

    @cached_property
    def admin(self) -> Api:
        """The administrator's API."""
        return Api(self.base, self._token)

    # --- processes ----------------------------------------------------------------------------
    def start(self) -> House:
        """`manage.py up`, until it is ready."""
        with self.output.open("ab") as file:
            self.process = subprocess.Popen(
                [*MANAGE, "up"], env=self.environment, stdout=file, stderr=file,
                start_new_session=True,
            )  # fmt: skip
        self.wait_ready()
        return self

    def wait_ready(self, seconds: float = 60) -> None:
        wait_for(lambda: self.readyz() == 200, self.said, seconds)

    def readyz(self) -> int:
        try:
            return httpx.get(f"{self.base}/readyz", timeout=5, trust_env=False).status_code
        except httpx.TransportError:
            return 0

    def said(self) -> str:
        """What `up` has printed so far."""
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def processes(self) -> dict[int, str]:
        """Living processes of this house: pid to command line."""
        return {pid: line for pid, line in _all_processes() if self._is_ours(pid, line)}

    def _is_ours(self, pid: int, line: str) -> bool:
        """By the mark, by a path of ours, or by working in a folder of ours (also when sandboxed)."""
        own = str(self.folder)
        if own in line or f"HONK_TEST_MARK={self.mark}" in _read(pid, "environ").split("\0"):
            return True
        return any(own in place for place in (_link(pid, "cwd"), _read(pid, "mountinfo")))

    def find(self, *words: str) -> list[int]:
        """Processes whose command line has all the words, oldest first."""
        found = (pid for pid, line in self.processes().items() if all(w in line for w in words))
        return oldest_first(found)

    def kill(self, *words: str) -> None:
        """kill -9 the oldest process with the words."""
        os.kill(self.find(*words)[0], signal.SIGKILL)

    def wait_gone(self, seconds: float = 15) -> None:
        """Until no process of this house is left."""
        wait_for(lambda: not self.processes(), lambda: str(self.processes()), seconds)

    def end(self) -> None:
        """Tell `up` to end, by its pid; whatever is left of ours is killed and was a fault."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        left = self.processes()
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        assert not left, f"left after the end: {left}"

    # --- repositories and people --------------------------------------------------------------
    def origin(
        self, files: Mapping[str, str] | None = None, *, bare: bool = True, policy: str = ""
    ) -> tuple[str, Origin]:
        """A new repository that Honkweb knows: its name there, and where it is."""
        name = f"repo{next(_numbers)}"
        made = repos.origin(self.folder / name, files, bare=bare, policy=policy)
        self.page.post("/repositories/", {"name": name, "origin": str(made.place)})
        return name, made

    @cached_property
    def page(self) -> Page:
        """The administrator's browser, as far as forms go."""
        return Page(self, "admin")

    def invite(self, username: str, **roles: str) -> Api:
        """A new person with roles (repository to role), through the page; their API."""
        self.page.post("/people/invite/", {"username": username, "full_name": username.title()})
        for repository, role in roles.items():
            self.give_role(username, repository, role)
        return Api(self.base, self.token(username))

    def give_role(self, username: str, repository: str, role: str) -> None:
        """By the People page, whose forms tell the numbers."""
        html = self.page.client.get("/people/").text
        chosen = re.search(rf'<option value="(\d+)"[^>]*>{repository}</option>', html)
        person = re.search(rf'class="faint">{username}<.*?/people/(\d+)/role/', html, re.DOTALL)
        assert chosen, f"no repository {repository} on the page"
        assert person, f"no person {username} on the page"
        self.page.post(f"/people/{person[1]}/role/", {"repository": chosen[1], "role": role})


class Fleet(House):
    """Web and workers as on machines of their own: each with its own data folder and session."""

    def __init__(self, folder: Path, database: str) -> None:
        super().__init__(folder, database, {"HONK_SECRET_KEY": secrets.token_urlsafe(48)})
        self.machines: list[subprocess.Popen[bytes]] = []

    def start(self) -> Fleet:
        """Web, two workers of agents and one of the rest, until all are seen."""
        web = ["-m", "uvicorn", "honkweb.asgi:application", "--port", str(self.port)]
        self._start("web", [sys.executable, *web, "--log-level", "warning"])
        for name, queue in (("agents1", "agent"), ("agents2", "agent"), ("work", "work")):
            self._start(name, [*MANAGE, "worker", queue])
        self.wait_ready()
        return self

    def _start(self, name: str, command: list[str]) -> None:
        own = {**self.environment, "HONK_DATA": str(self.folder / name)}
        with self.output.open("ab") as file:
            self.machines.append(
                subprocess.Popen(
                    command, env=own, stdout=file, stderr=file, cwd=ROOT, start_new_session=True
                )
            )

    def end(self) -> None:
        """Tell each to end."""
        for machine in self.machines:
            machine.terminate()
        for machine in self.machines:
            machine.wait(timeout=60)
        super().end()


class Page:
    """A signed-in person that fills forms without a browser."""

    def __init__(self, house: House, username: str) -> None:
        self.house = house
        self.client = httpx.Client(
            base_url=house.base, timeout=30, trust_env=False, follow_redirects=True
        )
        link = house.manage("sign_in_link", username).strip().replace(house.url, house.base)
        self.post(link, {})

    def post(self, path: str, form: Mapping[str, str], expect: int = 200) -> httpx.Response:
        """Send a form with the page's own token against forgery."""
        if "csrftoken" not in self.client.cookies:
            self.client.get(path if path.startswith("http") else "/accounts/login/")
        token = self.client.cookies["csrftoken"]
        answer = self.client.post(path, data={**form, "csrfmiddlewaretoken": token})
        assert answer.status_code == expect, f"{path}: {answer.status_code}\n{answer.text[:3000]}"
        return answer


def _all_processes() -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        line = _read(int(folder.name), "cmdline").replace("\0", " ")
        if line and int(folder.name) != os.getpid():
            found.append((int(folder.name), line))
    return found


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        return ""
