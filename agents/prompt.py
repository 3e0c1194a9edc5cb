"""Composes what an agent is told.

In a first round that is the instruction, word for word. Later it is the instruction, the reviewer's
message, the numbered comments, and what checks or a merge said, as fenced and capped data. The
house rules are apart: only runners that are models take them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from agents.job import WORKSPACE
from agents.text import clean, cut
from agents.verifiers.base import without_escapes

MAX_EXCERPT = 8000  # characters of one check's output
MAX_EXCERPTS = 24_000  # of all of them
MAX_CODE = 2000  # of the code a comment points at
MAX_FILES = 100  # conflicting files that are named
_FOLDER = Path(__file__).parent / "prompts"


@dataclass(frozen=True, slots=True)
class CommentPart:
    """One published comment. line..end_line on `side`; none for a comment on the whole file.

    path empty: a comment on the whole change. code: the lines it points at. suggestion: what is to
    stand in the place of the lines, "" for nothing, None when nothing is suggested.
    """

    body: str
    by: str = ""
    path: str = ""
    line: int | None = None
    end_line: int | None = None
    side: str = "new"
    code: str = ""
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class RedPart:
    """One check that is not green: its name, one sentence, and the failing part of its output."""

    verifier: str
    reason: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class VetoPart:
    """Why a judge does not let the change pass: its summary, and each finding with its place."""

    summary: str
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptParts:
    """Everything a prompt may be made of."""

    instruction: str
    round: int = 1
    message: str = ""
    comments: tuple[CommentPart, ...] = ()
    reds: tuple[RedPart, ...] = ()
    conflicts: tuple[str, ...] = ()
    veto: VetoPart | None = None


def compose(parts: PromptParts) -> str:
    """The prompt of one agent run."""
    message = parts.message.strip()
    extra = [
        f"The reviewer's message:\n\n{fenced(message)}" if message else "",
        _comments(parts.comments),
        _conflicts(parts.conflicts),
        _reds(parts.reds),
        _veto(parts.veto),
    ]
    if parts.round <= 1 and not any(extra):
        return clean(parts.instruction)
    first = parts.instruction.strip()
    if parts.round > 1:
        first = _text("reprompt", round=str(parts.round), instruction=first)
    return clean("\n\n".join(part for part in (first, *extra) if part) + "\n")


def house_rules() -> str:
    """What every model is told besides: how to work here."""
    return _text("house_rules", workspace=WORKSPACE)


def fenced(text: str) -> str:
    """text between fences that it cannot close itself."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def quoted(by: str, text: str, *, answers: bool = False) -> str:
    """Words of a person under their name, so that they cannot imitate those of somebody else.

    The name stays on its line, and cannot open a fence; the words stay inside theirs.
    """
    return f"{_named(by)}{' answers' if answers else ''}:\n\n{fenced(text)}"


def _named(by: str) -> str:
    return _shown(" ".join(by.split())).replace("`", "'")


def _text(name: str, **values: str) -> str:
    template = Template((_FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip())
    return template.substitute(values)


def _comments(comments: tuple[CommentPart, ...]) -> str:
    if not comments:
        return ""
    numbered = [f"{number}. {_comment(each)}" for number, each in enumerate(comments, 1)]
    return "\n\n".join([_text("comments"), *numbered])


def _comment(comment: CommentPart) -> str:
    place = _shown(comment.path) or "The whole change"
    if comment.line is not None:
        last = comment.end_line or comment.line
        lines = f"line {comment.line}" if last == comment.line else f"lines {comment.line}-{last}"
        before = " (as it was before)" if comment.side == "old" else ""
        place = f"{place}, {lines}{before}"
    by = f" ({_named(comment.by)})" if comment.by else ""
    code = cut(comment.code, MAX_CODE) if comment.code.strip() else ""
    about = f"on this code:\n{fenced(code)}\n\nThe comment:" if code else ""
    body = fenced(comment.body.strip()) if comment.body.strip() else ""
    said = "\n".join(part for part in (body, _suggestion(comment)) if part)
    return f"{place}{by}{f', {about}' if about else ':'}\n{said}"


def _suggestion(comment: CommentPart) -> str:
    """The replacement that a person suggests, between fences."""
    if comment.suggestion is None or comment.line is None:
        return ""
    last = comment.end_line or comment.line
    one = last == comment.line
    lines = f"line {comment.line}" if one else f"lines {comment.line} to {last}"
    if not comment.suggestion:
        return f"\nSuggested: take {lines} out."
    return f"\nSuggested replacement for {lines}:\n{fenced(comment.suggestion)}"


def _conflicts(paths: tuple[str, ...]) -> str:
    if not paths:
        return ""
    named = "\n".join(f"- {_shown(path)}" for path in paths[:MAX_FILES])
    more = len(paths) - MAX_FILES
    return f"{_text('conflict')}\n\n{named}" + (f"\n- and {more} more" if more > 0 else "")


def _reds(reds: tuple[RedPart, ...]) -> str:
    if not reds:
        return ""
    share = min(MAX_EXCERPT, MAX_EXCERPTS // len(reds))
    told = [f"{_shown(red.verifier)}: {red.reason}{_output(red, share)}" for red in reds]
    return "\n\n".join([_text("repair"), *told])


def _veto(veto: VetoPart | None) -> str:
    if veto is None:
        return ""
    numbered = [f"{number}. {text}" for number, text in enumerate(veto.findings, 1)]
    told = cut("\n".join([veto.summary, *numbered]), MAX_EXCERPTS)
    return f"{_text('judge_veto')}\n\n{fenced(told)}"


def _output(red: RedPart, share: int) -> str:
    text = cut(without_escapes(red.excerpt).strip(), share)
    return f"\n{fenced(text)}" if text else ""


def _shown(name: str) -> str:
    """A name from a repository on one line, without control characters."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)[:500]
