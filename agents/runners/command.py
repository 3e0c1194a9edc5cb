"""Runs any program of the repository's policy as the agent: a codemod, or another agent's CLI.

"{instruction}" in an argument becomes the whole prompt of this round; no shell is involved. The
prompt is on stdin as well. What the program changed is taken from the tree, not from its words. A
program knows no steps: to pause, it is interrupted, and started anew in the tree that it left. What
people wrote meanwhile is given to it at its end, by starting it again. A preset that can goes on
with its own conversation, in the next start and in the next run of the change.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from agents.errors import AgentsError, CannotRun
from agents.events import JSON, Event, Tick
from agents.job import NOTHING_USED, Job, Message, Outcome, Usage
from agents.metered import metered
from agents.parking import INTERRUPTED, WAITS_FOR, WAS_INTERRUPTED
from agents.ports import Control, Sandbox
from agents.prompt import quoted
from agents.runners.command_launch import Keys, MissingKey, Spec, launch
from agents.runners.command_memory import UNREADABLE, Memory, begun, left, memory
from agents.runners.command_play import LAST, Ended, Plain, Structured, play
from agents.runners.command_readers import READERS, Said
from agents.runners.presets import Preset
from agents.text import Kept, clean
from agents.verifiers.base import without_escapes

# What a run stores that is to go on after it was ended in the midst of its work.
IS_INTERRUPTED: Mapping[str, JSON] = {WAITS_FOR: "pause", INTERRUPTED: True}
AGAIN = (
    "You have worked on what follows, and your work lies in the tree. Since then people wrote to "
    "you; do what they ask now."
)


class CommandRunner:
    """`[runners.NAME] argv` or a preset; a program without output is as good as any other."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        preset: Preset | None = None,
        model: str = "",
        keys: Keys | None = None,
    ) -> None:
        self.name = name
        self._spec = Spec(name, tuple(argv), preset, model, keys or {})

    def run(self, job: Job, sandbox: Sandbox, control: Control) -> Iterator[Event | Tick | Outcome]:
        """Run the program to its end, again for each batch of messages that came meanwhile."""
        spec, meter = self._spec.for_run(job)
        return metered(self._run(spec, job, sandbox, control), meter)

    def left(self, root: Path) -> str:
        """As the port says; only where the preset can go on with it."""
        return left(root, self._spec.habits()) if self._spec.goes_on() else ""

    def _run(
        self, spec: Spec, job: Job, sandbox: Sandbox, control: Control
    ) -> Generator[Event | Tick | Outcome]:
        with memory(job, spec.habits()) as held:
            yield from begun(held, job) if spec.goes_on() else ()
            outcome = yield from self._starts(spec, job, sandbox, control, held)
            if outcome.usage is NOTHING_USED:
                yield outcome
                return
            session, notes = held.text() if spec.goes_on() else ("", [])
            yield from notes
            resume = IS_INTERRUPTED if control.stop_reason() else outcome.resume
            yield replace(outcome, session=session, resume=resume)

    def _starts(
        self, spec: Spec, job: Job, sandbox: Sandbox, control: Control, held: Memory
    ) -> Generator[Event | Tick, None, Outcome]:
        told, total, number = opening(job, held), Said(), 0
        while True:
            number += 1
            yield Event("step", {"number": total.step + 1})
            told = with_messages(told, control.take_messages())
            form, went_on = self._form(total, number, held), held.is_known
            try:
                with launch(spec, job.workspace.root, told, held) as start:
                    ended = yield from play(start, job, sandbox, control, form, form.part)
            except (CannotRun, MissingKey) as missing:
                if number > 1:  # it was there, and may have spent
                    raise
                return never_began(missing, job)
            total = form.total()
            held.heard(form.session, form.counted)
            if went_on and number == 1 and _never_began(ended, form, control):
                held.forget()
                yield Event("note", {"text": UNREADABLE}, source="system")
                told = "\n\n".join(part for part in (told, job.earlier) if part)
                continue
            outcome = _outcome(self.name, ended, form, total)
            messages = control.take_messages() if outcome.status == "passed" else []
            if not messages:
                return outcome
            again = "" if held.is_known else f"{AGAIN}\n\n{opening(job, held)}"
            told = with_messages(again, messages).strip()

    def _form(self, before: Said, number: int, held: Memory) -> Plain | Structured:
        part = self.name if number == 1 else f"{self.name}-{number}"
        preset = self._spec.preset
        read = READERS.get(preset.reads) if preset else None
        if read:
            return Structured(part, before, read, held.counted, held.heard)
        return Plain(part, before, preset.fails_on if preset else "")


def never_began(why: AgentsError, job: Job) -> Outcome:
    """The outcome of a run whose program was not started: it has cost nothing."""
    return Outcome(
        "error", str(why), fault=why.fault, retry=why.retry, session=job.session, usage=NOTHING_USED
    )


def opening(job: Job, held: Memory) -> str:
    """The first words of a run: what it is told, and what it does not remember.

    One that goes on after it was interrupted is told so.
    """
    waited_for = (job.resume or {}).get(WAITS_FOR)
    before = WAS_INTERRUPTED if waited_for in ("pause", "money") else ""
    after = "" if held.is_known else job.earlier
    return "\n\n".join(part for part in (before, job.prompt, after) if part)


def with_messages(prompt: str, messages: Sequence[Message]) -> str:
    """The prompt, and what people wrote since."""
    words = [f"Message from {quoted(each.by, each.text)}" for each in messages]
    return clean("\n\n".join([prompt, *words])) if words else prompt


def _never_began(ended: Ended, form: Plain | Structured, control: Control) -> bool:
    """Whether it gave up before it had opened the conversation that it was to go on with."""
    is_ours = ended.paused or ended.because or control.stop_reason()
    return not is_ours and ended.code != 0 and isinstance(form, Structured) and not form.session


def _outcome(name: str, ended: Ended, form: Plain | Structured, total: Said) -> Outcome:
    """Exit code and the last valid end decide; what is not clear has failed."""
    last = _last(form)
    used = Usage(total.input_tokens, total.output_tokens, total.cost)
    if ended.paused:
        return Outcome("parked", ended.paused, resume=IS_INTERRUPTED, summary=last, usage=used)
    trouble = form.trouble(ended.code)
    if ended.code == 0 and not trouble:
        return Outcome("passed", summary=last, usage=used, exit_code=0)
    how = f"exit {ended.code}" if ended.code >= 0 else f"signal {-ended.code}"
    why = "".join(f"{part.rstrip('. ')}. " for part in (ended.because, trouble) if part)
    reason = f"{name} ended with {how}. {why}Read its last lines, then try again or re-prompt."
    return Outcome(
        "failed", reason, fault="agent", retry=True, summary=last, excerpt=last,
        exit_code=ended.code, usage=used,
    )  # fmt: skip


def _last(form: Plain | Structured) -> str:
    """The program's own last words."""
    if isinstance(form, Structured) and form.said.summary:
        return form.said.summary
    kept = Kept()
    kept.add(without_escapes(form.kept.text()))
    return kept.last_lines(LAST)
