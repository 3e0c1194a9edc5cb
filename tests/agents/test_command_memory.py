"""What a program remembers is read without trust, masked as values, and laid out where it was."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agents.beside import folder_beside
from agents.kept_session import storable
from agents.redact import Redactor
from agents.runners import command_memory
from agents.runners.command_memory import Habits, Memory
from tests.agents.gits import dig, write

SECRET = "canary-4711-canary"


def fresh(folder: Path, habits: Habits | None = None) -> Memory:
    folder.mkdir()
    return Memory(folder, habits or Habits((".a", ".b/c")))


def test_it_comes_back_as_it_was_under_its_own_names(tmp_path: Path) -> None:
    files = {
        "0/x/log.jsonl": '{"a": 1, "t": "é\\u2028"}\nplain\n\n[2]\n',
        "1/one.json": '{\n "k": [1, null]\n}',
        "1/notes.md": "# a\r\n\r\n> b",
    }
    one = fresh(tmp_path / "one")
    write(tmp_path / "one", files)
    one.heard("id-1")
    text, notes = one.text()
    two = fresh(tmp_path / "two")
    assert two.lay_out(text)
    assert (two.session, two.is_known, notes) == ("id-1", True, [])
    log = (tmp_path / "two/0/x/log.jsonl").read_text().split("\n")
    assert json.loads(log[0]) == {"a": 1, "t": "é\u2028"}
    assert log[1:] == ["plain", "", "[2]", ""]
    assert json.loads((tmp_path / "two/1/one.json").read_text()) == {"k": [1, None]}
    assert (tmp_path / "two" / "1/notes.md").read_bytes() == b"# a\r\n\r\n> b"
    assert [mount.inside for mount in two.mounts()] == ["/home/agent/.a", "/home/agent/.b/c"]


def test_secrets_are_masked_and_the_form_stays(tmp_path: Path) -> None:
    one = fresh(tmp_path / "one")
    write(tmp_path / "one", {"0/log.jsonl": json.dumps({"say": f"it is {SECRET}"}) + "\nend\n"})
    one.heard("id-1")
    masked = storable(one.text()[0], Redactor([SECRET]).redact)
    assert SECRET not in masked
    assert fresh(tmp_path / "two").lay_out(masked)
    line = (tmp_path / "two/0/log.jsonl").read_text().splitlines()[0]
    assert json.loads(line)["say"].startswith("it is ")


def test_what_a_killed_run_remembered_is_found_beside_its_worktree(tmp_path: Path) -> None:
    root, habits = tmp_path / "run-1", Habits((".a",), counts_on=True)
    assert command_memory.left(root, habits) == ""
    with folder_beside(root, "memory") as folder:
        one = Memory(folder, habits)
        write(folder, {"0/log.jsonl": '{"say": "one"}'})
        assert command_memory.left(root, habits) == "", "no name, no way to go on"
        one.heard("id-1", (7, 3))
        (folder / "0" / "told.json").write_text('{"session": "the program\'s", "files": {}}')
        two = fresh(tmp_path / "two", habits)
        assert two.lay_out(command_memory.left(root, habits))
    assert (two.session, two.counted) == ("id-1", (7, 3))
    assert (tmp_path / "two" / "0/log.jsonl").read_text() == '{"say": "one"}'


def test_links_pipes_binaries_and_sockets_are_not_read(tmp_path: Path) -> None:
    one = fresh(tmp_path / "one")
    place = tmp_path / "one" / "0"
    (tmp_path / "secret.txt").write_text("of the host")
    (place / "link").symlink_to(tmp_path / "secret.txt")
    (place / "folder").symlink_to(tmp_path)
    os.mkfifo(place / "pipe")
    (place / "db").write_bytes(b"SQLite format 3\0\xff\xfe")
    (place / "good").write_text("words")
    one.heard("id-1")
    assert list(json.loads(one.text()[0])["files"]) == ["0/good"]


@pytest.mark.parametrize("bound", ["MAX_BYTES", "MAX_KEPT", "MAX_FILES"])
def test_what_is_too_large_is_not_kept_and_that_is_said(
    tmp_path: Path, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_memory, bound, 2)
    one = fresh(tmp_path / "one")
    write(tmp_path / "one", {f"0/f{n}": "x" for n in range(4)})
    one.heard("id-1")
    text, notes = one.text()
    assert text == ""
    assert "too large to be kept" in str(notes[0].data["text"])


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "{}", '{"session": 1, "files": {}}', '{"session": "", "files": {}}',
     json.dumps({"session": "x" * 300, "files": {}}), '{"session": "a", "files": []}'],
)  # fmt: skip
def test_what_is_no_memory_is_refused(tmp_path: Path, text: str) -> None:
    assert not fresh(tmp_path / "one").lay_out(text)


@pytest.mark.parametrize(
    "path", ["0/../../out", "0//etc/out", "7/out", "x/out", "0/", "0/.git/out", "../out", "0"]
)
def test_nothing_is_laid_out_beside_the_folders_that_are_kept(tmp_path: Path, path: str) -> None:
    one = fresh(tmp_path / "one")
    assert one.lay_out(json.dumps({"session": "a", "files": {path: {"lines": ["x"]}}}))
    laid = {each for each in tmp_path.rglob("*") if each.is_file()}
    assert laid == {tmp_path / "one" / "told.json"}, "our own note alone"


def test_a_bottomless_folder_neither_stops_the_run_nor_stays(tmp_path: Path) -> None:
    root = tmp_path / "run-1"
    with folder_beside(root, "memory") as folder:
        one = Memory(folder, Habits((".a",)))
        write(folder, {"0/good": "words"})
        dig(folder / "0", 1500)
        one.heard("id-1")
        assert list(json.loads(one.text()[0])["files"]) == ["0/good"]
        (folder / "0").chmod(0)
    assert not root.with_suffix(".sockets").exists()


def test_of_two_files_that_get_one_name_the_first_stays(tmp_path: Path) -> None:
    one = fresh(tmp_path / "one", Habits((".a",), renames=("at-2", "at-1")))
    files = {"0/at-1": {"lines": ["old"]}, "0/at-2": {"lines": ["new"]}}
    assert one.lay_out(json.dumps({"session": "a", "files": files}))
    assert (tmp_path / "one/0/at-1").read_text() == "old"
