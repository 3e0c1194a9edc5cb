"""What the agent answered to each comment of a round's numbered batch."""

from __future__ import annotations

from collections.abc import Sequence

from agents import answers
from reviews.models import Comment, Round


def number(batch: Sequence[Comment]) -> None:
    """Give the comments of a round's batch their numbers, in the order they stand."""
    for position, comment in enumerate(batch, 1):
        comment.sent_number = position
    Comment.objects.bulk_update(batch, ["sent_number"])


def record(round_: Round, summary: str) -> None:
    """Put what a run's summary says of each number beside its comment.

    A later run of the round (a repair) may say nothing of a number; then what was said stays.
    """
    batch = list(Comment.objects.filter(sent_in=round_, sent_number__isnull=False))
    said = answers.parse(summary, len(batch))
    answered = [comment for comment in batch if comment.sent_number in said]
    for comment in answered:
        answer = said[comment.sent_number or 0]
        comment.answer, comment.answer_state = answer.text, answer.state
    Comment.objects.bulk_update(answered, ["answer", "answer_state"])
