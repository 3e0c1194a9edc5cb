"""The runner that writes suggested edits, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from agents import engine, runners
from agents.drive import Value
from agents.job import NOTHING_USED
from agents.policy import Policy
from agents.runners.suggestion import Edit, SuggestionRunner, spliced
from tests.agents.factories import events, job, mailbox, outcome, texts
from tests.doubles.plain_sandbox import PlainSandbox


def edit(start: int, end: int, text: str, content: bytes = b"", path: str = "src/app.py") -> Edit:
    return Edit(path, start, end, text, "Ana", hashlib.sha256(content).hexdigest())


def play(root: Path, *edits: Edit, stop: str = "") -> list[Value]:
    asked = job(root, options={"edits": [one.as_json() for one in edits]})
    return list(engine.run(asked, SuggestionRunner(), PlainSandbox(), mailbox(stop=stop)))


@pytest.mark.parametrize(
    ("before", "lines", "text", "after"),
    [
        (b"a\nb\nc\n", (2, 2), "B", b"a\nB\nc\n"),
        (b"a\nb\nc\n", (2, 2), "B\n", b"a\nB\nc\n"),
        (b"a\nb\nc\n", (2, 3), "X\nY\nZ", b"a\nX\nY\nZ\n"),
        (b"a\nb\nc\n", (2, 2), "", b"a\nc\n"),
        (b"a\nb\nc\n", (1, 3), "", b""),
        (b"a\nb\nc\n", (2, 2), "\n", b"a\n\nc\n"),
        (b"a\r\nb\r\nc\r\n", (2, 2), "X\nY", b"a\r\nX\r\nY\r\nc\r\n"),
        (b"a\r\nb\r\n", (1, 1), "X\r\nY", b"X\r\nY\r\nb\r\n"),
        (b"a\nb", (2, 2), "B", b"a\nB"),
        (b"a\nb", (2, 2), "B\nC\n", b"a\nB\nC"),
        (b"a\r\nb", (2, 2), "B\nC", b"a\r\nB\r\nC"),
        (b"a\nb", (1, 1), "A", b"A\nb"),
        (b"a", (1, 1), "A\nB", b"A\nB"),
        (b"a\rb\nc\n", (1, 1), "x", b"x\nc\n"),
        (b"\xff\xfe\nb\n", (2, 2), "B", b"\xff\xfe\nB\n"),
        ("a\nß\n".encode(), (2, 2), "  ü", "a\n  ü\n".encode()),
    ],
)
def test_exactly_the_lines_are_replaced(
    before: bytes, lines: tuple[int, int], text: str, after: bytes
) -> None:
    assert spliced(before, [edit(*lines, text)]) == after


def test_several_edits_of_a_file_keep_to_the_lines_they_were_made_for() -> None:
    edits = [edit(1, 1, "A\nA\nA"), edit(3, 4, ""), edit(5, 5, "E")]
    assert spliced(b"a\nb\nc\nd\ne\n", edits) == b"A\nA\nA\nb\nE\n"


def test_it_writes_the_edits_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    file = tmp_path / "src" / "app.py"
    file.write_bytes(b"a\nb\nc\n")
    file.chmod(0o755)

    values = play(tmp_path, edit(2, 3, "B", b"a\nb\nc\n"))

    assert file.read_bytes() == b"a\nB\n"
    assert file.stat().st_mode & 0o777 == 0o755
    assert [event.kind for event in events(values)] == [
        "start", "step", "tool", "text", "diff", "result",
    ]  # fmt: skip
    words = "Applied Ana's suggestion to src/app.py lines 2 to 3."
    assert texts(values, "text") == words
    diff = next(event for event in events(values) if event.kind == "diff")
    assert diff.data == {"path": "src/app.py", "added": 1, "removed": 2}
    ended = outcome(values)
    assert (ended.status, ended.summary, ended.usage) == ("passed", words, NOTHING_USED)


def test_a_file_that_is_not_what_was_commented_on_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.py").write_bytes(b"other\n")
    ended = outcome(play(tmp_path, edit(1, 1, "B", b"a\n")))
    assert (ended.status, ended.fault) == ("failed", "user")
    assert "not what the suggestion was written for" in ended.reason
    assert (tmp_path / "src" / "app.py").read_bytes() == b"other\n"


def test_an_edit_does_not_leave_the_tree(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_bytes(b"a\n")
    root = tmp_path / "tree"
    root.mkdir()
    (root / "link").symlink_to(outside)
    for path in ("link", "../outside.txt", str(outside)):
        ended = outcome(play(root, edit(1, 1, "B", b"a\n", path)))
        assert ended.status == "failed"
    assert outside.read_bytes() == b"a\n"


def test_names_that_are_not_text_are_found(tmp_path: Path) -> None:
    name = b"odd\xff.txt"
    (Path(str(tmp_path)) / name.decode("utf-8", "surrogateescape")).write_bytes(b"a\n")
    path = name.decode("utf-8", "surrogateescape")
    values = play(tmp_path, edit(1, 1, "b", b"a\n", path))
    assert outcome(values).status == "passed"
    assert (tmp_path / path).read_bytes() == b"b\n"
    assert "odd\ufffd.txt" in outcome(values).summary


def test_a_stopped_run_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_bytes(b"a\n")
    ended = outcome(play(tmp_path, edit(1, 1, "b", b"a\n", "app.py"), stop="Cancelled."))
    assert ended.status == "cancelled"
    assert (tmp_path / "app.py").read_bytes() == b"a\n"


def test_it_is_loaded_by_a_name_that_no_repository_can_give() -> None:
    assert isinstance(runners.load(runners.SUGGESTED, Policy()), SuggestionRunner)
    assert SuggestionRunner.name == runners.SUGGESTED
    assert " " in runners.SUGGESTED
