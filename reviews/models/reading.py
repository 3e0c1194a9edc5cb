"""What helps to read a diff: its colours, what a person marked as viewed, what was looked at."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Colours(models.Model):
    """The syntax colours of one content, lexed once for all who read it.

    language: a name of `diffs.highlight.language_of`. version: of the lexer. runs: packed as
    `diffs.highlight` says; null when the content is too large or took too long, which is kept too.
    """

    blob = models.ForeignKey("reviews.Blob", on_delete=models.CASCADE, related_name="colours")
    language = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    runs = models.ForeignKey("reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["blob", "language", "version"], name="one_lexing_of_a_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.language} of blob {self.blob_id}"


class SeenMark(models.Model):
    """A file or a hunk that a person marked as viewed, by its digest (`diffs.digest`).

    By content and not by round, so that it stands in every round where the content is the same.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seen_marks"
    )
    change = models.ForeignKey(
        "reviews.Change", on_delete=models.CASCADE, related_name="seen_marks"
    )
    digest = models.CharField(max_length=16)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "change", "digest"], name="a_mark_is_made_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.digest} seen by {self.person_id}"


class Look(models.Model):
    """How long a file of a round was on a person's screen, as their browser told.

    index: the file's in the round (a round's DiffFile rows are made anew until it is frozen).
    visible_ms: sum over all visits. device: the browser's own name, cut.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="looks"
    )
    round = models.ForeignKey("reviews.Round", on_delete=models.CASCADE, related_name="looks")
    index = models.PositiveIntegerField()
    visible_ms = models.PositiveBigIntegerField(default=0)
    device = models.CharField(max_length=200, blank=True)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "round", "index"], name="one_look_a_file")
        ]

    def __str__(self) -> str:
        return f"file {self.index} of round {self.round_id} by {self.person_id}"


class LookReport(models.Model):
    """The last of a person's reports of looks at a round.

    counted_until: the moment up to which the person's time is told of; no file can have been on the
    screen for longer than since then. due_at: ahead of now by as much as reports came too close
    together.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="look_reports"
    )
    round = models.ForeignKey(
        "reviews.Round", on_delete=models.CASCADE, related_name="look_reports"
    )
    counted_until = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "round"], name="one_last_report_of_looks")
        ]
        indexes = [models.Index(fields=["person", "due_at"], name="look_reports_in_time")]

    def __str__(self) -> str:
        return f"looks at round {self.round_id} by {self.person_id}"
