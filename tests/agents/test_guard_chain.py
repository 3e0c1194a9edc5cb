"""Which files a verifier's command line reaches, by itself and through the scripts it names."""

from __future__ import annotations

import time

import pytest

from agents.verifiers.guard import findings
from agents.verifiers.guard_chain import reached
from tests.agents.guard_changes import changed


@pytest.mark.parametrize(
    ("argv", "path"),
    [
        (("sh", "-c", "cd tools && ./run"), "tools/run"),
        (("sh", "-c", "cd a && cd b && ./run"), "a/b/run"),
        (("./tools/../check.sh",), "check.sh"),
        (("sh", "-c", "'./my check.sh' -v"), "my check.sh"),
        (("sh", "-c", '"./check.sh"'), "check.sh"),
        (("sh", "-c", '"$PWD"/tools/check.sh'), "tools/check.sh"),
        (("/workspace/tools//check.sh",), "tools/check.sh"),
        (("python3", "-m", "mypkg"), "mypkg/__init__.py"),
        (("python3", "-m", "mypkg"), "mypkg/__main__.py"),
        (("python3", "-m", "a.b"), "a/__init__.py"),
        (("python3", "-m", "a.b"), "src/a/b.py"),
        (("python3", "-m", "pytest"), "pytest.py"),
        (("pytest", "-p", "helpers.plugin"), "helpers/plugin.py"),
        (("sh", "-c", "make -C sub test"), "sub/Makefile"),
        (("sh", "-c", "set -e; (python3 tools/x.py)"), "tools/x.py"),
        (("tool", "--config=conf/a.toml"), "conf/a.toml"),
    ],
)
def test_a_command_line_reaches(argv: tuple[str, ...], path: str) -> None:
    assert path in reached([argv])
    found = findings([changed(path, None, "a\n")], [argv])
    assert any("a verifier runs this file" in one.text for one in found)


BASE = {
    "check.sh": b"#!/bin/sh\nset -e\n# see docs/how.sh\ncd tools\n./second 'x'\nruff check src/app.py\n",
    "tools/second": b'#!/bin/bash\n. "$(dirname "$0")/lib.sh"\npython3 -u tools/third.py | diff - want.out\n',
    "tools/third.py": b"import helper\nsubprocess.run(['bash', 'tools/fourth.sh'])\n",
    "tools/fourth.sh": b"exec ./tools/fifth.sh\n",
    "Makefile": b"include mk/rules.mk\napp: main.c\n\tcc main.c\ntest:\n\t@bash scripts/t.sh\n",
    "package.json": b'{"scripts": {"test": "node scripts/t.js"}, "main": "index.js"}',
}


def test_scripts_behind_a_script_are_part_of_the_check_many_deep() -> None:
    found = reached([("sh", "check.sh")], BASE.get)
    assert {
        "tools/second", "tools/lib.sh", "tools/third.py", "tools/helper.py", "tools/fourth.sh",
        "tools/fifth.sh",
    } <= found  # fmt: skip
    assert found.isdisjoint({"src/app.py", "want.out", "docs/how.sh"})
    files = [changed("tools/fourth.sh", "a\n", "exit 0\n"), changed("src/app.py", "a\n", "b\n")]
    told = findings(files, [("sh", "check.sh")], (), BASE.get)
    assert [(one.kind, one.path) for one in told] == [("checks", "tools/fourth.sh")]


def test_what_a_check_looks_at_is_no_part_of_it() -> None:
    base = {
        "check.sh": b"grep -q hello greeting.txt && python3 app.py | grep ok && cat src/data.json",
        "check.py": b"print(open('greeting.txt').read()); import app; subprocess.run(['./app.py'])",
    }
    for check in base:
        found = reached([("sh", check), ("python3", check)], base.get)
        assert found.isdisjoint({"greeting.txt", "app.py", "src/data.json"})
    assert "app.txt" not in reached([("sh", "-c", "grep -q broken app.txt && exit 1")])


def test_what_a_makefile_or_a_package_runs_is_part_of_the_check() -> None:
    found = reached([("make", "test")], BASE.get)
    assert {"mk/rules.mk", "scripts/t.sh"} <= found
    assert "main.c" not in found
    found = reached([("npm", "test")], BASE.get)
    assert "scripts/t.js" in found
    assert found.isdisjoint({"index.js", "package.json"})


def test_scripts_that_name_each_other_and_many_others_end() -> None:
    ring = {"a.sh": b"./b.sh\n" * 9000, "b.sh": b"./a.sh ./c.sh\n", "c.sh": b"\0"}
    many = {f"s{n}.sh": b" ".join(b"./s%d.sh" % m for m in range(3000)) for n in range(3000)}
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        if path in many:
            asked.append(path)
        return ring.get(path) or many.get(path)

    began = time.monotonic()
    assert "c.sh" in reached([("./a.sh",)], read)
    reached([("./s1.sh",)], read)
    assert len(asked) <= 60
    assert time.monotonic() - began < 30


def test_a_path_out_of_the_tree_is_none_of_it() -> None:
    assert not any(path.startswith("..") for path in reached([("../x.sh", "a/../../y.sh")]))
    assert "x.sh" not in reached([("../x.sh",)])
