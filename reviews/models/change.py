"""A change, its rounds, and what people and the server decided about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from reviews.states import (
    ChangeStatus,
    RoundOrigin,
    RoundStatus,
    Source,
    VerdictKind,
)


class Change(models.Model):
    """One instruction and what became of it. Only `services.lifecycle.move` assigns `status`.

    reason: why it stands where it stands, as a sentence; fault: whose, when something failed.
    takes_effect_at: end of the undo window of an approval. group: siblings of one attempt set.
    """

    repository = models.ForeignKey(
        "reviews.Repository", on_delete=models.PROTECT, related_name="changes"
    )
    branch = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    instruction = models.TextField()
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="changes"
    )
    source = models.CharField(max_length=16, choices=[(s, s) for s in Source])
    runner = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    group = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001 - null: no group
    status = models.CharField(
        max_length=20, choices=[(s, s) for s in ChangeStatus], default=ChangeStatus.QUEUED
    )
    status_at = models.DateTimeField()
    failed_stage = models.CharField(max_length=20, blank=True)
    reason = models.TextField(blank=True)
    fault = models.CharField(max_length=10, blank=True)
    takes_effect_at = models.DateTimeField(null=True)
    landed = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "-id"], name="change_by_status"),
            models.Index(fields=["repository", "-id"], name="change_by_repository"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["repository", "branch"],
                condition=Q(status="merging"),
                name="one_merge_a_branch",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def number(self) -> int:
        """What URLs, API, Slack and trailers call it."""
        return self.pk


class Round(models.Model):
    """One attempt (Gerrit's patch set). Nothing of it changes once it is frozen but its status.

    message: the free text of a re-prompt, written by `author`. base: commit the work starts from.
    start_tree: tree it starts from when that is not the base's (a later round). head, tree, pack:
    what was judged. policy: `.honk.toml` at base, as `agents.policy` stores it.
    conflicts: files (display names) that did not merge and that this round is to resolve.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=16, choices=[(o, o) for o in RoundOrigin])
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rounds"
    )
    message = models.TextField(blank=True)
    status = models.CharField(
        max_length=16, choices=[(s, s) for s in RoundStatus], default=RoundStatus.OPEN
    )
    base = models.CharField(max_length=64, blank=True)
    start_tree = models.CharField(max_length=64, blank=True)
    head = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    pack = models.ForeignKey("reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+")
    is_empty = models.BooleanField(default=False)
    conflicts = models.JSONField(default=list)
    policy = models.JSONField(default=dict)
    summary = models.TextField(blank=True)
    repairs = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    file_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    frozen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "number"], name="rounds_are_numbered")
        ]

    def __str__(self) -> str:
        return f"round {self.number} of #{self.change_id}"


class Transition(models.Model):
    """One move of a change; timeline, audit and statistics are queries over these."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="transitions")
    source = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=20)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    channel = models.CharField(max_length=16)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"#{self.change_id}: {self.source} to {self.target}"


class Verdict(models.Model):
    """A judgement, bound to the round and the full head commit that the person saw.

    override: a maintainer's written reason. overrode: what stood against the round and was approved
    over all the same, as `evidence.standing_against` names it; TWO_PERSON for that rule.
    looked: [[file index, milliseconds on the screen, device]] of this person and round.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="verdicts")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="verdicts")
    head = models.CharField(max_length=64)
    verdict = models.CharField(max_length=16, choices=[(v, v) for v in VerdictKind])
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="verdicts"
    )
    reasons = models.JSONField(default=list)
    message = models.TextField(blank=True)
    override = models.TextField(blank=True)
    overrode = models.JSONField(default=list)
    is_self_approved = models.BooleanField(default=False)
    opened = models.JSONField(default=list)
    looked = models.JSONField(default=list)
    device = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=16)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["round", "person"],
                condition=Q(verdict="approve", withdrawn_at__isnull=True),
                name="one_standing_approval_each",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.round} by {self.person}"


class Message(models.Model):
    """Words of a person for the agent: a steering message, or the answer to a question (`ask`)."""

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ask = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_to = models.ForeignKey(
        "reviews.Run", on_delete=models.PROTECT, null=True, related_name="messages"
    )
    delivered_at = models.DateTimeField(null=True)
    edited_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"message {self.pk} for #{self.change_id}"


class MergeIntent(models.Model):
    """What a merge is about to put on a branch, committed before the push.

    state: prepared (built, perhaps being verified), pushing (the ref may have moved), landed,
    abandoned. After a crash the branch itself says whether `new` has landed.
    """

    change = models.ForeignKey(Change, on_delete=models.PROTECT, related_name="intents")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="+")
    old = models.CharField(max_length=64)
    new = models.CharField(max_length=64)
    tree = models.CharField(max_length=64)
    pack = models.ForeignKey("reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+")
    is_verified = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="prepared")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.state} merge of #{self.change_id}"


class AuditEntry(models.Model):
    """Something a person did that is not a change's move: roles, repositories, sign-in links."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    channel = models.CharField(max_length=16)
    verb = models.CharField(max_length=60)
    object = models.CharField(max_length=200)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.verb} {self.object}"
