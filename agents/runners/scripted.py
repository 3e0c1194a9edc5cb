"""Plays a recorded session, and really does what it plays, in the job's own worktree.

options["recording"] is a list of steps, or {"rounds": [steps of round 1, steps of round 2, ...]}
where the last list also serves every later round; without one, the sample's recording of the
instruction is played. A step is an object with one of these keys:

  say, think: text                     wait: seconds
  run: argv, then expect: exit code    print: how many lines, then line: text
  edit: path, with content, append, or find and replace
  plan: [[text, state], ...]           ask: question, then answers: [text], reason: text
  fail: reason

"{instruction}", "{line}" (its first line), "{prompt}" and "{round}" in texts are filled in. The
recording may come from anywhere: commands run in the sandbox, edits cannot leave the worktree.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agents import confined, open_question
from agents.errors import AgentFault, UserFault
from agents.events import JSON, TICK, Event, Tick
from agents.job import Job, Message, Outcome
from agents.output import Program, play
from agents.ports import Control, Sandbox
from agents.sample.recordings import recording_for
from agents.text import Kept

ASK_S = 120.0
Step = Mapping[str, JSON]
Said = Iterator[Event | Tick | Outcome]


class ScriptedRunner:
    """The runner of the sample, of the tests and of CI. ask_s: seconds to wait for an answer."""

    name = "scripted"

    def __init__(self, ask_s: float = ASK_S) -> None:
        self._ask_s = ask_s

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Said:
        """Play the recording of the job's round, from where a parked run of it stopped."""
        return _Play(job, sandbox, control, self._ask_s).steps()

    def left(self, _root: Path) -> str:
        """A recording has no conversation: it is played from its first step again."""
        return ""


def steps_of(job: Job) -> list[Step]:
    """The steps to play in this round; UserFault when there is no recording that can be played."""
    recording = job.options.get("recording") or recording_for(job.instruction)
    if isinstance(recording, dict):
        rounds = recording.get("rounds")
        if isinstance(rounds, list) and rounds:
            recording = rounds[min(max(job.round, 1), len(rounds)) - 1]
    if not isinstance(recording, list):
        raise UserFault("The scripted runner has no recording for this instruction.")
    return [step if isinstance(step, dict) else {} for step in recording]


@dataclass
class _Play:
    job: Job
    sandbox: Sandbox
    control: Control
    ask_s: float
    said: str = ""
    number: int = 0

    def steps(self) -> Said:
        steps = steps_of(self.job)
        self.number = _index((self.job.resume or {}).get("step"), len(steps))
        while self.number < len(steps):
            if self.control.stop_reason():
                yield Outcome("cancelled", self.control.stop_reason(), fault="user")
                return
            if self.control.pause_reason():
                yield self._parked("pause", self.control.pause_reason())
                return
            yield from self._messages()
            yield Event("step", {"number": self.number + 1})
            ended = False
            for value in self._play(steps[self.number]):
                ended = ended or isinstance(value, Outcome)
                yield value
            if ended:
                return
            self.number += 1
        yield from self._messages()
        yield Outcome("passed", summary=self.said)

    def _messages(self) -> Said:
        for message in self.control.take_messages():
            text = "Noted; a recording cannot change its course."
            yield Event("text", {"text": text}, f"message-{message.id}")

    def _play(self, step: Step) -> Said:
        kinds: dict[str, Callable[[Step], Said]] = {
            "say": self._say,
            "think": self._think,
            "run": self._run,
            "edit": self._edit,
            "wait": self._wait,
            "print": self._print,
            "plan": self._plan,
            "ask": self._ask,
            "fail": self._fail,
        }
        play = next((kinds[key] for key in step if key in kinds), None)
        if play is None:
            yield Event("unknown", {"raw": str(dict(step))[:1000]}, self.part)
            return
        yield from play(step)

    @property
    def part(self) -> str:
        return f"step-{self.number + 1}"

    def _text(self, step: Step, key: str) -> str:
        values = {
            "{round}": str(self.job.round),
            "{line}": self._line(),
            "{instruction}": self.job.instruction,
            "{prompt}": self.job.prompt,
        }
        text = str(step.get(key, ""))
        return re.sub("|".join(values), lambda found: values[found[0]], text)

    def _line(self) -> str:
        """The first line of what was asked, short enough for a list."""
        lines = self.job.instruction.strip().splitlines() or ["(nothing)"]
        return lines[0][:200]

    def _say(self, step: Step) -> Said:
        self.said = self._text(step, "say")
        yield Event("text", {"text": self.said}, self.part)

    def _think(self, step: Step) -> Said:
        yield Event("think", {"text": self._text(step, "think")}, self.part)

    def _run(self, step: Step) -> Said:
        argv = step["run"]
        if not isinstance(argv, list) or not argv:
            raise UserFault(f"Step {self.number + 1} of the recording runs nothing.")
        words = tuple(str(word) for word in argv)
        program = Program(words, self.job.workspace, self.job.limits, self.part)
        ended = yield from play(program, self.sandbox, Kept(0, 0))
        code, expected = ended.code, step.get("expect")
        if expected is not None and code != expected and not self.control.stop_reason():
            reason = f"{' '.join(words)} ended with exit {code}; the recording knows {expected}."
            reason = f"{ended.because} {reason}".strip()
            yield Outcome("failed", reason, fault="agent", retry=True, exit_code=code)

    def _edit(self, step: Step) -> Said:
        path = str(step["edit"])
        yield Event("tool", {"name": "edit", "input": {"path": path}, "title": path}, self.part)
        began = time.monotonic()
        try:
            added, removed = self._change(step, path)
        except AgentFault as fault:
            data: dict[str, JSON] = {"exit": None, "ok": False, "seconds": 0.0, "text": str(fault)}
            yield Event("result", data, self.part)
            yield Outcome("failed", str(fault), fault="agent", retry=True)
            return
        seconds = round(time.monotonic() - began, 3)
        lines: dict[str, JSON] = {"path": path, "added": added, "removed": removed}
        yield Event("diff", lines, self.part)
        yield Event("result", {"exit": None, "ok": True, "seconds": seconds}, self.part)

    def _change(self, step: Step, path: str) -> tuple[int, int]:
        root = self.job.workspace.root
        old = "" if "content" in step else self._old(path, must_exist="find" in step)
        new = self._new(step, old, path)
        if new != old:
            confined.write(root, path, new.encode("utf-8", "surrogateescape"))
        added = [line for line in new.splitlines() if line not in set(old.splitlines())]
        removed = [line for line in old.splitlines() if line not in set(new.splitlines())]
        return len(added), len(removed)

    def _old(self, path: str, *, must_exist: bool) -> str:
        try:
            return confined.read(self.job.workspace.root, path).decode("utf-8", "surrogateescape")
        except AgentFault:
            if must_exist:
                raise
            return ""

    def _new(self, step: Step, old: str, path: str) -> str:
        if "content" in step:
            return self._text(step, "content")
        if "append" in step:
            return old + self._text(step, "append")
        find, replace = str(step.get("find", "")), self._text(step, "replace")
        if replace and replace in old:
            return old  # a repair or a retry plays the same step on a tree that has it
        if find and find in old:
            return old.replace(find, replace, 1)
        raise AgentFault(f"{path!r} does not hold the text that the recording replaces.")

    def _wait(self, step: Step) -> Said:
        until = time.monotonic() + _number(step.get("wait"))
        while time.monotonic() < until and not self.control.stop_reason():
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))
            yield TICK

    def _print(self, step: Step) -> Said:
        count = int(_number(step.get("print")))
        line = (self._text(step, "line") or "The quick brown fox jumps over the lazy dog.") + "\n"
        bunch = max(1, 32_000 // len(line))
        for first in range(0, count, bunch):
            if self.control.stop_reason():
                return
            text = line * min(bunch, count - first)
            yield Event("output", {"text": text}, self.part)

    def _plan(self, step: Step) -> Said:
        rows = step["plan"] if isinstance(step["plan"], list) else []
        items: list[JSON] = [
            {"text": str(row[0]), "state": str(row[1])}
            for row in rows
            if isinstance(row, list) and len(row) == 2
        ]
        yield Event("plan", {"items": items}, self.part)

    def _ask(self, step: Step) -> Said:
        ask = f"ask-{self.number + 1}"
        data: dict[str, JSON] = {
            "question": self._text(step, "ask"),
            "reason": self._text(step, "reason"),
            "answers": cast("JSON", step.get("answers") or []),
        }
        parked = self._parked("answer", "Waits for an answer.", ask=ask)
        with open_question.written_down(self.job.workspace.root, parked.resume):
            if (self.job.resume or {}).get("ask") != ask:
                yield Event("ask", data, ask, dedup=ask)
            answer = self.control.wait_for_answer(ask, self.ask_s)
        if answer is None and self.control.stop_reason():
            return
        if answer is None:
            yield parked
            return
        yield answered(ask, answer)

    def _parked(self, waits_for: str, reason: str, **more: JSON) -> Outcome:
        resume: dict[str, JSON] = {"waits_for": waits_for, "step": self.number, **more}
        return Outcome("parked", reason, resume=resume, summary=self.said)

    def _fail(self, step: Step) -> Said:
        reason = self._text(step, "fail")
        yield Outcome("failed", reason, fault="agent", retry=True, summary=self.said)


def answered(ask: str, answer: Message) -> Event:
    """The `answer` event of a question."""
    data: dict[str, JSON] = {"text": answer.text, "by": answer.by}
    return Event("answer", data, ask, source="user", dedup=f"{ask}-answer")


def _index(value: object, most: int) -> int:
    return min(max(value, 0), most) if isinstance(value, int) else 0


def _number(value: object) -> float:
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return max(0.0, min(float(value), 1e9)) if usable and isinstance(value, int | float) else 0.0
