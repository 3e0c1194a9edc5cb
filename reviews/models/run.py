"""Processes and conversations, their append-only log, and who is at work."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from reviews.states import RunKind, RunStatus

LIVE = ["queued", "running", "waiting"]


class Run(models.Model):
    """One process or conversation. A retry is a new Run; `attempt` fences late writers.

    name: the verifier's, else the runner's or the kind. commit: for a verifier the commit it
    judges; for an agent the snapshot it left, with `tree` and `pack`. worker: host, boot, pid and
    start time of the process that holds it. next_seq: number of the next event row.
    waits_for: of a waiting run, what would let it go on: answer, pause (a person's word) or money.
    session: the runner's conversation, for the next agent run of the change. cost, cap: US dollars,
    unknown or without a bound when null. findings: what a judge found.
    """

    change = models.ForeignKey("reviews.Change", on_delete=models.PROTECT, related_name="runs")
    round = models.ForeignKey("reviews.Round", on_delete=models.PROTECT, related_name="runs")
    kind = models.CharField(max_length=10, choices=[(k, k) for k in RunKind])
    name = models.CharField(max_length=100, blank=True)
    is_required = models.BooleanField(default=True)
    attempt = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=10, choices=[(s, s) for s in RunStatus], default=RunStatus.QUEUED
    )
    options = models.JSONField(default=dict)
    prompt = models.TextField(blank=True)
    sandbox = models.CharField(max_length=40, blank=True)

    worker = models.CharField(max_length=200, blank=True)
    lease_expires_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    pause_reason = models.CharField(max_length=300, blank=True)
    waits_for = models.CharField(max_length=10, blank=True)

    queued_at = models.DateTimeField()
    rung_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    fault = models.CharField(max_length=10, blank=True)
    may_retry = models.BooleanField(default=False)
    exit_code = models.IntegerField(null=True)
    counts = models.JSONField(default=dict)
    excerpt = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    resume = models.JSONField(null=True)
    session = models.ForeignKey(
        "reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+"
    )
    findings = models.JSONField(default=list)

    commit = models.CharField(max_length=64, blank=True)
    tree = models.CharField(max_length=64, blank=True)
    pack = models.ForeignKey("reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+")

    next_seq = models.PositiveBigIntegerField(default=1)
    steps = models.PositiveIntegerField(default=0)
    output_bytes = models.PositiveBigIntegerField(default=0)
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True)
    cap = models.DecimalField(max_digits=12, decimal_places=6, null=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "id"], name="run_by_status"),
            models.Index(fields=["change", "kind", "id"], name="run_by_change"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["change"],
                condition=Q(kind="agent", status__in=LIVE),
                name="one_live_agent_run",
            ),
            models.UniqueConstraint(
                fields=["change"],
                condition=Q(kind="merge", status__in=LIVE),
                name="one_live_merge_run",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} ({self.kind} {self.name})"

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_asking(self) -> bool:
        """Whether it waits for an answer; none is taken once it is told to stand still instead."""
        is_stopping = self.worker and (self.pause_reason or self.stop_reason)
        return self.status == "waiting" and self.waits_for in ("", "answer") and not is_stopping


class RunEvent(models.Model):
    """One event or chunk of output; never changed. `data` is JSON of at most 64 KiB."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=10)
    part = models.CharField(max_length=100, blank=True)
    parent = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=10)
    dedup = models.CharField(max_length=100, blank=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)
    blob = models.ForeignKey("reviews.Blob", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "seq"], name="events_are_numbered"),
            models.UniqueConstraint(
                fields=["run", "dedup"], condition=~Q(dedup=""), name="events_come_once"
            ),
            models.UniqueConstraint(
                fields=["run"], condition=Q(kind="end"), name="a_run_ends_once"
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.seq} of run {self.run_id}"


class Installation(models.Model):
    """What holds for the whole installation; one row (pk 1), made when it is first needed.

    paused_at: since when nothing is claimed, merged or deployed; null when work goes on.
    cap_day: US dollars that all runs of a day may cost. live_runners: runner name to the time when
    it first finished against the live service.
    """

    paused_at = models.DateTimeField(null=True)
    paused_by = models.ForeignKey(
        "reviews.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    pause_reason = models.CharField(max_length=300, blank=True)
    cap_day = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    live_runners = models.JSONField(default=dict)

    def __str__(self) -> str:
        return "this installation"


class Lease(models.Model):
    """A named right that one process holds for a while (the sweep)."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WorkerSeen(models.Model):
    """When a worker process last said that it lives. providers: model services it has keys of, and
    `claude_code` where that program is installed."""

    worker = models.CharField(max_length=200, primary_key=True)
    queue = models.CharField(max_length=20)
    seen_at = models.DateTimeField()
    sandbox_problem = models.TextField(blank=True)
    has_model_key = models.BooleanField(default=False)
    providers = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.queue} worker {self.worker}"
