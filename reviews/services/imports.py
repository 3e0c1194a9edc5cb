"""Round 1 of an imported change: a patch applied, or a ref's tree, as a commit of ours."""

from __future__ import annotations

from collections.abc import Collection

from agents import worktree
from agents.errors import UserFault
from agents.git import Mirror
from agents.worktree import Snapshot
from reviews.diffs.appliable import NotTaken, parts_of
from reviews.models import Blob
from reviews.services import blobs, place
from reviews.services.bench import Bench
from reviews.services.instruct import MAX_PATCH

AUTHOR_EMAIL = "import@honkweb.invalid"


def snapshot_of(bench: Bench, mirror: Mirror) -> Snapshot:
    """The imported tree as a commit on the round's base; UserFault when it does not fit."""
    options = bench.change.options
    if "head" in options:
        tree = _tree_of_ref(bench, mirror, str(options["head"]))
    else:
        patch = blobs.get(Blob.objects.get(pk=options["patch"]))
        tree = _tree_of_patch(mirror, bench.round.base, patch)
    return worktree.commit_snapshot(
        mirror, tree, bench.round.base, message=f"{bench.change.title}\n\nImported.",
        author_name=bench.change.author.name, author_email=AUTHOR_EMAIL,
    )  # fmt: skip


def _tree_of_patch(mirror: Mirror, base: str, patch: bytes) -> str:
    """Tree of `base` with the patch applied, or each of a series on top of the one before."""
    try:
        parts = parts_of(patch)
    except NotTaken as fault:
        raise UserFault(str(fault)) from fault
    tree = base
    for number, part in enumerate(parts, 1):
        try:
            tree = mirror.apply_patch(tree, part.text(_with_returns(mirror, tree, part.doubtful)))
        except UserFault as fault:
            which = f"Patch {number} of the {len(parts)} in it: " if len(parts) > 1 else ""
            raise UserFault(f"{which}{fault}") from fault
    return tree


def _with_returns(mirror: Mirror, tree: str, paths: Collection[bytes]) -> set[bytes]:
    """Those of the files whose lines end in CRLF in the tree, most of them at least."""
    if not paths:
        return set()
    oids = {e.path: e.oid for e in mirror.list_tree(tree) if e.path in paths and e.is_file}
    ends = {
        oid: 2 * data.count(b"\r\n") > data.count(b"\n")
        for oid, data, _ in mirror.read_blobs(oids.values(), MAX_PATCH) if data
    }  # fmt: skip
    return {path for path, oid in oids.items() if ends.get(oid)}


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
