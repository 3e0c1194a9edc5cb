"""Statuses and the only ways between them. Pure tables; imports nothing of ours."""

from __future__ import annotations

from enum import StrEnum


class ChangeStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    NEEDS_INPUT = "needs_input"
    VERIFYING = "verifying"
    AWAITING_REVIEW = "awaiting_review"
    APPROVED = "approved"
    MERGING = "merging"
    MERGED = "merged"
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


S = ChangeStatus
MOVES: dict[ChangeStatus, frozenset[ChangeStatus]] = {
    S.QUEUED: frozenset({S.RUNNING, S.CANCELLED, S.FAILED}),
    S.RUNNING: frozenset({S.NEEDS_INPUT, S.VERIFYING, S.CANCELLED, S.FAILED}),
    S.NEEDS_INPUT: frozenset({S.RUNNING, S.CANCELLED, S.FAILED}),
    S.VERIFYING: frozenset({S.RUNNING, S.AWAITING_REVIEW, S.CANCELLED, S.FAILED}),
    S.AWAITING_REVIEW: frozenset({S.APPROVED, S.REJECTED, S.QUEUED, S.CANCELLED}),
    S.APPROVED: frozenset({S.AWAITING_REVIEW, S.MERGING, S.CANCELLED}),
    S.MERGING: frozenset({S.AWAITING_REVIEW, S.MERGED, S.FAILED}),
    S.MERGED: frozenset({S.DEPLOYING}),
    S.DEPLOYING: frozenset({S.DEPLOYED, S.ROLLED_BACK, S.FAILED}),
    S.DEPLOYED: frozenset({S.ROLLED_BACK}),
    S.ROLLED_BACK: frozenset({S.DEPLOYING}),
    S.REJECTED: frozenset({S.QUEUED}),
    S.CANCELLED: frozenset({S.QUEUED}),
    S.FAILED: frozenset({S.QUEUED, S.MERGING, S.DEPLOYING, S.AWAITING_REVIEW}),
}
# Out of failed, these targets are open only when this was the stage that failed; queued (the
# next round, or a retry of the agent's stage) always is.
FAILED_ONLY: dict[ChangeStatus, str] = {
    S.MERGING: "merging",
    S.DEPLOYING: "deploying",
    S.AWAITING_REVIEW: "merging",
}

WAITS_FOR_MACHINE = frozenset(
    {S.QUEUED, S.RUNNING, S.VERIFYING, S.APPROVED, S.MERGING, S.DEPLOYING}
)
WAITS_FOR_PERSON = frozenset({S.NEEDS_INPUT, S.AWAITING_REVIEW})
CANCELLABLE = frozenset({s for s, targets in MOVES.items() if S.CANCELLED in targets})


def may_move(source: ChangeStatus, target: ChangeStatus, failed_stage: str = "") -> bool:
    """Whether the table has this way; out of failed it also asks which stage failed."""
    if target not in MOVES[source]:
        return False
    if source is not S.FAILED:
        return True
    return FAILED_ONLY.get(target, failed_stage) == failed_stage


class RoundStatus(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    SUPERSEDED = "superseded"
    APPROVED = "approved"
    REJECTED = "rejected"
    ABANDONED = "abandoned"


class RoundOrigin(StrEnum):
    AGENT = "agent"
    IMPORT = "import"
    SUGGESTION = "suggestion"
    CONFLICT = "conflict"
    REVERT = "revert"


class RunKind(StrEnum):
    AGENT = "agent"
    VERIFIER = "verifier"
    JUDGE = "judge"
    PREVIEW = "preview"
    MERGE = "merge"
    DEPLOY = "deploy"


class RunStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PASSED = "passed"
    FAILED = "failed"
    NO_TESTS = "no_tests"
    ERROR = "error"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LOST = "lost"


RUN_LIVE = frozenset({RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING})
RUN_ENDED = frozenset(RunStatus) - RUN_LIVE
# Which queue of workers a kind of run belongs to.
RUN_QUEUE: dict[RunKind, str] = {
    RunKind.AGENT: "agent",
    RunKind.VERIFIER: "work",
    RunKind.JUDGE: "work",
    RunKind.PREVIEW: "work",
    RunKind.MERGE: "work",
    RunKind.DEPLOY: "work",
}


class Source(StrEnum):
    """The door an instruction or a verdict came through."""

    WEB = "web"
    SLACK = "slack"
    CLI = "cli"
    API = "api"
    IMPORT = "import"
    SYSTEM = "system"


class Role(StrEnum):
    """Per repository; each includes the ones before it."""

    READER = "reader"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    MAINTAINER = "maintainer"


ROLE_RANK: dict[str, int] = {role: rank for rank, role in enumerate(Role, 1)}


class VerdictKind(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    REPROMPT = "reprompt"
    WITHDRAW = "withdraw"


class Reason(StrEnum):
    WRONG = "wrong"
    INCOMPLETE = "incomplete"
    OUT_OF_SCOPE = "out_of_scope"
    UNSAFE = "unsafe"
    STYLE = "style"
    TESTS_MISSING = "tests_missing"
    NOT_NEEDED = "not_needed"
    CHEATED = "cheated"
    ANOTHER_CHOSEN = "another_chosen"
    OTHER = "other"


REASON_WORDS: dict[str, str] = {
    Reason.WRONG: "Wrong",
    Reason.INCOMPLETE: "Incomplete",
    Reason.OUT_OF_SCOPE: "Out of scope",
    Reason.UNSAFE: "Unsafe",
    Reason.STYLE: "Style",
    Reason.TESTS_MISSING: "Tests missing",
    Reason.NOT_NEEDED: "Not needed any more",
    Reason.CHEATED: "Agent cheated",
    Reason.ANOTHER_CHOSEN: "Another chosen",
    Reason.OTHER: "Other",
}
