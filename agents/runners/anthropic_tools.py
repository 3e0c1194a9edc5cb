"""The tools that a model may call: shell and editor at the worktree, checks, a plan, a question.

The shell runs in the sandbox; edits are confined to the worktree and follow no link. Every fault of
the model's is an error result for it, never an exception of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from agents.errors import AgentsError
from agents.events import JSON, Event, Tick
from agents.job import Job
from agents.output import Program, play
from agents.ports import Sandbox
from agents.runners import anthropic_verify
from agents.runners.anthropic_edit import EDITOR, Editor
from agents.runners.anthropic_result import MAX_RESULT, Misuse, Result, result_event, string_of
from agents.runners.anthropic_threads import Together
from agents.runners.anthropic_verify import VERIFY, Checks
from agents.text import Kept, clean, cut

SHELL, PLAN, ASK = "bash", "plan", "ask"
SHELL_S = 300.0
AT_ONCE = 4  # programs of one answer that run at the same time
_STATES = ("todo", "doing", "done")
_TEXT: dict[str, str] = {"type": "string"}

DEFINITIONS: tuple[dict[str, Any], ...] = (
    {"type": "bash_20250124", "name": SHELL},
    {"type": "text_editor_20250728", "name": EDITOR, "max_characters": MAX_RESULT},
    {
        "name": PLAN,
        "description": "Show the people who watch what you intend to do. Send the whole list again "
        "whenever a state changes.",
        "input_schema": {
            "type": "object",
            "properties": {
                "items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "text": _TEXT,
                            "state": {"type": "string", "enum": list(_STATES)},
                        },
                        "required": ["text", "state"],
                    },
                }
            },
            "required": ["items"],
        },
    },
    {
        "name": ASK,
        "description": "Ask the people of this change a question and wait for the answer. Only "
        "for what is important and cannot be found out; one question at a time.",
        "input_schema": {
            "type": "object",
            "properties": {
                "question": _TEXT,
                "reason": {**_TEXT, "description": "Why it matters."},
                "answers": {
                    "type": "array",
                    "items": _TEXT,
                    "description": "Answers to choose from.",
                },
            },
            "required": ["question"],
        },
    },
)


Said = Generator[Event | Tick, None, Result]


def definitions(job: Job) -> list[dict[str, Any]]:
    """The tools of one job; without checks there is nothing to verify with."""
    checks = [anthropic_verify.definition(job.checks)] if job.checks else []
    return [*DEFINITIONS, *checks]


def batches(calls: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The calls in their order, those that may run at the same time together.

    Shell and checks may; an edit or a plan waits for what was called before it, and is waited for.
    """
    found: list[list[Mapping[str, Any]]] = []
    for call in calls:
        joins = found and {call["name"], found[-1][-1]["name"]} <= {SHELL, VERIFY}
        if joins and len(found[-1]) < AT_ONCE:
            found[-1].append(call)
        else:
            found.append([call])
    return found


@dataclass(frozen=True)
class Toolbox:
    """Runs calls of one job."""

    job: Job
    sandbox: Sandbox

    def run_all(
        self, calls: Sequence[Mapping[str, Any]]
    ) -> Generator[Event | Tick, None, list[Result]]:
        """Carry calls out at the same time; their results in the order of the calls.

        A stop ends their programs from outside, and so each of them.
        """
        if len(calls) == 1:
            return [(yield from self.run(calls[0]))]
        together = Together([partial(self.run, call) for call in calls])
        yield from together.values(lambda: False)
        return together.results()

    def run(self, call: Mapping[str, Any]) -> Said:
        """Carry a call {id, name, input} out; its events, then its result."""
        part, name, given = str(call["id"]), str(call["name"]), call["input"]
        tools: dict[str, Callable[[str, Mapping[str, Any]], Said]] = {
            SHELL: self._shell,
            EDITOR: Editor(self.job.workspace.root).run,
            PLAN: self._plan,
        }
        if self.job.checks:
            tools[VERIFY] = Checks(self.job, self.sandbox).run
        if name not in tools:
            result = Result(f"There is no tool {name[:80]!r}.", is_error=True, is_misuse=True)
            yield from _told(part, clean(name)[:80], {}, result)
            return result
        try:
            return (yield from tools[name](part, given))
        except Misuse as misuse:
            result = Result(f"Wrong arguments: {misuse}", is_error=True, is_misuse=True)
        except AgentsError as fault:
            result = Result(str(fault), is_error=True)
        yield from _told(part, name, {}, result)
        return result

    def _shell(self, part: str, given: Mapping[str, Any]) -> Said:
        if given.get("restart") is True:
            yield from _told(part, SHELL, {"restart": True}, Result("Restarted."))
            return Result("Every command starts afresh.")
        command = string_of(given, "command")
        if "\0" in command or len(command) > 100_000:
            raise Misuse("'command' must be at most 100000 characters without NUL.")
        kept = Kept(MAX_RESULT // 2, MAX_RESULT)
        program = Program(
            ("bash", "-c", command),
            self.job.workspace,
            self.job.limits,
            part,
            title=command,
            timeout_s=SHELL_S,
        )
        ended = yield from play(program, self.sandbox, kept)
        output = cut(kept.text(), MAX_RESULT).rstrip() or "(no output)"
        text = "\n".join(filter(None, (output, ended.because, f"exit {ended.code}")))
        return Result(text, is_error=bool(ended.because))

    def _plan(self, part: str, given: Mapping[str, Any]) -> Said:
        items = given.get("items")
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise Misuse("'items' must be a list of {text, state}.")
        rows: list[JSON] = [
            {"text": string_of(item, "text")[:500], "state": string_of(item, "state")}
            for item in items[:100]
        ]
        yield Event("plan", {"items": rows}, part)
        return Result("Shown.")


def question_of(call: Mapping[str, Any]) -> dict[str, JSON] | None:
    """The data of the `ask` event for a call of the ask tool; None when its arguments are wrong."""
    given = call["input"]
    try:
        question, reason = string_of(given, "question"), string_of(given, "reason", "")
    except Misuse:
        return None
    answers = given.get("answers")
    usable = answers if isinstance(answers, list) else []
    chosen: list[JSON] = [str(each)[:200] for each in usable[:8] if isinstance(each, str)]
    return {"question": question, "reason": reason, "answers": chosen}


def refused(call: Mapping[str, Any]) -> Result:
    """What a call of the ask tool gets that is not put to people."""
    if question_of(call) is None:
        return Result("Wrong arguments: 'question' must be a string.", True, is_misuse=True)
    return Result("Ask one question at a time.", is_error=True)


def _told(part: str, name: str, given: dict[str, JSON], result: Result) -> Generator[Event]:
    yield Event("tool", {"name": name, "input": given, "title": name}, part)
    yield result_event(part, result, 0.0)


def questions(
    calls: Sequence[Mapping[str, Any]], results: dict[str, Result]
) -> tuple[Mapping[str, Any] | None, list[Mapping[str, Any]]]:
    """The one question that is put to people, and the calls that are no question."""
    asked: Mapping[str, Any] | None = None
    for call in (call for call in calls if call["name"] == ASK):
        if asked is None and question_of(call) is not None:
            asked = call
        else:
            results[call["id"]] = refused(call)
    return asked, [call for call in calls if call["name"] != ASK]
