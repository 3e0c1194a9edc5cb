"""What a program gets in its sandbox besides the tree: mounts, and an input that stays open."""

from __future__ import annotations

from pathlib import Path

from agents import sandbox
from agents.job import Attached, Limits, Mount
from tests.agents import boxes


def test_a_mounted_folder_is_read_only_unless_it_is_said_to_be_writable(tmp_path: Path) -> None:
    space = boxes.plain(tmp_path / "tree")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "word").write_text("hello")
    given = Mount(tmp_path / "given", "/given")
    script = "cat /given/word; echo no > /given/new || echo refused"
    _, said = boxes.shell(space, script, attached=Attached((given,)))
    assert said.startswith("hello")
    assert said.endswith("refused\n")
    writable = Mount(tmp_path / "given", "/given", is_writable=True)
    code, _ = boxes.shell(space, "echo yes > /given/new", attached=Attached((writable,)))
    assert code == 0
    assert (tmp_path / "given" / "new").read_text() == "yes\n"


def test_a_kept_input_takes_words_until_it_is_closed(tmp_path: Path) -> None:
    space = boxes.plain(tmp_path / "tree")
    running = sandbox.Bubblewrap().start(
        ("cat",), space, Limits(), stdin=b"first\n", attached=Attached(keeps_input=True)
    )
    assert running.read(10) == b"first\n"
    assert running.write(b"second\n")
    assert running.read(10) == b"second\n"
    running.close_input()
    assert running.wait(10) == 0
    assert running.read(1) == b""
    assert not running.write(b"late\n")


def test_a_program_that_ended_takes_no_more_input(tmp_path: Path) -> None:
    space = boxes.plain(tmp_path / "tree")
    running = sandbox.Bubblewrap().start(
        ("true",), space, Limits(), attached=Attached(keeps_input=True)
    )
    assert running.wait(10) == 0
    assert not running.write(b"anybody there\n")
