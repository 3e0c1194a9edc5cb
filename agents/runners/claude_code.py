"""The real Claude Code, headless, in the sandbox; its model is reached through a forwarder.

The program is mounted read-only, with a folder of its own for what it remembers. It gets a token of
this run instead of the key, and no network: the forwarder's socket is its only way out. Settings,
hooks, servers and addresses that a repository names are not loaded.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from agents.beside import folder_beside, place_beside
from agents.events import Event, Tick
from agents.forwarder import Forwarder
from agents.job import NOTHING_USED, Attached, Job, Mount, Outcome
from agents.meter import Meter
from agents.metered import metered
from agents.ports import Control, Process, Sandbox
from agents.prompt import house_rules
from agents.runners import claude_binary, claude_session, prices
from agents.runners.claude_opening import Opening, opening
from agents.runners.claude_talk import Manner, Talk
from agents.runners.presets import MESSAGES

ASK_S, GRACE_S, SILENCE_S = 120.0, 10.0, 300.0
TOOLS = (
    "Read",
    "Edit",
    "Write",
    "Bash",
    "Glob",
    "Grep",
    "TaskCreate",
    "TaskUpdate",
    "AskUserQuestion",
)
EFFORTS = ("low", "medium", "high", "xhigh", "max")
# The program's own names for models whose price it knows; "" is its usual one.
ALIASES = ("", "opus", "sonnet", "haiku")
DEFAULT_URL = "https://api.anthropic.com"
PLACE = "/claude"
_BESIDE, _CONFIG = "claude", "own/config"  # of the worktree; below that
_PROGRAM, _OWN, _SOCKET = f"{PLACE}/program", f"{PLACE}/own", f"{PLACE}/api.sock"
_SETTINGS = '{"includeCoAuthoredBy": false, "attribution": {"commit": "", "pr": ""}}'
_RULES = (
    "\n- If CLAUDE.md or AGENTS.md stand at the top of the repository, read them first: they say "
    "how people work there."
)
_NOT_KEPT = "The conversation could not be kept; the next run of this change begins a new one."
_NO_KEY = "The worker has no ANTHROPIC_API_KEY. Add it, or choose another runner."

Said = Iterator[Event | Tick | Outcome]


class ClaudeCodeRunner:
    """key and base_url: the environment's ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL when empty.

    binary: found on this machine when not given. ask_s: seconds to wait for an answer; grace_s: for
    a program to leave whose result is known; silence_s: for any line of it.
    """

    name = "claude_code"

    def __init__(
        self,
        *,
        model: str = "",
        effort: str = "",
        key: str = "",
        base_url: str = "",
        binary: Path | None = None,
        ask_s: float = ASK_S,
        grace_s: float = GRACE_S,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.model, self.effort = model, effort
        self._key, self._base_url = key, base_url
        self._binary = binary
        self._manner = Manner(ask_s, grace_s, silence_s)

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Said:
        """Let the program carry the job out; raises what the sandbox raises."""
        meter = Meter(job.limits.money_usd, needs_price=True)
        return metered(self._run(job, sandbox, control, meter), meter)

    def left(self, root: Path) -> str:
        """As the port says; the program writes its record line by line as it goes."""
        config = place_beside(root, _BESIDE) / _CONFIG
        kept = claude_session.read(config, claude_session.newest(config))
        return kept.text() if kept else ""

    def _run(
        self, job: Job, sandbox: Sandbox, control: Control, meter: Meter
    ) -> Generator[Event | Tick | Outcome]:
        key = self._key or os.environ.get("ANTHROPIC_API_KEY", "")
        binary = self._binary or claude_binary.find()
        if not key or binary is None:
            reason = claude_binary.why_not() if key else _NO_KEY
            yield Outcome("error", reason, fault="platform", usage=NOTHING_USED)
            return
        model = self._model(job)
        unpriced = "" if model in ALIASES else prices.refusal(model, job.limits.money_usd)
        if unpriced:
            yield Outcome("error", unpriced, "user", session=job.session, usage=NOTHING_USED)
            return
        begins = yield from opening(job, control, self._manner.ask_s)
        if begins is None:
            begins = Outcome("cancelled", control.stop_reason(), fault="user")
        if isinstance(begins, Outcome):
            yield replace(begins, session=job.session, usage=NOTHING_USED)
            return
        base_url = self._base_url or os.environ.get("ANTHROPIC_BASE_URL", "") or DEFAULT_URL
        token = secrets.token_urlsafe(24)
        with (
            _own_folder(job) as folder,
            Forwarder(
                base_url, {"x-api-key": key}, folder, token, routes=MESSAGES, meter=meter
            ) as forwarder,
        ):
            mounts = (
                Mount(binary, _PROGRAM),
                Mount(folder / "own", _OWN, is_writable=True),
                Mount(forwarder.socket, _SOCKET),
            )
            attached = Attached(mounts, keeps_input=True)
            outcome = yield from self._talk(job, sandbox, control, begins, attached, token)
        told = (
            f"{forwarder.asked} requests with {forwarder.uploaded} bytes went to the model service."
        )
        yield Event("note", {"text": told}, source="system")
        yield outcome

    def _talk(
        self, job: Job, sandbox: Sandbox, control: Control, begins: Opening, attached: Attached,
        token: str,
    ) -> Generator[Event | Tick, None, Outcome]:  # fmt: skip
        config = place_beside(job.workspace.root, _BESIDE) / _CONFIG
        if begins.session is not None:
            claude_session.lay_out(begins.session, config)
        argv = self._argv(job, begins, is_confined=sandbox.label == "bubblewrap")
        process: Process = sandbox.start(
            argv, job.workspace, job.limits,
            environment=_environment(token, sandbox.label), attached=attached,
        )  # fmt: skip
        talk = Talk(job, sandbox, control, process, self._manner)
        try:
            outcome = yield from talk.values(begins.prompt)
        finally:
            process.kill()
        kept = claude_session.read(config, talk.state.session)
        session = kept.text() if kept else ""
        if talk.state.session and not session:
            yield Event("note", {"text": _NOT_KEPT}, source="system")
        return replace(
            outcome,
            summary=talk.summary,
            usage=talk.usage,
            session=session,
        )

    def _model(self, job: Job) -> str:
        return str(job.options.get("model") or self.model)

    def _argv(self, job: Job, begins: Opening, *, is_confined: bool) -> list[str]:
        model = self._model(job)
        effort = str(job.options.get("effort") or self.effort)
        rules = house_rules().replace("the `ask` tool", "the AskUserQuestion tool")
        words = [
            _PROGRAM, "--print", "--verbose", "--input-format=stream-json",
            "--output-format=stream-json", "--include-partial-messages", "--replay-user-messages",
            f"--tools={','.join(TOOLS)}", "--permission-prompt-tool=stdio", "--setting-sources=",
            "--strict-mcp-config", f"--settings={_SETTINGS}",
            f"--append-system-prompt={rules}{_RULES}",
        ]  # fmt: skip
        if is_confined:
            words.append("--dangerously-skip-permissions")
        else:
            allowed = ",".join(tool for tool in TOOLS if tool != "AskUserQuestion")
            words += [f"--allowed-tools={allowed}", "--permission-mode=acceptEdits"]
        words += [f"--model={model}"] if model else []
        words += [f"--effort={effort}"] if effort in EFFORTS else []
        words += [f"--resume={begins.session.id}"] if begins.session else []
        money = job.limits.money_usd
        return [*words, f"--max-budget-usd={money:.6f}"] if money else words


def _environment(token: str, label: str) -> dict[str, str]:
    env = {
        "HOME": f"{_OWN}/home",
        "CLAUDE_CONFIG_DIR": f"{_OWN}/config",
        "ANTHROPIC_UNIX_SOCKET": _SOCKET,
        "ANTHROPIC_BASE_URL": "http://model.invalid",
        "ANTHROPIC_API_KEY": token,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
    }
    # Lets the program skip its own questions; true in the real sandbox only.
    return env | {"IS_SANDBOX": "1"} if label == "bubblewrap" else env


@contextmanager
def _own_folder(job: Job) -> Iterator[Path]:
    """The run's folder, with the parts that the program may write."""
    with folder_beside(job.workspace.root, _BESIDE) as folder:
        for each in (_CONFIG, "own/home"):
            (folder / each).mkdir(mode=0o700, parents=True)
        yield folder
