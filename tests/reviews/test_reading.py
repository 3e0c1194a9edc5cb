"""What is found out about a change when it is frozen: order, parts and facts of its files."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.git import Mirror
from reviews.diffs import FileEntry
from reviews.models import DiffFile
from reviews.queries.body import Body, Lines, Wanted
from reviews.services import colours, freeze, reading
from tests import factories
from tests.agents import gits

pytestmark = pytest.mark.django_db
Files = Mapping[str | bytes, str | bytes | None]

NPM = '{\n  "lockfileVersion": 3,\n  "packages": {%s}\n}\n'
BLOCK = "".join(f"    value_{n} = compute_value({n})\n" for n in range(8))


def frozen(folder: Path, before: Files, after: Files) -> dict[str, DiffFile]:
    """The stored files of a round by path, in reading order."""
    origin = gits.origin(folder / "origin", before)
    base = gits.git(origin, "rev-parse", "HEAD")
    head = gits.commit(origin, after)
    round_ = factories.round_(factories.change())
    material = freeze.examine(Mirror(origin / ".git"), round_, base, head)
    DiffFile.objects.bulk_create(material.files)
    stored = round_.files.order_by("position", "index")
    return {bytes(file.path).decode(): file for file in stored}


def test_files_are_kept_in_the_order_they_are_read_with_what_they_are(tmp_path: Path) -> None:
    files = frozen(
        tmp_path,
        {"a.txt": "x"},
        {
            "README.md": "x\n",
            "app/base.py": "x = 1\n",
            "app/all.py": "from app.zoo import x\n",
            "app/zoo.py": "x = 1\n",
            "app/types.py": "T = int\n",
            "package-lock.json": NPM % "",
            "tests/test_zoo.py": "def test_x(): assert 1\n",
        },
    )
    assert [(path, file.kind) for path, file in files.items()] == [
        ("app/types.py", "interface"),
        ("app/zoo.py", "code"),
        ("tests/test_zoo.py", "test"),
        ("app/all.py", "code"),
        ("app/base.py", "code"),
        ("README.md", "docs"),
        ("package-lock.json", "lock"),
    ]
    assert [file.position for file in files.values()] == list(range(7))
    assert files["tests/test_zoo.py"].facts["beside"] is True
    assert files["package-lock.json"].facts["why"] == "4 lines written by npm"


def test_hunks_have_names_that_stay_when_lines_above_are_added(tmp_path: Path) -> None:
    text = "".join(f"{n}\n" for n in range(40))
    changed = text.replace("30\n", "thirty\n")
    one = frozen(tmp_path / "1", {"a.py": text}, {"a.py": changed})["a.py"]
    two = frozen(tmp_path / "2", {"a.py": text}, {"a.py": "new\n" + changed})["a.py"]
    assert len(one.facts["hunks"]) == 1
    assert two.facts["hunks"][1] == one.facts["hunks"][0]
    assert reading.digests_of(one) == one.facts["hunks"]


def test_names_of_hunks_are_found_on_demand_for_rounds_that_have_none(tmp_path: Path) -> None:
    file = frozen(tmp_path, {"a.py": "a\n"}, {"a.py": "b\n"})["a.py"]
    known = file.facts["hunks"]
    DiffFile.objects.update(facts={}, kind="", position=0)
    file.refresh_from_db()
    assert reading.digests_of(file) == known


def test_a_block_that_moved_to_another_file_says_so_at_both_ends(tmp_path: Path) -> None:
    files = frozen(
        tmp_path,
        {"a.py": f"def one():\n{BLOCK}    return 1\n", "b.py": "def two():\n    return 2\n"},
        {"a.py": "def one():\n    return 1\n", "b.py": f"def two():\n{BLOCK}    return 2\n"},
    )
    a, b = files["a.py"], files["b.py"]
    assert a.facts["moved"] == [["old", 2, 9, b.index, 2, 9, ""]]
    assert b.facts["moved"] == [["new", 2, 9, a.index, 2, 9, ""]]


def test_attributes_fold_as_the_base_says_and_never_as_the_change_says(tmp_path: Path) -> None:
    files = frozen(
        tmp_path,
        {"out/.gitattributes": "*.ts linguist-generated\n", "out/old.ts": "a\n"},
        {
            ".gitattributes": "src/* linguist-generated\n",
            "out/new.ts": "b\n",
            "out/old.ts": "c\n",
            "src/evil.ts": "d\n",
        },
    )
    assert files["out/new.ts"].kind == files["out/old.ts"].kind == "generated"
    assert files["out/old.ts"].facts["why"].endswith("as .gitattributes of the base says")
    assert files["src/evil.ts"].kind == "code"


def test_a_link_a_rename_and_a_mode_into_a_vendored_folder_are_not_folded(tmp_path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(20))
    origin: Files = {"src/a.js": text, "vendor/b.js": text.upper()}
    (tmp_path / "origin" / "vendor").mkdir(parents=True)
    (tmp_path / "origin" / "vendor" / "link").symlink_to("b.js")
    (tmp_path / "origin").rename(tmp_path / "kept")
    before = gits.origin(tmp_path / "origin", origin)
    base = gits.git(before, "rev-parse", "HEAD")
    gits.git(before, "mv", "src/a.js", "vendor/a.js")
    (tmp_path / "kept" / "vendor" / "link").rename(before / "vendor" / "link")
    (before / "vendor" / "b.js").chmod(0o755)
    head = gits.commit(before, {"vendor/a.js": f"{text}one more\n", "vendor/c.js": "x\n" * 40})
    round_ = factories.round_(factories.change())
    found = freeze.examine(Mirror(before / ".git"), round_, base, head).files
    told = {bytes(file.path): (file.kind, "why" in file.facts) for file in found}
    assert told == {
        b"vendor/a.js": ("code", False),
        b"vendor/b.js": ("vendored", False),
        b"vendor/c.js": ("vendored", True),
        b"vendor/link": ("config", False),
    }


def test_a_change_too_large_to_go_through_has_an_order_and_finds_the_rest_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ALL_ROWS", 10)
    files = frozen(tmp_path, {"x": ""}, {"a.py": "a\n", "b.py": "b\n" * 30, "c.md": "c\n"})
    assert [("hunks" in file.facts) for file in files.values()] == [True, False, False]
    assert len(reading.digests_of(files["b.py"])) == 1


def test_a_new_lock_file_too_large_to_keep_is_known_by_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "MAX_SIDE", 100)
    files = frozen(tmp_path, {"x": ""}, {"package-lock.json": NPM % (" " * 200)})
    assert files["package-lock.json"].kind == "lock"


def test_what_a_file_is_written_in_is_told_by_all_of_it_and_holds_for_lines_that_are_opened(
    tmp_path: Path,
) -> None:
    lines = ["# coding: iso-8859-15", *(f"prix_{n} = '{n} €'" for n in range(90))]
    after = [*lines[:60], "prix = 'été'", *lines[60:]]
    old, new = ("\n".join([*each, ""]).encode("iso8859-15") for each in (lines, after))
    file = frozen(tmp_path, {"prix.py": old}, {"prix.py": new})["prix.py"]
    assert file.facts["written"] == {side: ["iso8859-15", True] for side in ("old", "new")}
    shades = colours.keys([file])[file.pk]
    body = Body(file, Wanted.of("unified"), shades).html()
    assert "Not UTF-8: shown as iso8859-15, which the file declares." in body
    assert "été" in body
    opened = gzip.decompress(Lines(file, "unified", 2, 20, shades).gzipped()).decode()
    assert "18 €" in opened
    assert "\ufffd" not in body + opened


def test_a_stored_file_is_opened_as_git_listed_it() -> None:
    file = factories.diff_file(factories.reviewable().rounds.get())
    assert isinstance(reading.entry_of(file), FileEntry)
    assert len(reading.digests_of(file)) == 1
