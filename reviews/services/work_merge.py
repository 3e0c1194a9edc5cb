"""One merge run: build what would land, have it verified when it is new, move the branch.

The intent row is committed before the push, so that after a crash the branch itself tells
whether it has landed. No transaction is open while git runs.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agents.errors import PushRefused
from agents.git import Mirror
from reviews.models import MergeIntent, Round, Run, Verdict
from reviews.services import blobs, incident, place, runs
from reviews.services.bench import Bench
from reviews.services.evidence import TWO_PERSON
from reviews.services.finish import finish
from reviews.services.pin import note_policy, read_policy
from reviews.states import RunStatus, VerdictKind

TRAILER = 300  # characters of each part of a trailer that holds free words
# A line of people's words that a search would take for a trailer, ours or another program's.
_LIKE_TRAILER = re.compile(
    r"^(?=[^\S\n]*(?:Honk-[\w-]*|(?:Signed-off|Co-authored|Approved|Acked|Reviewed|Tested)-by) *:)",
    re.IGNORECASE | re.MULTILINE,
)
TRIES = 5  # of building again when the branch moves between fetch and push


def carry_out(bench: Bench) -> None:
    """Land the round, or say why not; its end moves the change on."""
    mirror = place.mirror_of(bench.change.repository)
    place.with_round(bench.round, mirror)
    for _ in range(TRIES):
        tip = place.fetch(bench.change.repository, mirror, bench.change.branch)
        intent = _intent(bench.round)
        if intent and _has_landed(mirror, intent, tip):
            _landed(bench, mirror, intent)
            return
        if intent is None or intent.old != tip:
            intent = _build(bench, mirror, tip)
            if intent is None:
                return
        if not intent.is_verified:
            bench.recorder.note("main has moved; the merged tree is verified before it lands.")
            _end(bench.run, RunStatus.PASSED, "Prepared; the merged tree is verified first.")
            return
        if _push(bench, mirror, intent):
            return
    raise PushRefused("stale", f"{bench.change.branch} kept moving; retry when it is quieter.")


def _intent(round_: Round) -> MergeIntent | None:
    """What this round was about to put on the branch, if anything."""
    return MergeIntent.objects.filter(round=round_).exclude(state="abandoned").last()


def _has_landed(mirror: Mirror, intent: MergeIntent, tip: str) -> bool:
    """Whether the branch holds the intent's commit: after a crash, the only witness."""
    if intent.state not in ("pushing", "landed") or not mirror.has(intent.new):
        return False
    return tip == intent.new or mirror.is_ancestor(intent.new, tip)


def _build(bench: Bench, mirror: Mirror, tip: str) -> MergeIntent | None:
    """The commit that would land on `tip`; None when it cannot, which ends the run."""
    round_ = bench.round
    tree = round_.tree
    if tip != round_.base:
        merged = mirror.merge_tree(round_.base, tip, round_.head)
        if merged.conflicts:
            _conflict(bench, list(merged.conflicts))
            return None
        tree = merged.tree
    if tree == mirror.tree_id(tip):
        why = f"{bench.change.branch} already holds all of this, so there is nothing to merge."
        _end(bench.run, RunStatus.FAILED, why, fault="user")
        return None
    new = mirror.commit_tree(
        tree, _parents(round_, tip), message_of(round_),
        author_name=round_.change.author.name, author_email=_address(round_), at=timezone.now(),
    )  # fmt: skip
    MergeIntent.objects.filter(round=round_).exclude(state="landed").update(state="abandoned")
    has_verifiers = bool(round_.policy.get("verifiers"))
    return MergeIntent.objects.create(
        change=bench.change, round=round_, old=tip, new=new, tree=tree,
        pack=blobs.put(mirror.pack(tip, new)),
        is_verified=tree == round_.tree or not has_verifiers,
    )  # fmt: skip


def _parents(round_: Round, tip: str) -> list[str]:
    """Squash has one parent; a merge commit has the round's head as its second."""
    return [tip, round_.head] if round_.policy.get("strategy") == "merge" else [tip]


def _conflict(bench: Bench, files: list[str]) -> None:
    """Back to review, with the files named; a re-prompt starts from both sides merged."""
    branch = bench.change.branch
    bench.recorder.note("Conflict in: " + ", ".join(files))
    Run.objects.filter(pk=bench.run.pk).update(options={**bench.run.options, "conflicts": files})
    named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
    _end(
        bench.run, RunStatus.FAILED,
        f"{branch} has moved and the merge conflicts in {named}. Nothing was merged. Re-prompt: "
        "the next round starts from both sides merged, with markers where they disagree.",
        fault="user",
    )  # fmt: skip


def _push(bench: Bench, mirror: Mirror, intent: MergeIntent) -> bool:
    """Move the branch from the intent's old to its new commit; False when it moved meanwhile."""
    change = bench.change
    place.with_intent(intent, mirror)
    if not _may_push(bench, intent):
        return True
    try:
        mirror.push(change.repository.origin, change.branch, new=intent.new, old=intent.old)
    except PushRefused as refusal:
        if refusal.kind == "stale":
            return False
        MergeIntent.objects.filter(pk=intent.pk).update(state="prepared")
        _end(bench.run, RunStatus.FAILED, str(refusal), fault="user")
        return True
    _landed(bench, mirror, intent)
    return True


def _may_push(bench: Bench, intent: MergeIntent) -> bool:
    """Say in the intent that the push begins; while the installation is paused the run goes back to
    the queue instead. Both look at the same locked row, so that no push begins after the switch."""
    with transaction.atomic():
        if incident.locked().paused_at is None:
            MergeIntent.objects.filter(pk=intent.pk).update(state="pushing")
            return True
    bench.recorder.note("The installation is paused, so this merge waits. Nothing was pushed.")
    runs.put_back(bench.run)
    return False


def _landed(bench: Bench, mirror: Mirror, intent: MergeIntent) -> None:
    MergeIntent.objects.filter(pk=intent.pk).update(state="landed")
    bench.recorder.note(f"{bench.change.branch} is at {intent.new[:12]}.")
    note_policy(bench.change.repository, intent.new, read_policy(mirror, intent.new))
    _end(bench.run, RunStatus.PASSED, commit=intent.new)


def _end(run: Run, status: RunStatus, reason: str = "", fault: str = "", commit: str = "") -> None:
    finish(run.pk, status, worker=run.worker, reason=reason, fault=fault, commit=commit)


def _address(round_: Round) -> str:
    return round_.change.author.email or f"{round_.change.author.username}@honkweb.invalid"


def message_of(round_: Round) -> str:
    """Title, the agent's own summary, and trailers that say how the commit was made."""
    change = round_.change
    approvals = Verdict.objects.filter(
        round=round_, verdict=VerdictKind.APPROVE, withdrawn_at__isnull=True
    ).select_related("person")
    trailers = [
        f"Honk-Change: {settings.HONK_URL}/changes/{change.pk}/",
        f"Honk-Round: {round_.number}",
        f"Honk-Head: {round_.head}",
        f"Honk-Agent: {change.runner}",
        f"Honk-Instruction-By: {_one_line(change.author.name)}",
        *(f"Honk-Approved-By: {_one_line(v.person.name)}" for v in approvals),
        *(f"Honk-Override: {_overridden(v)}" for v in approvals if _evidence(v)),
    ]
    words = change.instruction.strip()
    body = f"{_no_trailers(words)}\n\n" if words != change.title else ""
    title = _no_trailers(_one_line(change.title))
    return f"{title}\n\n{body}" + "\n".join(trailers) + "\n"


def _no_trailers(text: str) -> str:
    """Words whose lines that look like trailers are quoted: not only git looks for those."""
    return _LIKE_TRAILER.sub("> ", text)


def _evidence(approval: Verdict) -> list[str]:
    """What the approval overrode of verifiers and judge; the two-person rule is no evidence."""
    return [name for name in approval.overrode if name != TWO_PERSON]


def _overridden(approval: Verdict) -> str:
    """What was overridden and why, as the bounded words of a trailer."""
    return f"{_cut(', '.join(_evidence(approval)))}: {_cut(approval.override)}"


def _cut(text: str) -> str:
    line = _one_line(text)
    return line if len(line) <= TRAILER else f"{line[:TRAILER]} ..."


def _one_line(text: str) -> str:
    """Without line breaks and other characters that cannot be seen, which could hide words."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(seen.split())
