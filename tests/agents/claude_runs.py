"""Whole runs of the real Claude Code in real bubblewrap, its model played on the loopback.

Run as a module it makes the recordings anew: python -m tests.agents.claude_runs
"""

from __future__ import annotations

import itertools
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents import engine
from agents.control import Mailbox
from agents.job import Attached, Check, Job
from agents.ports import Process, Sandbox
from agents.runners.claude_code import ClaudeCodeRunner
from agents.runners.claude_lines import Lines
from agents.sandbox import Bubblewrap
from tests.agents import factories
from tests.doubles.messages_api import MessagesApi, Turn

KEY = "sk-ant-real-key-of-the-server"
RECORDINGS = Path(__file__).parent / "recordings"


def numbered(turns: Sequence[Turn]) -> list[Turn]:
    """turns with ids of messages and calls that differ, as a real service gives them."""
    return [
        replace(
            turn,
            body=turn.body.replace(b'"msg_1"', b'"msg_%d"' % n).replace(
                b'"toolu_', b'"toolu_%d_' % n
            ),
        )
        for n, turn in enumerate(turns, 1)
    ]


class Tap:
    """A sandbox that keeps what the program with an open input says, and how it was started.

    variables: added to its environment. sandbox: bubblewrap unless another is given.
    """

    def __init__(
        self, variables: Mapping[str, str] | None = None, sandbox: Sandbox | None = None
    ) -> None:
        self._sandbox = sandbox or Bubblewrap()
        self.label = self._sandbox.label
        self.said = b""
        self.environments: list[Mapping[str, str]] = []
        self.argvs: list[Sequence[str]] = []
        self._variables = dict(variables or {})

    def start(
        self,
        argv: Sequence[str],
        *given: Any,
        attached: Attached | None = None,
        environment: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Process:
        """As Bubblewrap."""
        env = {**(environment or {}), **self._variables}
        self.argvs.append(argv)
        self.environments.append(env)
        started = self._sandbox.start(argv, *given, attached=attached, environment=env, **more)
        return _Tapped(started, self) if attached and attached.keeps_input else started


class _Tapped:
    def __init__(self, process: Process, tap: Tap) -> None:
        self._process, self._tap = process, tap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._process, name)

    def read(self, timeout: float) -> bytes | None:
        data = self._process.read(timeout)
        self._tap.said += data or b""
        return data


@dataclass
class Done:
    """A finished run: its values, what the model was asked, the sandbox, what people handed in."""

    values: list[engine.Value]
    requests: list[dict[str, Any]]
    headers: list[dict[str, str]]
    tap: Tap

    @property
    def outcome(self) -> engine.Outcome:
        return factories.outcome(self.values)


def job_in(root: Path, **fields: Any) -> Job:
    """A job in a plain folder."""
    root.mkdir(exist_ok=True)
    return replace(factories.job(root), **fields)


def run(
    job: Job,
    turns: Sequence[Turn],
    *,
    tap: Tap | None = None,
    mailbox: Mailbox | None = None,
    on: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Done:
    """Run it to its end. on: kind of event to what is called with the mailbox and its first one."""
    tap, mailbox, todo = tap or Tap(), mailbox or Mailbox(), dict(on or {})
    values = []
    with MessagesApi(numbered(turns)) as api:
        runner = ClaudeCodeRunner(key=KEY, base_url=api.url, **settings)
        for value in engine.run(job, runner, tap, mailbox, grace_s=5, pause_grace_s=60):
            values.append(value)
            kind = getattr(value, "kind", "")
            if kind in todo:
                todo.pop(kind)(mailbox, value)
    return Done(values, api.requests, api.headers, tap)


def bash(command: str) -> Turn:
    """A turn that runs one command."""
    return Turn.tools(("Bash", {"command": command}))


def edit(path: str, old: str, new: str) -> Turn:
    """A turn that edits one file."""
    given = {"file_path": f"/workspace/{path}", "old_string": old, "new_string": new}
    return Turn.tools(("Edit", given), say="Mending it.")


def read(path: str) -> Turn:
    """A turn that reads one file."""
    return Turn.tools(("Read", {"file_path": f"/workspace/{path}"}))


SUM = "def add(a, b):\n    return a - b\n"
CHECK = Check("sum", ("python3", "-c", "import sums; assert sums.add(2, 3) == 5, 'wrong sum'"))
WAIT = "python3 -c 'import time; time.sleep(60)'"
PLAN = Turn.tools(
    ("TaskCreate", {"subject": "Find the fault", "description": "Read the code."}),
    ("TaskCreate", {"subject": "Mend it", "description": "Change it."}),
    ("TaskUpdate", {"taskId": "1", "status": "completed"}),
)


def _tell(mailbox: Mailbox, _value: object) -> None:
    mailbox.deliver(factories.message("Mind the second sum too."))


SCENARIOS: dict[str, dict[str, Any]] = {
    "whole_run": {
        "turns": [PLAN, read("sums.py"), Turn.text("Done?"), edit("sums.py", "a - b", "a + b"),
                  bash("python3 -c 'import sums; print(sums.add(2, 3))'; exit 3"),
                  Turn.text("Mended: add adds.")],
        "checks": (CHECK,),
    },
    "told_meanwhile": {
        "turns": [bash("sleep 1; echo one"), bash("echo two"), Turn.text("Both are fine.")],
        "on": {"step": _tell},
    },
    "told_at_end": {
        "turns": [Turn.text("One."), Turn.text("Two.")],
        "on": {"usage": _tell},
    },
    "stopped": {
        "turns": [bash(WAIT), Turn.text("Never said.")],
        "on": {"tool": lambda box, _: box.stop("Anna stopped it.")},
    },
    "paused": {
        "turns": [bash("echo one"), bash(WAIT), Turn.text("Never said.")],
        "on": {"step": lambda box, _: box.pause("Anna paused it.")},
    },
    "service_down": {
        "turns": [Turn.error(500, "api_error", "down")],
        "tap": lambda: Tap({"CLAUDE_CODE_MAX_RETRIES": "1"}),
    },
    "unknown_price": {"turns": [Turn.text("Hello.")], "model": "strange-model-9"},
    "declined": {
        "turns": [Turn.tools(("WebFetch", {"url": "http://a.test", "prompt": "x"})),
                  Turn.text("It may not be done, so I left it.")],
    },
    "cut_stream": {"turns": [Turn.text("Hello there, world.").cut_after(500), Turn.text("Hello.")]},
    "asked": {
        "turns": [Turn.tools(("AskUserQuestion", {"questions": [{
            "question": "Which sum?", "header": "Sum", "multiSelect": False,
            "options": [{"label": "first", "description": "a"},
                        {"label": "second", "description": "b"}]}]})), Turn.text("Thank you.")],
        "on": {"ask": lambda box, event: box.answer(event.part, factories.message("The second"))},
    },
}  # fmt: skip


@contextmanager
def tree() -> Iterator[Path]:
    """A folder with the file that is wrong."""
    with tempfile.TemporaryDirectory(prefix="honk-claude-") as folder:
        root = Path(folder) / "tree"
        root.mkdir()
        (root / "sums.py").write_text(SUM)
        yield root


def play(name: str) -> Done:
    """One of the scenarios, really run."""
    scenario = dict(SCENARIOS[name])
    turns, tap = scenario.pop("turns"), scenario.pop("tap", Tap)()
    checks = scenario.pop("checks", ())
    with tree() as root:
        return run(job_in(root, checks=checks), turns, tap=tap, **scenario)


def redacted(said: bytes) -> bytes:
    """Lines without what tells of a machine or fills a page; ids and times made plain."""
    reader, lines = Lines(), []
    for line in [*reader.feed(said), *reader.end()]:
        try:
            frame = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        if frame.get("subtype") == "init":
            keys = ("type", "subtype", "cwd", "session_id", "tools", "model", "permissionMode",
                    "claude_code_version")  # fmt: skip
            frame = {key: frame.get(key) for key in keys}
        if frame.get("type") == "control_response":
            frame["response"]["response"] = {}
        lines.append(json.dumps(frame).encode())
    return _plain_ids(b"\n".join(lines) + b"\n")


def _plain_ids(text: bytes) -> bytes:
    numbers: dict[bytes, bytes] = {}
    count = itertools.count(1)

    def plain(found: re.Match[bytes]) -> bytes:
        return numbers.setdefault(found[0], b"00000000-0000-4000-8000-%012d" % next(count))

    return re.sub(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", plain, text)


def record() -> None:
    """Write every recording anew; their goldens follow with HONK_TEST_GOLDEN=write."""
    for name in SCENARIOS:
        done = play(name)
        (RECORDINGS / f"{name}.jsonl").write_bytes(redacted(done.tap.said))
        print(name, done.outcome.status, done.outcome.reason)


if __name__ == "__main__":
    record()
