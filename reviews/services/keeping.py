"""Keeps what an agent did, as a commit on its round's base; also when its worker is dead.

A worktree stays on the machine of a worker that died. Before it is removed, and before the run ends
so that the next one may begin, its tree goes through the same door as that of a stopped run. The
next run of the round then begins from it. Whoever keeps it holds the run meanwhile, for KEEP_S at
the most: then the sweep ends the run without its work.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from agents import open_question, policy, quiet, runners, stream, worktree
from agents.errors import SnapshotRefused
from agents.git import Mirror
from agents.job import Limits, Workspace
from agents.kept_session import storable
from agents.parking import INTERRUPTED, WAITS_FOR
from agents.salvage import rest_of
from agents.worktree import Snapshot
from reviews.models import Blob, Run
from reviews.services import blobs, identity, known_values, place
from reviews.services.runs import runner_of
from reviews.states import RunKind, RunStatus

logger = logging.getLogger(__name__)
KEEP_S = 120.0
QUIET_S = 10.0
KEPT = "Its work so far was kept"
NOT_KEPT = "Its work since then was not kept"


def note(
    run: Run, workspace: Workspace, session: str, resume: Mapping[str, Any] | None,
    *, has_ended: bool = False,
) -> None:  # fmt: skip
    """Remember the worktree, as the agent is about to write there; one half laid has no note.

    session, resume: what it goes on with, if anything; once it has ended, what it handed over.
    """
    told = {
        "session": blobs.put(session.encode("utf-8", "replace")).pk if session else None,
        "admin_dir": str(workspace.admin_dir), "start_tree": workspace.start_tree,
        "overlays": [[str(source), name] for source, name in workspace.overlays],
        "resume": dict(resume) if resume else None, "has_ended": has_ended,
    }  # fmt: skip
    path = place.note_of(run)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(told))
    fresh.replace(path)


def lies_here(run: Run) -> bool:
    """Whether this machine has a worktree in which the run's agent may have worked."""
    return run.kind == RunKind.AGENT and place.note_of(run).is_file()


def take(run: Run) -> Run | None:
    """Hold the run of a dead worker while its work is kept; None when somebody else was faster.

    From here on nothing that is still written in the dead worker's name is taken.
    """
    mine = identity.worker_name()
    live = [RunStatus.RUNNING, RunStatus.WAITING]
    until = timezone.now() + timedelta(seconds=KEEP_S)
    held = Run.objects.filter(pk=run.pk, worker=run.worker, status__in=live)
    if not held.update(worker=mine, lease_expires_at=until):
        return None
    return Run.objects.select_related("change__repository", "round").get(pk=run.pk)


def left_by(run: Run) -> tuple[dict[str, Any], str]:
    """Columns of the work that a run which was taken left here, and a sentence about it."""
    try:
        return _kept(run)
    except Exception as fault:
        logger.exception("the work that run %s left could not be kept", run.pk)
        return {}, f"{NOT_KEPT}: the server failed ({type(fault).__name__})."


def _kept(run: Run) -> tuple[dict[str, Any], str]:
    mirror = place.mirror_of(run.change.repository)
    workspace = _workspace(run, mirror)
    if not quiet.is_quiet(workspace.root, QUIET_S):
        return {}, f"{NOT_KEPT}: something still writes to it."
    tree, refusal = tree_or_rest(workspace, policy.from_json(run.round.policy).limits)
    if not tree:
        return {}, f"{NOT_KEPT}. {refusal}"
    note, left = json.loads(place.note_of(run).read_text()), _left(run, workspace)
    resume = _question(run, workspace) or ({INTERRUPTED: True} if left else None)
    if tree == workspace.start_tree and not (resume or note["has_ended"]):
        return {}, refusal or "It had changed nothing since it began."
    snapshot = snapshot_of(run, mirror, tree)
    told = f"{KEPT}, and the next run goes on from it. {refusal}".rstrip()
    session = Blob.objects.filter(pk=note["session"]).first() if note["session"] else None
    return {
        "commit": snapshot.commit, "tree": tree, "pack": blobs.put(snapshot.pack),
        "session": blobs.put(left.encode("utf-8", "replace")) if left else session,
        "name": runner_of(run.change, run.round), "resume": resume or interrupted(note["resume"]),
    }, told  # fmt: skip


def _question(run: Run, workspace: Workspace) -> dict[str, Any]:
    """What to resume from of a run that waited for an answer when its worker died; else empty."""
    found = stream.plain(open_question.left(workspace.root), known_values.redactor().redact)
    if not isinstance(found, dict) or run.status != RunStatus.WAITING:
        return {}
    return found if found.get("ask") and found.get("ask") == run.options.get("ask") else {}


def _left(run: Run, workspace: Workspace) -> str:
    """The conversation as the run's death left it, masked; the work is kept without it, too."""
    try:
        runner = runners.load(runner_of(run.change, run.round), policy.from_json(run.round.policy))
        left = runner.left(workspace.root)
    except Exception:
        logger.exception("the conversation that run %s left cannot be read", run.pk)
        return ""
    return storable(left, known_values.redactor().redact) if left else ""


def interrupted(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run goes on with after one that was interrupted in the midst of its work."""
    if not stored or not stored.keys() - {WAITS_FOR, INTERRUPTED}:
        return {INTERRUPTED: True}
    return {**stored, INTERRUPTED: True}


def tree_or_rest(workspace: Workspace, limits: Limits) -> tuple[str, str]:
    """The tree's id; of a tree that is refused the rest's, or none, and the whole truth."""
    try:
        return worktree.tree_of(workspace, limits), ""
    except SnapshotRefused as refusal:
        return rest_of(workspace, limits, refusal).taken()


def _workspace(run: Run, mirror: Mirror) -> Workspace:
    told = json.loads(place.note_of(run).read_text())
    overlays = tuple((Path(source), name) for source, name in told["overlays"])
    return Workspace(
        place.folder_of(run).absolute(), mirror.path, Path(told["admin_dir"]), run.round.base,
        told["start_tree"], overlays=overlays,
    )  # fmt: skip


def snapshot_of(run: Run, mirror: Mirror, tree: str) -> Snapshot:
    """What the agent left, as a commit of ours on the round's base."""
    change, by = run.change, runner_of(run.change, run.round)
    return worktree.commit_snapshot(
        mirror, tree, run.round.base,
        message=f"{change.title}\n\nChange #{change.pk}, round {run.round.number}, "
        f"as {by} left it.",
        author_name=by, author_email="agent@honkweb.invalid",
    )  # fmt: skip


def clear(run: Run) -> None:
    """Remove the worktree and its note; what was worth keeping is in the database."""
    worktree.remove_folder(place.mirror_of(run.change.repository), place.folder_of(run))
    worktree.discard(place.sockets_of(run))
    worktree.discard(place.note_of(run))
