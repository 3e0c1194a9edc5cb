"""Where git and agents work on this machine: caches that may be deleted at any time."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from agents import sandbox as sandboxes
from agents.git import Mirror
from agents.ports import Sandbox
from reviews.models import Change, MergeIntent, Repository, Round, Run
from reviews.services import blobs

MAX_PACK = 512 * 1024 * 1024  # bytes a round's objects may unpack to


def mirror_of(repository: Repository) -> Mirror:
    """The repository's bare mirror on this machine, made when missing."""
    mirror = Mirror(settings.HONK_DATA / "mirrors" / f"{repository.pk}.git")
    mirror.ensure()
    return mirror


def folder_of(run: Run) -> Path:
    """The run's own folder for a worktree; nothing else is ever in it."""
    return Path(settings.HONK_DATA) / "work" / f"run-{run.pk}"


def sockets_of(run: Run) -> Path:
    """A folder beside it for sockets that the run's programs reach; swept with it."""
    return folder_of(run).with_suffix(".sockets")


def note_of(run: Run) -> Path:
    """A file beside it: what of the worktree is known once the agent may write there."""
    return folder_of(run).with_suffix(".begun")


def fetch(repository: Repository, mirror: Mirror, branch: str = "") -> str:
    """Bring the mirror up to date; returns the branch's commit."""
    return mirror.fetch(repository.origin, branch or repository.default_branch)


def with_base(change: Change, mirror: Mirror, commit: str) -> None:
    """Have a commit of the origin in the mirror."""
    if not mirror.has(commit):
        fetch(change.repository, mirror, change.branch)


def with_round(round_: Round, mirror: Mirror) -> None:
    """Have a round's head in the mirror, rebuilt from its stored pack."""
    if not round_.head or mirror.has(round_.head):
        return
    with_base(round_.change, mirror, round_.base)
    mirror.import_pack(blobs.get(round_.pack), max_bytes=MAX_PACK)
    mirror.keep(f"rounds/{round_.pk}", round_.head)


def with_run(run: Run, mirror: Mirror) -> None:
    """Have the snapshot of an agent run in the mirror."""
    if not run.commit or mirror.has(run.commit):
        return
    with_base(run.change, mirror, run.round.base)
    mirror.import_pack(blobs.get(run.pack), max_bytes=MAX_PACK)
    mirror.keep(f"runs/{run.pk}", run.commit)


def with_intent(intent: MergeIntent, mirror: Mirror) -> None:
    """Have a prepared merge commit in the mirror."""
    if mirror.has(intent.new):
        return
    with_base(intent.change, mirror, intent.old)
    with_round(intent.round, mirror)
    mirror.import_pack(blobs.get(intent.pack), max_bytes=MAX_PACK)
    mirror.keep(f"merges/{intent.pk}", intent.new)


def sandbox_for(change: Change) -> Sandbox:
    """Isolation for this change's programs, or SandboxMissing with the mend.

    Only the sample with the scripted runner, both ours, may run without.
    """
    is_ours = change.repository.is_sample and change.runner == "scripted"
    return sandboxes.choose(
        unsafe=settings.HONK_UNSAFE_NO_SANDBOX or (is_ours and bool(sandboxes.probe())),
        extra_paths=settings.HONK_SANDBOX_PATHS,
    )
