"""Round 1 of an imported change: a patch applied, or a ref's tree, as a commit of ours."""

from __future__ import annotations

from agents import worktree
from agents.errors import UserFault
from agents.git import Mirror
from agents.worktree import Snapshot
from reviews.models import Blob
from reviews.services import blobs, place
from reviews.services.bench import Bench

AUTHOR_EMAIL = "import@honkweb.invalid"


def snapshot_of(bench: Bench, mirror: Mirror) -> Snapshot:
    """The imported tree as a commit on the round's base; UserFault when it does not fit."""
    options = bench.change.options
    if "head" in options:
        tree = _tree_of_ref(bench, mirror, str(options["head"]))
    else:
        patch = blobs.get(Blob.objects.get(pk=options["patch"]))
        tree = mirror.apply_patch(bench.round.base, patch)
    return worktree.commit_snapshot(
        mirror, tree, bench.round.base, message=f"{bench.change.title}\n\nImported.",
        author_name=bench.change.author.name, author_email=AUTHOR_EMAIL,
    )  # fmt: skip


def _tree_of_ref(bench: Bench, mirror: Mirror, ref: str) -> str:
    """Tree of a branch, tag or commit of the origin, merged onto where the branch is now."""
    head = place.fetch(bench.change.repository, mirror, ref)
    merged = mirror.merge_heads(bench.round.base, head)
    if merged.conflicts:
        raise UserFault(
            f"{ref} does not merge into {bench.change.branch}: "
            f"{', '.join(merged.conflicts[:5])}. Bring it up to date and import it again."
        )
    return merged.tree
