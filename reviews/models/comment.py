"""Talk about lines, files and whole changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Thread(models.Model):
    """Anchored to a round and, when about code, to a file's side and lines (1-based, inclusive)."""

    change = models.ForeignKey("reviews.Change", on_delete=models.PROTECT, related_name="threads")
    round = models.ForeignKey("reviews.Round", on_delete=models.PROTECT, related_name="threads")
    file = models.ForeignKey(
        "reviews.DiffFile", on_delete=models.PROTECT, null=True, related_name="threads"
    )
    side = models.CharField(max_length=3, blank=True)
    line = models.PositiveIntegerField(null=True)
    end_line = models.PositiveIntegerField(null=True)
    quote = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"thread {self.pk} of #{self.change_id}"


class Comment(models.Model):
    """Words in a thread; a draft until published, then never changed.

    sent_in: the round whose agent was given it; null while it has not been. sent_number: its
    number in that round's batch. answer: what the agent said of that number, in its own words;
    answer_state: done, declined or answered, empty when it did not say. suggestion: text that is to
    stand in the place of the thread's lines (empty: they go), null for none; applied_in: the round
    that was made of it.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="comments"
    )
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(auto_now=True)
    published_at = models.DateTimeField(null=True, db_index=True)
    sent_in = models.ForeignKey(
        "reviews.Round", on_delete=models.PROTECT, null=True, related_name="+"
    )
    sent_number = models.PositiveIntegerField(null=True)
    answer = models.TextField(blank=True)
    answer_state = models.CharField(max_length=10, blank=True)
    suggestion = models.TextField(null=True)  # noqa: DJ001 - null: none, empty: the lines go
    applied_in = models.ForeignKey(
        "reviews.Round", on_delete=models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.published_at is None
