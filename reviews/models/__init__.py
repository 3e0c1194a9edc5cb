"""Records: the only truth. A change's number is its primary key."""

from reviews.models.change import (
    AuditEntry,
    Change,
    MergeIntent,
    Message,
    Round,
    Transition,
    Verdict,
)
from reviews.models.comment import Comment, Thread
from reviews.models.diff import Blob, DiffFile, GuardItem
from reviews.models.people import ApiToken, Membership, OneTimeLink, Person
from reviews.models.reading import Colours, Look, LookReport, SeenMark
from reviews.models.repository import Repository
from reviews.models.run import Installation, Lease, Run, RunEvent, WorkerSeen

__all__ = [
    "ApiToken",
    "AuditEntry",
    "Blob",
    "Change",
    "Colours",
    "Comment",
    "DiffFile",
    "GuardItem",
    "Installation",
    "Lease",
    "Look",
    "LookReport",
    "Membership",
    "MergeIntent",
    "Message",
    "OneTimeLink",
    "Person",
    "Repository",
    "Round",
    "Run",
    "RunEvent",
    "SeenMark",
    "Thread",
    "Transition",
    "Verdict",
    "WorkerSeen",
]
