"""Checks that bear no test's name: cases that a script goes through, and data it compares with."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import tells

CASE = (
    "from calc import add\n\n\ndef run():\n    assert add(1, 2) == 3\n    assert add(0, 0) == 0\n"
)
# The script of a verifier, and a file that it goes through.
RUNNERS = {
    "a pattern": ("check.py", "import glob\nfor f in glob.glob('qa/*.py'):\n    run(f)\n", "qa/a.py"),
    "a folder": ("check.py", "import os\nfor f in os.listdir('qa'):\n    run(f)\n", "qa/a.py"),
    "a folder by a name": ("check.py", "Q = 'qa'\nfor f in os.scandir(Q):\n    run(f)\n", "qa/a.py"),
    "a package": ("check.py", "import cases\nfor m in pkgutil.iter_modules(cases.__path__):\n    run(m)\n",
                  "cases/a.py"),
    "a path": ("check.py", "from pathlib import Path\nfor f in Path('qa').rglob('*.py'):\n    run(f)\n",
               "qa/deep/a.py"),
    "its own folder": ("qa/all.py", "for f in Path(__file__).parent.glob('c_*.py'):\n    run(f)\n",
                       "qa/c_a.py"),
    "node": ("check.mjs", "for (const f of fs.readdirSync('./qa')) await import(f);\n", "qa/a.py"),
    "find": ("check.sh", "find qa -type f | xargs -n1 python3\n", "qa/a.py"),
    "a loop": ("check.sh", 'for f in qa/*.py; do python3 "$f" || exit 1; done\n', "qa/a.py"),
    "a loop over a name": ("check.sh", "ALL='qa/*.py'\nfor f in $ALL; do python3 \"$f\"; done\n", "qa/a.py"),
    "make": ("Makefile", "CASES := $(wildcard qa/*.py)\ntest:\n\tpython3 run.py $(CASES)\n", "qa/a.py"),
}  # fmt: skip


def told_of(name: str, new: str | None, *extra: tuple[str, str]) -> set[str]:
    script, text, path = RUNNERS[name]
    base = {script: text, path: CASE, "calc.py": "a\n"}
    head = {**base, **dict(extra)}
    if new is None:
        del head[path]
    else:
        head[path] = new
    argv = ("make", "test") if script == "Makefile" else (script.rpartition(".")[2], script)
    return {kind for kind, where in tells(base, head, argv) if where == path}


@pytest.mark.parametrize("name", RUNNERS)
def test_a_case_that_a_check_goes_through_is_told_when_it_demands_less(name: str) -> None:
    assert told_of(name, None) == {"test_deleted"}
    assert told_of(name, "") == {"test_emptied"}
    assert told_of(name, "# later\n") == {"test_emptied"}
    assert told_of(name, CASE.replace("    assert add(0, 0) == 0\n", "")) == {"checks_dropped"}


@pytest.mark.parametrize("name", RUNNERS)
def test_a_case_that_is_edited_grows_or_moves_beside_the_others_is_no_item(name: str) -> None:
    path = RUNNERS[name][2]
    beside = path.replace("a.py", "b.py")
    assert told_of(name, CASE.replace("3", "4") + "    x = 1\n") == set()
    assert told_of(name, CASE + "    assert add(1, 1) == 2\n") == set()
    assert told_of(name, None, (beside, CASE)) == set()


DATA = {
    "check.sh": "#!/bin/sh\n./calc.py 1 2 | diff - expected.out\ndiff got sum.out\ncmp got want.json\ncat notes.txt src/a.c\n",
    "check.py": "import json\nassert json.load(open('spec/golden.json')) == run(open('input.csv'))\n",
}
CHECKS = (("./check.sh",), ("python3", "check.py"))


@pytest.mark.parametrize("path", ["expected.out", "want.json", "spec/golden.json", "sum.out"])
def test_data_that_a_check_names_is_told_when_it_is_gone_or_empty(path: str) -> None:
    base = {**DATA, path: "3\n"}
    told = {kind for kind, _ in tells(base, DATA, *CHECKS)}
    assert told & {"test_deleted", "test_changed"}
    assert {kind for kind, _ in tells(base, {**base, path: ""}, *CHECKS)} & {
        "test_emptied",
        "test_changed",
    }


def test_what_a_check_expects_by_its_name_is_told_when_it_changes() -> None:
    for path in ("expected.out", "golden.json", "a/reference/sum.txt"):
        script = {"check.sh": f"#!/bin/sh\n./calc | diff - {path}\n"}
        told = tells({**script, path: "3\n"}, {**script, path: "4\n"}, ("./check.sh",))
        assert told == {("expectation_changed", path)}
    for path in ("want.json", "input.csv", "notes.txt", "src/a.c"):
        assert tells({**DATA, path: "3\n"}, {**DATA, path: "4\n"}, *CHECKS) == set()
    for path in ("input.csv", "notes.txt", "src/a.c"):  # looked at, not compared with
        assert tells({**DATA, path: "3\n"}, DATA, *CHECKS) == set()
    assert tells({"golden.json": "3\n"}, {"golden.json": "4\n"}) == set()


@pytest.mark.parametrize(
    "path",
    ["src/a.py", "calc/part.py", "docs/a.md", "static/a.css", "honk/models.py", "src/sub/b.c"],
)
def test_a_product_that_a_linter_goes_through_may_lose_files(path: str) -> None:
    lint = (
        "import glob, os\nfor f in glob.glob('src/**/*') + glob.glob('docs/*.md') + glob.glob('*/*'):\n"
        "    measure(f)\nfor f in os.walk('honk'):\n    measure(f)\n"
    )
    base = {"check.py": lint, path: "x = f(1)\nif not x:\n    raise ValueError(x)\n"}
    for head in ({"check.py": lint}, {**base, path: "x = f(1)\n"}, {**base, path: ""}):
        assert tells(base, head, ("python3", "check.py")) == set()
