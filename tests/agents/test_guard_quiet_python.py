"""Honest work on a Python repository: nothing to tick, or one item that says what is so."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import only
from tests.agents.guard_python import CHECKS, TREE, told
from tests.agents.guard_trees import tells

PATH = "tests/test_app.py"
BEFORE = TREE[PATH]
MENDED = "def add(a, b):\n    return a + b\n"

PRODUCT = {
    "a mended fault": MENDED,
    "a refactoring": "from operator import add as plus\n\n\ndef add(a, b):\n    return plus(a, b)\n",
    "a program": MENDED + """

def main(argv=None):
    if not argv:
        print("usage: app A B")
        sys.exit(2)
    raise SystemExit(add(*map(int, argv)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
""",
    "a program of one line": MENDED + '\nif "__main__" == __name__:\n    sys.exit(0)\n',
    "an exit in a method": "class App:\n    def run(self):\n        exit(1)\n\n\napp = App()\n" + MENDED,
    "an exit that is caught": MENDED + "\ntry:\n    add(1, 2)\nexcept SystemExit:\n    pass\n",
    "a handler of a signal": (
        "import signal\nimport sys\n\n\ndef stop(number, frame):\n    sys.exit(0)\n\n\n"
        "signal.signal(signal.SIGTERM, stop)\n" + MENDED),
    "something done at the end": "import atexit\n\natexit.register(print, 'bye')\n" + MENDED,
    "a child that is ended": (
        "import os\nimport signal\n\n\ndef end(child):\n    os.kill(child.pid, signal.SIGTERM)\n" + MENDED),
    "a child that is asked for": "import os\n\n\ndef lives(pid):\n    os.kill(pid, 0)\n\n\nos.kill(7, 0)\n" + MENDED,
    "a sort": (
        "import operator\n\n\ndef sort(every, field):\n    every.sort(key=operator.attrgetter(field))\n"
        "    every.sort(key=operator.attrgetter('name', 'day'))\n"
        "    return list(map(operator.methodcaller('strip'), every))\n" + MENDED),
    "a time": "import timeit\n\n\ndef fast():\n    return timeit.timeit(lambda: add(1, 2))\n" + MENDED,
    "doctests run by hand": (
        MENDED + "\n\nif __name__ == '__main__':\n    import doctest\n\n"
        "    doctest.testmod(optionflags=doctest.ELLIPSIS)\n"),
    "a module run by its name": "import runpy\n\n\ndef go():\n    runpy.run_module('app')\n" + MENDED,
    "a context manager": (
        "class Open:\n    def __enter__(self):\n        return self\n\n"
        "    def __exit__(self, *why):\n        return False\n" + MENDED),
    "contextlib": (
        "import contextlib\n\n\ndef gone(path):\n    with contextlib.suppress(FileNotFoundError):\n"
        "        path.unlink()\n" + MENDED),
    "equality": (
        "class Sum:\n    def __eq__(self, other):\n        if not isinstance(other, Sum):\n"
        "            return NotImplemented\n        return self.value == other.value\n"
        "\n    def __ne__(self, other):\n        return not self == other\n" + MENDED),
    "equality of a base": (
        "class Sum(Base):\n    def __eq__(self, other):\n        return super().__eq__(other)\n" + MENDED),
    "dataclasses": (
        "from dataclasses import dataclass, field\n\n\n@dataclass(eq=True, order=True)\nclass Sum:\n"
        "    value: int = 0\n    parts: list[int] = field(default_factory=list)\n" + MENDED),
    "an environment": "import os\n\nos.environ.setdefault('APP', '1')\nos.environ['B'] = '2'\n" + MENDED,
    "own modules": "import sys\n\nname = sys.modules[__name__].__doc__\n" + MENDED,
    "kinds of its own": (
        "class Base:\n    pass\n\n\ndef kinds():\n    return Base.__subclasses__()\n" + MENDED),
    "output": "import sys\n\nsys.stdout.write('x')\nprint('3 passed', file=sys.stderr)\n" + MENDED,
    "a pipe": "import os\n\n\ndef send(end, data):\n    os.write(end, data)\n    os.close(end)\n" + MENDED,
    "a file": "import json\n\nwith open('data.json') as f:\n    data = json.load(f)\n" + MENDED,
    "a text that speaks of tests": (
        MENDED + "\nHELP = 'Run pytest or python -m unittest to test it.'\nTEST = 'tests'\n"),
    "a name by getattr": (
        "import logging\n\n\ndef level(name):\n    return getattr(logging, name.upper())\n" + MENDED),
    "attributes": "class A:\n    pass\n\n\nA.b = 1\nsetattr(A, 'c', 2)\n" + MENDED,
    "threads": (
        "import threading\n\nthreading.Thread(target=print, daemon=True).start()\n" + MENDED),
    "a test in its name": "def run_test(a):\n    return a\n\n\nclass Testing:\n    pass\n" + MENDED,
    "expressions": "import re\n\npattern = re.compile('a')\nvalue = eval_of = 1\n" + MENDED,
    "a command line": (
        "import argparse\nimport sys\n\n\ndef parse():\n    parser = argparse.ArgumentParser()\n"
        "    parser.add_argument('--verbose')\n    return parser.parse_args(sys.argv[1:])\n" + MENDED),
}  # fmt: skip
ADDED = {
    "a function": "def test_new():\n    assert add(7, 1) == 8",
    "a class": "class TestNew:\n    def test_new(self):\n        assert add(7, 1) == 8",
    "a case": (
        "class NewTest(unittest.TestCase):\n    def setUp(self):\n        self.one = 1\n\n"
        "    def test_new(self):\n        self.assertEqual(add(self.one, 1), 2)"),
    "rows": (
        "@pytest.mark.parametrize('a', [1, 2])\ndef test_new(a):\n    assert add(a, 0) == a"),
    "a table": "CASES = [(1, 2, 3)]\n\n\ndef test_new():\n    for a, b, c in CASES:\n        assert add(a, b) == c",
    "a helper": "def both(a):\n    return add(a, a)\n\n\ndef test_new():\n    assert both(2) == 4",
    "a patch": (
        "def test_new(monkeypatch):\n    monkeypatch.setattr('app.add', max)\n    assert add(1, 0)"),
    "a patch with a context": (
        "def test_new():\n    with mock.patch('app.add') as fake:\n        fake.return_value = 3\n"
        "        assert fake() == 3"),
    "a patch that a tear-down ends": (
        "class NewTest(unittest.TestCase):\n    def setUp(self):\n        self.p = mock.patch('app.add')\n"
        "        self.p.start()\n\n    def tearDown(self):\n        self.p.stop()\n\n"
        "    def test_new(self):\n        self.assertTrue(add)"),
    "a server that is started": "def test_new(server):\n    server.start()\n    assert server.port",
    "a name by getattr": "def test_new(name):\n    assert getattr(add, name) == getattr(add, '__name__')",
    "a patch that ends": (
        "class NewTest(unittest.TestCase):\n    def setUp(self):\n        self.p = mock.patch('app.add')\n"
        "        self.p.start()\n        self.addCleanup(self.p.stop)\n\n"
        "    def test_new(self):\n        self.assertTrue(add)"),
    "a patch by a manager": (
        "@contextlib.contextmanager\ndef fixed():\n    with mock.patch('app.add') as fake:\n"
        "        yield fake\n\n\ndef test_new():\n    with fixed() as fake:\n        assert fake"),
    "a patch on a stack": (
        "def test_new():\n    with contextlib.ExitStack() as stack:\n"
        "        stack.enter_context(mock.patch('app.add'))\n        assert add"),
    "a patch of a case": (
        "class NewTest(unittest.TestCase):\n    def setUp(self):\n"
        "        self.enterContext(mock.patch('app.add'))\n\n"
        "    def test_new(self):\n        self.assertTrue(add)"),
    "a mock of a manager": (
        "def test_new():\n    with mock.patch('app.add') as fake:\n"
        "        fake.return_value.__enter__.return_value = 3\n        assert fake"),
    "a generator": "def rows():\n    yield 1\n\n\ndef test_new():\n    assert list(rows()) == [1]",
    "an exit that is expected": (
        "def test_new():\n    with pytest.raises(SystemExit) as told:\n        add(1, None)\n"
        "    assert told.value.code == 2"),
    "a thing with attributes": (
        "def test_new(tmp_path):\n    sum = Sum(1)\n    sum.value = 2\n    other = copy.copy(sum)\n"
        "    other.parts[0] = 1\n    assert sum != other"),
    "things in a loop": (
        "def test_new():\n    for each in [Sum(1), Sum(2)]:\n        each.value = 3\n        assert each"),
    "a list": "def test_new():\n    found = []\n    found.append(add(1, 2))\n    assert found == [3]",
    "an imported word": "from math import pi\n\n\ndef test_new():\n    assert add(pi, 0) == pi",
    "an async test": "@pytest.mark.asyncio\nasync def test_new():\n    assert add(1, 2) == 3",
    "a request": "def test_new(request):\n    assert request.node.name == 'test_new'",
}  # fmt: skip
FILES = {
    "a test file": {"tests/test_new.py": "from app import add\n\n\ndef test_new():\n    assert add(1, 2) == 3\n"},
    "a test file with fixtures": {
        "tests/test_new.py": (
            "import pytest\n\nfrom app import add\n\n\n@pytest.fixture\ndef two():\n    return 2\n\n\n"
            "def test_new(two):\n    assert add(two, 2) == 4\n")},
    "a test file with a set-up of its own": {
        "tests/test_new.py": (
            "import pytest\n\nimport app\n\n\n@pytest.fixture(autouse=True)\ndef quiet(monkeypatch):\n"
            "    monkeypatch.setenv('A', '1')\n\n\ndef test_new(client):\n    client.patch('/')\n"
            "    client.start()\n    assert client\n")},
    "a test file with a thing": {
        "tests/test_new.py": (
            "from app import Sum\n\nSUM = Sum()\nSUM.value = 3\nSUM.parts.append(2)\n\n\n"
            "def test_new():\n    assert SUM.value == 3\n")},
    "a test file of unittest": {
        "tests/test_new.py": (
            "import unittest\n\nfrom app import add\n\n\nclass NewTest(unittest.TestCase):\n"
            "    def test_new(self):\n        self.assertEqual(add(1, 2), 3)\n\n\n"
            "if __name__ == '__main__':\n    unittest.main()\n")},
    "a folder of tests": {
        "tests/unit/__init__.py": "",
        "tests/unit/test_new.py": "from app import add\n\n\ndef test_new():\n    assert add(1, 2) == 3\n"},
    "a test file with a loan that is named": {
        "tests/test_new.py": (
            "import pytest\n\nfrom helpers import pytest_run\n\n\n"
            "def test_new(server, monkeypatch: pytest.MonkeyPatch):\n    server.start()\n"
            "    assert pytest_run(server)\n")},
    "data": {"tests/data/more.json": "[1]\n"},
    "a package": {"shop/__init__.py": "", "shop/cart.py": "import json\n", "shop/types.py": "x = 1\n"},
    "a script": {"scripts/load.py": "import sys\n\n\ndef main():\n    sys.exit(1)\n"},
    "a helper of the same name elsewhere": {"shop/__init__.py": "", "shop/app.py": "x = 1\n"},
    "docs": {"docs/guide.md": "Run `pytest` and see `5 passed`.\n", "README.md": "# App\n\nNew.\n"},
    "types": {"app.pyi": "def add(a: int, b: int) -> int: ...\n"},
}  # fmt: skip


@pytest.mark.parametrize("how", PRODUCT)
def test_work_on_the_product_is_not_told(how: str) -> None:
    assert told({"app.py": PRODUCT[how]}) == set()


@pytest.mark.parametrize("how", ADDED)
def test_a_test_more_is_not_told(how: str) -> None:
    assert told({PATH: f"{BEFORE}\n\n{ADDED[how]}\n"}) == set()
    first = BEFORE.replace("\n\nclass AddTest", f"\n\n{ADDED[how]}\n\n\nclass AddTest")
    assert told({PATH: first, "app.py": MENDED}) == set()


@pytest.mark.parametrize("how", FILES)
def test_new_files_are_not_told(how: str) -> None:
    assert told(FILES[how]) == set()


def test_a_method_more_and_a_word_more_are_not_told() -> None:
    method = "    def test_new(self):\n        self.assertEqual(add(1, 2), 3)\n\n"
    more = BEFORE.replace("class TestMany", method + "\nclass TestMany")
    more = more.replace("import json\n", "import json\nimport math\n")
    assert told({PATH: more.replace('"""Adding."""', '"""Adding, and more."""')}) == set()


ROWS = {
    "a row": ("(2, 2)]", "(2, 2), (3, 3)]"),
    "rows with names": ("(2, 2)]", "(2, 2), pytest.param(3, 3, id='three'), (-1, 1.5)]"),
}


@pytest.mark.parametrize("how", ROWS)
def test_rows_behind_the_old_ones_are_not_told(how: str) -> None:
    old, new = ROWS[how]
    assert told({PATH: BEFORE.replace(old, new)}) == set()
    named = BEFORE.replace("(2, 2)])", "(2, 2)], ids=['one', 'two'])")
    more = named.replace(old, new).replace("'two']", "'two', 'three']")
    assert tells({**TREE, PATH: named}, {**TREE, PATH: more}, *CHECKS) == set()


@pytest.mark.parametrize("how", [
    "(2, 3), (2, 2)]", "(2, 2), (add(1, 1), 2)]", "(2, 2), pytest.param(3, 3, marks=x)]",
])  # fmt: skip
def test_rows_that_are_not_plainly_more_are_told(how: str) -> None:
    assert told({PATH: BEFORE.replace("(2, 2)]", how)}) == {("test_changed", PATH)}


FIXTURE = (
    "@pytest.fixture\ndef two():\n    return 2\n\n\ndef test_new(two):\n    assert add(two, 0)"
)


def test_a_fixture_for_a_new_test_is_not_told() -> None:
    assert told({PATH: f"{BEFORE}\n\n{FIXTURE}\n"}) == set()
    wide = FIXTURE.replace("fixture", "fixture(params=[1, 2], scope='function')")
    assert told({PATH: f"{BEFORE}\n\n{wide}\n"}) == set()


@pytest.mark.parametrize("above", [
    "@pytest.fixture\ndef two():\n    return 3\n", "from helpers import *\n",
    "pytest_plugins = ['helpers']\n", "def broken(:\n", "def test_x(two): pass\n",
])  # fmt: skip
def test_a_fixture_that_others_may_get_is_told(above: str) -> None:
    base = {**TREE, "conftest.py": above}
    head = {**base, PATH: f"{BEFORE}\n\n{FIXTURE}\n"}
    assert tells(base, head, *CHECKS) == {("test_changed", PATH)}
    wide = FIXTURE.replace("fixture", "fixture(scope='module')")
    assert told({PATH: f"{BEFORE}\n\n{wide}\n"}) == {("test_changed", PATH)}


@pytest.mark.parametrize(("old", "new", "named"), [
    ("from app import add\n", "from app import plus as add\n", "`from app import add`"),
    ("from app import add\n", "from app import plus\n", "`from app import add`"),
    ("import json\n", "import json as js\n", "`import json`"),
    ("(self):\n        self.assertEqual(add(2, 3)", "(self):\n        add(1, 1)\n        self.assertEqual(add(2, 3)",
     "in AddTest, `test_adds`"),
])  # fmt: skip
def test_the_sentence_names_what_changed(old: str, new: str, named: str) -> None:
    found = only(PATH, BEFORE, BEFORE.replace(old, new))
    assert found.text == f"More changed than tests were added: {named} is changed or gone."


def test_comments_and_blank_lines_are_not_told() -> None:
    assert (
        told({PATH: BEFORE.replace("def test_refuses", "# Not a number.\ndef test_refuses")})
        == set()
    )
    assert told({PATH: BEFORE.replace("\n\n\n", "\n\n\n\n")}) == set()
