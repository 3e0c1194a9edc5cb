"""What a frozen round holds, file by file, and what the guard found in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Blob(models.Model):
    """Bytes by content: zlib-compressed in the row up to 1 MiB, else in Django's default storage.

    Written and read only by `services.blobs`, reached only through a record that was checked.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    data = models.BinaryField(null=True)
    stored_at = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.sha256[:12]


class DiffFile(models.Model):
    """One file of a round. `index` is what comments, URLs and HTML ids use, never the path.

    patch: this file's slice of git's patch. old, new: both sides' content (bounded), or null.
    position: 0-based place in the reading order. kind: what part it plays (`diffs.kinds.Kind`).
    facts: what was found out about the whole change at its freezing, `services.reading` says what.
    """

    round = models.ForeignKey("reviews.Round", on_delete=models.PROTECT, related_name="files")
    index = models.PositiveIntegerField()
    path = models.BinaryField()
    old_path = models.BinaryField(null=True)
    display = models.TextField()
    old_display = models.TextField(blank=True)
    status = models.CharField(max_length=16)
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    old_mode = models.CharField(max_length=6, blank=True)
    new_mode = models.CharField(max_length=6, blank=True)
    old_oid = models.CharField(max_length=64, blank=True)
    new_oid = models.CharField(max_length=64, blank=True)
    old_size = models.PositiveBigIntegerField(null=True)
    new_size = models.PositiveBigIntegerField(null=True)
    is_binary = models.BooleanField(default=False)
    patch = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    old = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    new = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, related_name="+")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "index"], name="files_are_numbered")
        ]

    def __str__(self) -> str:
        return self.display


class GuardItem(models.Model):
    """Something a person must have seen before approving; ticked by name, never by default."""

    round = models.ForeignKey("reviews.Round", on_delete=models.PROTECT, related_name="guard")
    kind = models.CharField(max_length=40)
    text = models.TextField()
    path = models.TextField(blank=True)
    line = models.PositiveIntegerField(null=True)
    is_tickable = models.BooleanField(default=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.text[:60]}"
