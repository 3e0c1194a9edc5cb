"""What the agent is told: the instruction, a re-prompt's numbered batch, red output, a veto."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agents.prompt import CommentPart, PromptParts, RedPart, VetoPart, compose
from reviews.models import Comment, Round, Run


def prompt_of(round_: Round, reds: Sequence[Run] = (), veto: Run | None = None) -> str:
    """The whole prompt of a round's next agent run; `reds` and a judge's `veto` it is to mend."""
    return compose(
        PromptParts(
            instruction=round_.change.instruction,
            round=round_.number,
            message=round_.message,
            comments=parts_of(round_),
            reds=tuple(RedPart(run.name, run.reason, run.excerpt) for run in reds),
            conflicts=tuple(round_.conflicts),
            veto=VetoPart(veto.summary, tuple(_finding(f) for f in veto.findings))
            if veto
            else None,
        )
    )


def _finding(found: Mapping[str, Any]) -> str:
    """A judge's finding on one line, with its place in front."""
    place = str(found["path"]) + (f":{found['line']}" if found["line"] else "")
    kind = str(found["kind"]).replace("_", " ")
    return f"{place} ({kind}): {found['text']}" if place else f"({kind}) {found['text']}"


def parts_of(round_: Round) -> tuple[CommentPart, ...]:
    """The numbered batch as it is told."""
    return tuple(_part(comment) for comment in comments_of(round_))


def comments_of(round_: Round) -> list[Comment]:
    """The numbered batch that a round was given, in reading order."""
    sent = Comment.objects.filter(sent_in=round_).select_related("thread__file", "author")
    return sorted(sent, key=lambda comment: (comment.sent_number or 0, *_place(comment)))


def _place(comment: Comment) -> tuple[int, int, int]:
    thread = comment.thread
    return (thread.file.index if thread.file else -1, thread.line or 0, comment.pk)


def _part(comment: Comment) -> CommentPart:
    thread = comment.thread
    file = thread.file
    old = file is not None and thread.side == "old" and file.old_display
    return CommentPart(
        body=comment.body,
        by=comment.author.name,
        path=(file.old_display if old else file.display) if file else "",
        line=thread.line,
        end_line=thread.end_line,
        side=thread.side or "new",
        code=thread.quote,
        suggestion=comment.suggestion,
    )
