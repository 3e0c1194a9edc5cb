"""Git as this program uses it: one bare mirror per repository, plumbing only."""

from __future__ import annotations

from agents.repo.base import EMPTY_TREE, GitFailed, is_oid
from agents.repo.origins import check_branch, check_origin, is_local
from agents.repo.reading import Entry, Reading, display_path
from agents.repo.remote import Remote
from agents.repo.writing import MergeResult, Writing

__all__ = [
    "EMPTY_TREE",
    "Entry",
    "GitFailed",
    "MergeResult",
    "Mirror",
    "check_branch",
    "check_origin",
    "display_path",
    "is_local",
    "is_oid",
]


class Mirror(Reading, Writing, Remote):
    """A bare repository that holds copies of the origin's objects and ours; a cache.

    Commits and trees are given by full ids. Call `ensure` before anything else; `keep` what must
    outlive a collection.
    """
