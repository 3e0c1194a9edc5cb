"""Rows for tests: plain functions whose every value can be overridden."""

from __future__ import annotations

import itertools
from typing import Any

from django.utils import timezone

from reviews.models import (
    Change,
    Comment,
    DiffFile,
    GuardItem,
    Membership,
    Person,
    Repository,
    Round,
    Run,
    Thread,
    Verdict,
)
from reviews.services import blobs, progress
from reviews.services.permissions import Actor
from reviews.states import ChangeStatus, Role, RoundStatus, RunKind, RunStatus, Source, VerdictKind

_numbers = itertools.count(1)
HEAD = "a" * 40
BASE = "b" * 40
TREE = "c" * 40
PATCH = b"""diff --git a/app.py b/app.py
index 1111111111111111111111111111111111111111..2222222222222222222222222222222222222222 100644
--- a/app.py
+++ b/app.py
@@ -1,2 +1,2 @@
 one
-two
+zwei
"""


def person(username: str = "", **fields: Any) -> Person:
    """An active person who can do nothing yet."""
    return Person.objects.create(username=username or f"person{next(_numbers)}", **fields)


def administrator(username: str = "", **fields: Any) -> Person:
    return person(username, is_superuser=True, is_staff=True, **fields)


def member(repository: Repository, role: Role, username: str = "", **fields: Any) -> Person:
    """A person with a role in a repository."""
    somebody = person(username or f"{role}{next(_numbers)}", **fields)
    Membership.objects.create(person=somebody, repository=repository, role=role)
    return somebody


def actor(somebody: Person, channel: Source = Source.WEB) -> Actor:
    return Actor(somebody, channel)


def repository(name: str = "", **fields: Any) -> Repository:
    values = {"origin": "/nowhere/repository.git", "checked_at": timezone.now(), **fields}
    return Repository.objects.create(name=name or f"repository{next(_numbers)}", **values)


def change(author: Person | None = None, **fields: Any) -> Change:
    """A change by itself, in any status; no round, no run."""
    now = timezone.now()
    values: dict[str, Any] = {
        "repository": fields.pop("repository", None) or repository(),
        "branch": "main",
        "title": "Stop the crash",
        "instruction": "Stop the crash on empty playlists",
        "author": author or person(),
        "source": Source.WEB,
        "runner": "scripted",
        "status": ChangeStatus.QUEUED,
        "status_at": now,
        "created_at": now,
    }
    return Change.objects.create(**{**values, **fields})


def round_(of: Change, **fields: Any) -> Round:
    """An open round, the next number."""
    values: dict[str, Any] = {
        "number": of.rounds.count() + 1,
        "origin": "agent",
        "author": of.author,
        "base": BASE,
    }
    return Round.objects.create(change=of, **{**values, **fields})


def run(of: Round, **fields: Any) -> Run:
    values: dict[str, Any] = {
        "kind": RunKind.AGENT,
        "name": "scripted",
        "status": RunStatus.PASSED,
        "queued_at": timezone.now(),
    }
    return Run.objects.create(change=of.change, round=of, **{**values, **fields})


def event(of: Run, **row: Any) -> int:
    """One event row; returns its sequence number."""
    values = {"kind": "text", "source": "agent", "data": {"text": "Hello."}}
    return progress.append(of.pk, [{**values, **row}])


def diff_file(of: Round, **fields: Any) -> DiffFile:
    values: dict[str, Any] = {
        "index": of.files.count(),
        "path": b"app.py",
        "display": "app.py",
        "status": "modified",
        "added": 1,
        "removed": 1,
        "old_mode": "100644",
        "new_mode": "100644",
        "patch": blobs.put(PATCH),
        "old": blobs.put(b"one\ntwo\n"),
        "new": blobs.put(b"one\nzwei\n"),
        "old_size": 8,
        "new_size": 9,
    }
    return DiffFile.objects.create(round=of, **{**values, **fields})


def reviewable(author: Person | None = None, **fields: Any) -> Change:
    """A change that waits for review: one frozen round with one file, one passed agent run."""
    made = change(author, **{"status": ChangeStatus.AWAITING_REVIEW, **fields})
    frozen = round_(made, status=RoundStatus.FROZEN, head=HEAD, tree=TREE, file_count=1)
    run(frozen, commit=HEAD, tree=TREE)
    diff_file(frozen)
    return made


def approved(**fields: Any) -> Change:
    """A change whose one round stands approved at its head, by somebody else than its author."""
    made = reviewable(**{"status": ChangeStatus.APPROVED, **fields})
    made.rounds.update(status=RoundStatus.APPROVED)
    Verdict.objects.create(
        change=made, round=made.rounds.get(), head=HEAD, verdict=VerdictKind.APPROVE,
        person=member(made.repository, Role.REVIEWER), channel="web", at=timezone.now(),
    )  # fmt: skip
    return made


def guard_item(of: Round, **fields: Any) -> GuardItem:
    values = {"kind": "tests_deleted", "text": "A test was deleted.", "path": "tests/test_app.py"}
    return GuardItem.objects.create(round=of, **{**values, **fields})


def comment(of: Round, author: Person, **fields: Any) -> Comment:
    """A published comment on line 2 of the round's first file."""
    thread = Thread.objects.create(
        change=of.change, round=of, file=of.files.first(), side="new", line=2, end_line=2,
        quote="zwei",
    )  # fmt: skip
    values = {"body": "Why?", "published_at": timezone.now(), **fields}
    return Comment.objects.create(thread=thread, author=author, **values)
