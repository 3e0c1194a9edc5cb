"""What a running agent or verifier says, as closed kinds of frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

JSON = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]
Source = Literal["agent", "user", "system", "verifier", "sandbox"]
Kind = Literal[
    "start",
    "text",
    "think",
    "tool",
    "output",
    "result",
    "diff",
    "plan",
    "ask",
    "answer",
    "usage",
    "limit",
    "step",
    "note",
    "unknown",
    "end",
]

KINDS: frozenset[str] = frozenset(Kind.__args__)  # type: ignore[attr-defined]
# text, think and output rows of one `part` and `source` may be joined before they are stored.
CHUNKED: frozenset[str] = frozenset({"text", "think", "output"})
MAX_DATA_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    data by kind: text/think/output {text}; tool {name, input, title}; result {exit: int|None,
    ok: bool, seconds: float, text?}; ask {question, reason, answers: [str]}; answer {text, by};
    plan {items: [{text, state: todo|doing|done}]}; usage {input, output, cost: float|None} so far,
    with {step, cached} where the runner knows them;
    limit {name, used, allowed}; step {number}; note {text}; diff {path, added, removed};
    unknown {raw}; start {runner, sandbox, argv?}.
    part: stable id of the tool call, message or question. parent: part of the enclosing one.
    dedup: unique within the run where the source may repeat itself.
    """

    kind: Kind
    data: Mapping[str, JSON] = field(default_factory=dict)
    part: str = ""
    parent: str = ""
    source: Source = "agent"
    dedup: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing happened for 100 ms; never stored. Lets the caller flush, beat and hand things in."""


TICK = Tick()
