"""Makes a program ready to start: its words, what it reads, and its way to the model's API.

The program has no network and no key. A forwarder outside the sandbox adds the key; inside, a port
of the sandbox's own loopback leads to the forwarder's socket.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.beside import folder_beside
from agents.errors import PlatformFault, UserFault
from agents.forwarder import Forwarder
from agents.job import Attached, Job, Mount
from agents.meter import Meter
from agents.runners import no_key
from agents.runners.command_memory import Habits, Memory
from agents.runners.presets import PROVIDERS, Access, Preset
from agents.text import cut

PLACE = "{instruction}"
_MAX_ARGUMENT = 120_000  # bytes; the kernel takes 128 KiB in one argument
_TITLE = 60  # characters of an instruction in a title
_PORT = 4180  # of the sandbox's own loopback
_SOCKET = "/run/honk/model.sock"
_PROMPT_FILE = "/run/honk/prompt.txt"

# Provider's name to (key, base URL); an empty URL is the usual one.
Keys = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Spec:
    """A program as the policy names it. argv: with a preset these words are added to its own.

    meter: counts what passes its forwarder, over all starts of a run. keeps: folders below its home
    that hold its conversations, where the policy names them.
    """

    name: str
    argv: tuple[str, ...] = ()
    preset: Preset | None = None
    model: str = ""
    keys: Keys = field(default_factory=dict)
    is_acp: bool = False
    meter: Meter | None = None
    keeps: tuple[str, ...] = ()

    def for_run(self, job: Job) -> tuple[Spec, Meter]:
        """This for one run: with a meter of its own, and the model that the job names, if any."""
        meter = Meter(job.limits.money_usd)
        model = str(job.options.get("model") or self.model)
        return replace(self, model=model, meter=meter), meter

    def habits(self) -> Habits:
        """How it remembers a conversation between the runs of a change."""
        preset = self.preset
        if preset is None or self.keeps:
            return Habits(self.keeps)
        needs_name = self.is_acp or any("{session}" in word for word in preset.goes_on)
        return Habits(preset.keeps, needs_name, preset.renames, preset.counts_on)

    def goes_on(self) -> tuple[str, ...]:
        """Words with which it goes on with a conversation; empty when it cannot."""
        return self.preset.goes_on if self.preset else ()


@dataclass(frozen=True, slots=True)
class Launch:
    """What is given to the sandbox, and the title that a page shows for it."""

    argv: tuple[str, ...]
    title: str
    stdin: bytes = b""
    environment: Mapping[str, str] = field(default_factory=dict)
    attached: Attached = field(default_factory=Attached)


@contextmanager
def launch(spec: Spec, root: Path, prompt: str, memory: Memory) -> Iterator[Launch]:
    """Everything ready while it is entered; UserFault or PlatformFault with what to mend.

    root: the worktree, beside which the run's socket stands. memory: what the program remembers;
    known, it is gone on with.
    """
    if spec.preset is None:
        yield _plain(spec, prompt, memory)
        return
    with ExitStack() as held:
        folder = held.enter_context(folder_beside(root, "program"))
        yield _preset(spec, spec.preset, prompt, memory, folder, held)


def _plain(spec: Spec, prompt: str, memory: Memory) -> Launch:
    prompt = prompt.replace("\0", "\u2400")
    if any(PLACE in each for each in spec.argv) and len(prompt.encode()) > _MAX_ARGUMENT:
        raise UserFault(
            f"The instruction is longer than {_MAX_ARGUMENT} bytes, too long for an argument "
            f"of {spec.name}. Shorten it, or let the program read its standard input."
        )
    argv = tuple(each.replace(PLACE, prompt) for each in spec.argv)
    begins = cut_line(prompt)
    title = shlex.join(each.replace(PLACE, begins) for each in spec.argv)
    if spec.is_acp:
        return Launch(argv, title, attached=Attached(memory.mounts(), keeps_input=True))
    return Launch(argv, title, prompt.encode("utf-8", "replace"))


def _preset(
    spec: Spec, preset: Preset, prompt: str, memory: Memory, folder: Path, held: ExitStack
) -> Launch:
    provider = preset.provider(spec.model, frozenset(spec.keys))
    access = preset.access[provider]
    forwarder = held.enter_context(_forwarder(spec, provider, folder))
    takes_file = preset.takes == "file"
    texts = {**access.files, **({_PROMPT_FILE: prompt} if takes_file else {})}
    mounts = [Mount(forwarder.socket, _SOCKET), *memory.mounts()]
    for number, (inside, text) in enumerate(texts.items()):
        host = folder / f"file-{number}"
        host.write_text(text, encoding="utf-8", errors="replace")
        mounts.append(Mount(host, inside))
    model = spec.model or access.model
    words = {
        "{address}": f"http://127.0.0.1:{_PORT}",
        "{model}": model,
        "{prompt_file}": _PROMPT_FILE,
        "{session}": memory.session,
    }
    is_on_stdin = preset.takes == "stdin" and not spec.is_acp
    return Launch(
        _filled(_argv(spec, preset, access, model, goes_on=memory.is_known), words),
        f"{preset.label}, {f'model {model}' if model else 'its usual model'}",
        prompt.encode("utf-8", "replace") if is_on_stdin else b"",
        {name: _fill(value, words) for name, value in access.environment.items()},
        Attached(tuple(mounts), ((_PORT, _SOCKET),), keeps_input=spec.is_acp),
    )


def _argv(
    spec: Spec, preset: Preset, access: Access, model: str, *, goes_on: bool
) -> tuple[str, ...]:
    model_words = preset.model_words if model else ()
    if spec.is_acp:
        return (*preset.acp, *(model_words if preset.acp_takes_model else ()), *spec.argv)
    last = spec.goes_on() if goes_on else ()
    return (*preset.argv, *access.words, *model_words, *spec.argv, *last)


def _filled(argv: tuple[str, ...], words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_fill(each, words) for each in argv)


def _fill(text: str, words: Mapping[str, str]) -> str:
    for place, value in words.items():
        text = text.replace(place, value)
    return text


def _forwarder(spec: Spec, name: str, folder: Path) -> Forwarder:
    provider = PROVIDERS[name]
    key, base_url = spec.keys.get(name, ("", ""))
    if not key:
        raise MissingKey(no_key(name))
    headers = {provider.header: f"{provider.before}{key}"}
    address = base_url or provider.address
    return Forwarder(address, headers, folder, routes=provider.routes, meter=spec.meter)


class MissingKey(PlatformFault):
    """The server has no key for the model that the program talks to."""

    retry = False


def cut_line(prompt: str) -> str:
    """The beginning of a prompt on one line, for a title."""
    line = " ".join(cut(prompt, 4 * _TITLE).split())
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"
