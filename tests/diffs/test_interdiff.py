"""An agent's own edits between two rounds, and what a moved base brought."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviews.diffs.between import split_lines
from reviews.diffs.interdiff import Interdiff, Version, interdiff
from reviews.diffs.merge import merge
from reviews.diffs.model import Hunk
from reviews.diffs.text import encode
from tests.diffs.trees import contents, edits

BASE = [b"line %d" % n for n in range(12)]


def text(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


@st.composite
def rounds(draw: st.DrawFn) -> tuple[bytes | None, bytes | None, bytes | None, bytes | None]:
    """base of A, A, base of B, B: any of them may be no file at all."""
    base = draw(contents())
    earlier, moved = draw(edits(base)), draw(edits(base))
    start = draw(st.sampled_from([earlier, moved, merged(base, earlier, moved)]))
    later = draw(edits(start))
    absent = draw(st.sampled_from([None, None, None, None, 0, 1, 2, 3]))
    whole: list[bytes | None] = [base, earlier, moved, later]
    if absent is not None:
        whole[absent] = None
    return whole[0], whole[1], whole[2], whole[3]


@st.composite
def named(draw: st.DrawFn) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """A, base of B and B, in which every line says who wrote it and no two are the same."""
    earlier = draw(inserted(BASE, b"first"))
    moved = draw(inserted(BASE, b"main"))
    start = merge(BASE, earlier, moved).lines
    return earlier, moved, draw(inserted(start, b"second"))


@st.composite
def inserted(draw: st.DrawFn, lines: Sequence[bytes], by: bytes) -> list[bytes]:
    """Some lines go, some come."""
    gone = draw(st.sets(st.integers(0, len(lines) - 1), max_size=3)) if lines else set()
    come = draw(st.sets(st.integers(0, len(lines)), max_size=3))
    result = []
    for n, line in enumerate([*lines, None]):
        if n in come:
            result.append(by + b" %d" % n)
        if line is not None and n not in gone:
            result.append(line)
    return result


def merged(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    return b"".join(merge(split_lines(base), split_lines(ours), split_lines(theirs)).lines)


def applied(old: Sequence[bytes], hunks: Sequence[Hunk]) -> bytes:
    """What the hunks make of `old`; their context and removed lines must be what stands there."""
    result: list[bytes] = []
    at = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old_length else 0
        result += old[at:start]
        at = start
        for n, row in enumerate(hunk.rows):
            if row.sign == "\\":
                continue
            follows = hunk.rows[n + 1].sign == "\\" if n + 1 < len(hunk.rows) else False
            line = encode(row.text) + (b"" if follows else b"\n")
            if row.sign != "+":
                assert old[at] == line
                at += 1
            if row.sign != "-":
                result.append(line)
    return b"".join([*result, *old[at:]])


def signed(hunks: Sequence[Hunk], sign: str) -> list[bytes]:
    return [encode(row.text) for hunk in hunks for row in hunk.rows if row.sign == sign]


def hidden(found: Interdiff) -> list[bytes]:
    return [
        encode(hunk.rows[n].sign + hunk.rows[n].text)
        for hunk, rows in zip(found.whole, found.noise, strict=True)
        for n in sorted(rows)
    ]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds())
def test_what_is_shown_makes_the_later_round_of_what_was_expected(
    four: tuple[bytes | None, bytes | None, bytes | None, bytes | None],
) -> None:
    base, earlier, moved, later = four
    found = interdiff(Version(base, earlier), Version(moved, later))
    assert applied(found.expected, found.own) == (later or b"")
    assert applied(split_lines(earlier), found.whole) == (later or b"")
    assert len(found.noise) == len(found.whole)
    assert all(
        hunk.rows[n].sign in "+-"
        for hunk, rows in zip(found.whole, found.noise, strict=True)
        for n in rows
    )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds())
def test_every_line_that_neither_the_earlier_round_nor_the_base_has_is_shown(
    four: tuple[bytes | None, bytes | None, bytes | None, bytes | None],
) -> None:
    base, earlier, moved, later = four
    found = interdiff(Version(base, earlier), Version(moved, later))
    known = set(split_lines(earlier)) | set(split_lines(moved))
    own = {line for line in split_lines(later) if line not in known}
    shown = signed(found.own, "+")
    assert {line.removesuffix(b"\n") for line in own} <= set(shown)


@settings(max_examples=400, deadline=None)
@given(named())
def test_no_edit_of_the_agent_is_ever_called_noise(
    three: tuple[list[bytes], list[bytes], list[bytes]],
) -> None:
    earlier, moved, later = three
    found = interdiff(Version(text(*BASE), text(*earlier)), Version(text(*moved), text(*later)))
    came, went = signed(found.own, "+"), signed(found.own, "-")
    assert [line for line in later if line.startswith(b"second")] == [
        line for line in came if line.startswith(b"second")
    ]
    dropped = {line for line in earlier if line not in later}
    by_main = {line for line in BASE if line not in moved}
    assert dropped - by_main <= set(went)
    for line in hidden(found):
        assert line[1:].startswith(b"main") if line[:1] == b"+" else line[1:] in by_main


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(earlier=inserted(BASE, b"first"), moved=inserted(BASE, b"main"))
def test_a_round_that_git_only_rebased_shows_nothing(
    tmp_path_factory: pytest.TempPathFactory, earlier: list[bytes], moved: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("rebase")
    rebased = rebase(folder, text(*BASE), text(*earlier), text(*moved))
    if rebased is None:
        return
    found = interdiff(Version(text(*BASE), text(*earlier)), Version(text(*moved), rebased))
    if not found.conflicts:
        assert found.own == []
    assert applied(split_lines(text(*earlier)), found.whole) == rebased


def rebase(folder: Path, base: bytes, work: bytes, moved: bytes) -> bytes | None:
    """`work`, made on `base`, as git rebases it onto `moved`; None where it conflicts."""

    def git(*words: str, check: bool = True) -> int:
        names = ("-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *names, *words], cwd=folder, check=check, capture_output=True
        ).returncode

    def commit(content: bytes) -> None:
        (folder / "f").write_bytes(content)
        git("add", "f")
        git("commit", "-q", "--allow-empty", "-m", "c")

    git("init", "-q", "-b", "main")
    commit(base)
    git("checkout", "-q", "-b", "work")
    commit(work)
    git("checkout", "-q", "main")
    commit(moved)
    if git("rebase", "-q", "--keep-empty", "main", "work", check=False):
        return None
    return (folder / "f").read_bytes()


def test_lines_that_came_from_the_base_are_hidden_and_counted() -> None:
    base, moved = text(*BASE), text(b"import os", *BASE)
    found = interdiff(
        Version(base, text(*BASE[:8], b"agent", *BASE[8:])),
        Version(moved, text(b"import os", *BASE[:8], b"agent, again", *BASE[8:])),
    )
    assert (signed(found.own, "-"), signed(found.own, "+")) == ([b"agent"], [b"agent, again"])
    assert hidden(found) == [b"+import os"]
    assert found.hidden == 1


def test_with_the_same_base_it_is_the_plain_difference() -> None:
    found = interdiff(Version(b"a\n", b"b\n"), Version(b"a\n", b"c\n"))
    assert found.own == found.whole
    assert (found.hidden, found.conflicts) == (0, 0)


def test_a_place_that_both_edited_is_shown_in_full() -> None:
    found = interdiff(Version(b"a\nb\n", b"a\nagent\n"), Version(b"a\nmain\n", b"a\nmain, agent\n"))
    assert signed(found.own, "-") == [b"agent"]
    assert signed(found.own, "+") == [b"main, agent"]
    assert (found.conflicts, found.hidden) == (1, 0)


def test_an_agent_that_undoes_what_the_base_brought_is_seen() -> None:
    found = interdiff(
        Version(text(*BASE), text(b"agent", *BASE)),
        Version(text(*BASE, b"main"), text(b"agent", *BASE)),
    )
    assert signed(found.own, "-") == [b"main"]


def test_a_file_that_is_gone_in_the_later_round_shows_all_that_went() -> None:
    found = interdiff(Version(b"a\n", b"b\nc\n"), Version(b"x\n", None))
    assert signed(found.own, "-") == [b"b", b"c"]
    assert found.hidden == 0


def test_large_files_take_no_time() -> None:
    base = b"".join(b"line %d\n" % n for n in range(60_000))
    moved = b"import os\n" + base
    started = time.perf_counter()
    found = interdiff(Version(base, base + b"agent\n"), Version(moved, moved + b"agent 2\n"))
    assert (found.hidden, len(found.own)) == (1, 1)
    assert time.perf_counter() - started < 8
