"""Renames that make something else of a file, as git tells them: with an old side that looks alike."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import GuardFile, findings
from tests.agents.guard_changes import changed

NOTES = "".join(f"# line {number} of notes that nobody reads\n" for number in range(40))
PATCH = "import app\napp.add = lambda a, b: a + b\n"
JS = "require('node:assert').strictEqual = () => {};\n"
DESELECTS = '[tool.pytest.ini_options]\naddopts = "--deselect tests/test_a.py"\n'
FORGED = "import os\nos.write(1, b'1 passed in 0.01s')\nos._exit(0)\n"
SCRIPTS = '{"name": "a", "scripts": {"test": "true"}}\n'
# From, to, what stands there, and what has to be told of the new place.
BECOMES = [
    ("docs/notes.txt", "tests/test_aa.py", NOTES + PATCH, "test_support"),
    ("docs/notes.md", "tests/test_aa.py", NOTES + PATCH, "test_support"),
    ("old.py", "tests/test_aa.py", NOTES + PATCH, "test_support"),
    ("tests/data/x.txt", "tests/test_aa.py", NOTES + PATCH, "test_support"),
    ("docs/notes.txt", "tests/aaa/__init__.py", NOTES + PATCH, "test_support"),
    ("boot.txt", "shop/boot.py", FORGED, "test_aware"),
    ("boot.txt", "shop/boot.py", NOTES + FORGED, "test_aware"),
    ("tests/test_boot.py", "shop/boot.py", NOTES + FORGED, "test_aware"),
    ("docs/a.md", "lib/b.js", NOTES + JS, "test_aware"),
    ("bin/stop.js", "lib/stop.js", "process.exit(0);\n", "test_aware"),
    ("docs/p.txt", "pyproject.toml", DESELECTS, "test_skipped"),
    ("docs/p.txt", "pyproject.toml", DESELECTS, "checks"),
    ("docs/pyproject.toml", "pyproject.toml", DESELECTS, "checks"),
    ("p.txt", "package.json", SCRIPTS, "checks"),
    ("p.txt", "requirements.txt", "evil\n", "dependency"),
    ("attrs.txt", ".gitattributes", "*.py -diff\n", "hidden_from_diff"),
    ("docs/.gitattributes", ".gitattributes", "*.py -diff\n", "hidden_from_diff"),
    ("attrs.txt", "sub/.gitignore", "kept/\n", "attributes"),
    ("docs/go.mod.txt", "pkg/go.mod", "module x\n\ngo 1.22\n", "checks"),
    ("other/go.mod", "pkg/go.mod", "module x\n\ngo 1.22\n", "checks"),
    ("old/util.js", "lib/util.js", "exports.x = 1;\n", "shadows"),
    ("docs/util.txt", "lib/util.js", "exports.x = 1;\n", "shadows"),
    ("docs/a.txt", "src/org/junit/Assert.java", "class Assert {}\n", "shadows"),
    ("old/Assert.java", "src/org/junit/Assert.java", "class Assert {}\n", "shadows"),
    ("docs/a.txt", "src/quiet.py", "x = f()  # noqa\n", "silenced"),
]
TREE = ["lib/util.ts", "sub/kept/a.py", "tests/test_a.py"]


def renamed(old: str, new: str, before: str, after: str) -> GuardFile:
    return changed(new, before, after, old_path=old)


@pytest.mark.parametrize(("old", "new", "text", "kind"), BECOMES)
def test_what_a_rename_made_of_a_file_is_looked_at_as_new(
    old: str, new: str, text: str, kind: str
) -> None:
    for before in (text, text[: len(text) // 2]):  # as it was, or with something put behind it
        found = findings([renamed(old, new, before, text)], (), [*TREE, new])
        assert (kind, new) in {(one.kind, one.path) for one in found}


def test_a_copy_is_looked_at_as_new_and_its_source_is_not_gone() -> None:
    text = (NOTES + PATCH).encode()
    modes = ("100644", "100644")
    copy = GuardFile("tests/test_b.py", "tests/test_a.py", "copied", text, text, *modes)
    assert [one.kind for one in findings([copy])] == ["test_support"]


@pytest.mark.parametrize("new", ["src/a.py", "docs/a.txt", "lib/a.js"])
def test_a_test_that_became_something_else_is_gone(new: str) -> None:
    test = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.fail()\n"
    found = findings([renamed("tests/test_a.py", new, test, test)])
    assert {one.kind for one in found} & {"test_deleted", "tests_removed", "test_moved"}


# Moved and renamed as people do it: nothing to tell.
SILENT = [
    ("src/a.py", "src/shop/b.py", "import sys\n\n\ndef run():\n    sys.exit(1)\n"),
    ("src/a.py", "src/a/__init__.py", "x = f()  # noqa\n"),
    ("src/a.js", "src/a.ts", "// eslint-disable-next-line\nexport const a = 1;\n"),
    ("lib/a.jsx", "lib/b.tsx", "export const A = () => null;\n"),
    ("docs/a.txt", "docs/a.md", "Run `os._exit(0)`, then # noqa.\n" + NOTES),
    ("notes.md", "docs/notes.rst", "1 passed in 0.1s\n"),
    ("a.json", "data/a.json", '{"a": 1}\n'),
    ("a.yaml", "config/a.yml", "a: 1\n"),
    ("packages/a/package.json", "packages/b/package.json", SCRIPTS),
    ("crates/a/Cargo.toml", "crates/b/Cargo.toml", '[package]\nname = "a"\n[dependencies]\nb = "1"\n'),
    ("src/add.rs", "src/sum.rs", "pub fn add() {}\n"),
    ("lib/a.rb", "lib/b.rb", "class A\nend\n"),
    ("bin/a.js", "bin/b.js", "process.exit(0);\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "text"), SILENT)
def test_a_file_that_stays_what_it_was_is_no_item(old: str, new: str, text: str) -> None:
    assert findings([renamed(old, new, text, text)], (), [*TREE, new]) == []


def test_a_module_of_rust_under_another_name_is_no_item() -> None:
    files = [
        renamed("src/add.rs", "src/sum.rs", "pub fn add() {}\n", "pub fn add() {}\n"),
        changed("src/lib.rs", "mod add;\n", "mod sum;\n"),
    ]
    assert findings(files) == []
