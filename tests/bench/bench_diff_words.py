"""Changed words of replaced lines: ours against diff2html, or difflib where node is not there.

Both find out which added line stands for which removed one, and then what differs in each pair.
"""

from __future__ import annotations

import difflib
import json
import random
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django

from reviews.diffs import Row as DiffRow
from reviews.diffs.intraline import mark_words
from tests.bench.harness import PAIRS, Row, bench, paired, seconds

HERE = Path(__file__).resolve().parent
LINES = 3_000
WARM = 5  # calls before the first that counts: node compiles what is called often
GOAL = 1 / 2.5
Block = tuple[list[str], list[str]]


@bench("diff-words")
def changed_words() -> list[Row]:
    """Time to mark the words of 3,000 replaced lines in blocks of one to six."""
    blocks = list(made_blocks(random.Random(4)))
    rows = [
        [DiffRow("-", 1, None, line) for line in removed]
        + [DiffRow("+", None, 1, line) for line in added]
        for removed, added in blocks
    ]

    def ours() -> None:
        for block in rows:
            mark_words(block, "python")

    if shutil.which("node") is None or not (HERE.parent.parent / "node_modules/diff2html").exists():
        few = blocks[:150]
        mine = rows[:150]
        return [paired(
            "words of replaced lines, against difflib",
            lambda: [mark_words(block, "python") for block in mine], lambda: _difflib(few), goal=GOAL,
        )]  # fmt: skip
    with _diff2html(blocks) as peer:
        for _ in range(WARM):
            ours()
            peer()
        times = [(1000 * seconds(ours), peer()) for _ in range(PAIRS)]
    return [Row(
        "words of replaced lines, against diff2html",
        ours=round(statistics.median(mine for mine, _ in times), 3),
        peer=round(statistics.median(theirs for _, theirs in times), 3),
        ratio=round(statistics.median(mine / theirs for mine, theirs in times), 4), goal=GOAL,
    )]  # fmt: skip


def made_blocks(chance: random.Random) -> Iterator[Block]:
    """Lines of Django's source with a word or two changed; in some blocks a line is new or gone."""
    lines = [line for line in _source() if 20 < len(line) < 200 and re.search(r"\w", line)]
    left = chance.sample(lines, LINES)
    while left:
        size = chance.choice([1, 1, 1, 2, 2, 3, 4, 6])
        removed, left = left[:size], left[size:]
        added = [_edited(line, chance) for line in removed]
        uneven = chance.choice([removed, added, None])
        if uneven and len(uneven) > 1:
            uneven.pop(chance.randrange(len(uneven)))
        yield removed, added


def _source() -> Iterator[str]:
    for path in sorted(Path(django.__file__).resolve().parent.rglob("*.py"))[:400]:
        yield from path.read_text().splitlines()


def _edited(line: str, chance: random.Random) -> str:
    for _ in range(chance.choice([1, 1, 2])):
        word = chance.choice(list(re.finditer(r"\w+", line)))
        new = chance.choice([f"{word[0]}_x", "other", f"{word[0]}, extra"])
        line = line[: word.start()] + new + line[word.end() :]
    return line


def _difflib(blocks: list[Block]) -> None:
    for removed, added in blocks:
        list(difflib.ndiff(removed, added))


class _Peer:
    """Node with diff2html loaded; each call marks all blocks once and gives its own ms."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def __call__(self) -> float:
        self.say("again")
        assert self.process.stdout is not None
        return float(self.process.stdout.readline())


@contextmanager
def _diff2html(blocks: list[Block]) -> Iterator[_Peer]:
    argv = ["node", str(HERE / "diff2html_words.js")]
    with subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        peer = _Peer(process)
        peer.say(json.dumps(blocks))
        yield peer
