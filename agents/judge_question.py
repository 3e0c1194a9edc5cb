"""What a judge is asked: everything that came from people or the agent is fenced data, and bounded.

The judge is not shown what the agent says of its own work: it compares what was asked for with what
the change does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.prompt import CommentPart, fenced
from agents.text import clean, cut, decode

MAX_PATCH = 240_000  # characters of all files together
MAX_FILE = 60_000  # of one file
MAX_WORDS = 24_000  # of one instruction, message or comment
MAX_NAMED = 200  # files that are named as left out
_HUNK = re.compile(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@")
_PROMPT = Path(__file__).parent / "prompts" / "judge.txt"


@dataclass(frozen=True, slots=True)
class Said:
    """Something the agent was told: by whom, in which words, with which numbered comments."""

    title: str
    text: str
    comments: tuple[CommentPart, ...] = ()


@dataclass(frozen=True, slots=True)
class FilePatch:
    """One file of the change. path: as it is shown to people. patch: its slice of git's patch,
    or its beginning where it is very long."""

    path: str
    patch: bytes
    added: int = 0
    removed: int = 0
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """All that is compared. checks: how each verifier ended; guard: what the server noticed."""

    said: tuple[Said, ...]
    files: tuple[FilePatch, ...]
    checks: tuple[str, ...] = ()
    guard: tuple[str, ...] = ()


def rules() -> str:
    """The judge's own orders; nothing of a repository or a person is in them."""
    return _PROMPT.read_text(encoding="utf-8").strip()


def question_text(question: Question) -> str:
    """The one message of a judge's conversation."""
    shown, left_out = _patches(question.files)
    parts = [
        "What people asked for, oldest first:",
        *(_said(each) for each in question.said),
        f"How the server's own checks of this change ended:\n\n{_list(question.checks)}",
        f"What the server noticed in it:\n\n{_list(question.guard)}",
        "The change, file by file, with the line numbers of the new file:",
        *shown,
    ]
    if left_out:
        parts.append(f"Left out of the above, or cut, for length:\n\n{_list(left_out)}")
    parts.append("Here the data ends. Judge the change by the rules that you were given.")
    return clean("\n\n".join(parts))


def _said(said: Said) -> str:
    words = said.text.strip()
    parts = [f"{_one_line(said.title)}:\n\n{fenced(cut(words, MAX_WORDS))}" if words else ""]
    for number, comment in enumerate(said.comments, 1):
        place = f"{comment.path}:{comment.line or ''}".strip(":") or "the whole change"
        about = f"at {place}\n{cut(comment.code, 2000)}".strip()
        body = fenced(f"{about}\n\n{cut(comment.body.strip(), MAX_WORDS)}")
        parts.append(f"{_one_line(said.title)}, comment {number}:\n\n{body}")
    return "\n\n".join(part for part in parts if part)


def _list(lines: Sequence[str]) -> str:
    named = [_one_line(line)[:500] for line in lines[:MAX_NAMED]]
    more = len(lines) - len(named)
    return fenced("\n".join([*named, *([f"and {more} more"] if more > 0 else [])]) or "nothing")


def _patches(files: Sequence[FilePatch]) -> tuple[list[str], list[str]]:
    """Blocks of the files that fit, in order, and lines that name what is not whole.

    Small files first get their room, so that one giant leaves the others their place.
    """
    texts = {index: _numbered(file) for index, file in enumerate(files)}
    room, whole = MAX_PATCH, dict.fromkeys(texts, "")
    for index in sorted(texts, key=lambda index: len(texts[index])):
        allowed = min(MAX_FILE, room)
        if len(texts[index]) <= allowed or allowed > 4000:
            whole[index] = cut(texts[index], allowed)
            room -= min(len(texts[index]), allowed)
    shown, left_out = [], []
    for index, file in enumerate(files):
        size = f"+{file.added} -{file.removed}"
        if whole[index]:
            shown.append(fenced(f"file: {_one_line(file.path)} ({size})\n{whole[index]}"))
        if whole[index] != texts[index]:
            what = "cut in its middle" if whole[index] else "left out"
            left_out.append(f"{file.path} ({size}): {what}")
    return shown, left_out


def _numbered(file: FilePatch) -> str:
    """The file's patch with the new file's line numbers in front."""
    if file.is_binary:
        return "a binary file; its content is not shown"
    return "\n".join(_rows(decode(file.patch[: MAX_FILE * 4]))) or "no line is changed"


def _rows(patch: str) -> Iterator[str]:
    number = 0
    for line in patch.split("\n"):
        hunk = _HUNK.match(line)
        if hunk:
            number = int(hunk[1])
            yield f"       {line}"
        elif number and line[:1] in ("+", " "):
            yield f"{number:>6} {line}"
            number += 1
        elif line:
            yield f"       {line}"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)[:1000]
