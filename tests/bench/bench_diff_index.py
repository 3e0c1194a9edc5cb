"""The index of a patch against two peers' whole parse of the same bytes."""

from __future__ import annotations

import whatthepatch
from unidiff import PatchSet

from reviews.diffs.index import index_patch
from tests.bench.diffs_made import SIZES, made
from tests.bench.harness import Row, bench, paired

GOAL = 1 / 8


@bench("diff-index")
def index_rows() -> list[Row]:
    """At most an eighth of unidiff's time, at every size; whatthepatch at the smaller ones."""
    sizes = [(size, "unidiff") for size in SIZES] + [("5k", "whatthepatch")]
    return [_row(size, peer) for size, peer in sizes]


def _row(size: str, peer: str) -> Row:
    diff = made(size)
    text = diff.patch.decode("utf-8", "replace")
    parse = {
        "unidiff": lambda: PatchSet(text),
        "whatthepatch": lambda: list(whatthepatch.parse_patch(text)),
    }
    return paired(
        f"diff index, {size} changed lines, against {peer}",
        lambda: index_patch(diff.patch, diff.raw),
        parse[peer],
        goal=GOAL,
        pairs=3 if size == "300k" else 7,
    )
