"""Tests of a Python file that were skipped, emptied or taken out, and files that cannot be parsed."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only
from tests.agents.guard_parts import HEAD, OTHER, TEST, case, source

SKIPS = {
    "a mark": "@pytest.mark.skip(reason='flaky')\n" + TEST,
    "a mark with a condition": "@pytest.mark.skipif(True, reason='x')\n" + TEST,
    "an expected failure": "@pytest.mark.xfail(strict=False)\n" + TEST,
    "a mark under a name": "later = pytest.mark.skip\n\n@later\n" + TEST,
    "unittest's": "@unittest.skip('x')\n" + TEST,
    "a call": TEST.replace("    x =", "    pytest.skip('x')\n    x ="),
    "a call under a condition": TEST.replace("    x =", "    if os.name: pytest.skip()\n    x ="),
    "a raise": TEST.replace("    x =", "    raise unittest.SkipTest('x')\n    x ="),
    "an import that may be missing": TEST.replace(
        "    x =", "    pytest.importorskip('z')\n    x ="
    ),
    "a condition around it": "if os.environ.get('SLOW'):\n    "
    + TEST.replace("\n    ", "\n        "),
}
GROUPS = {
    "the file's mark": "pytestmark = pytest.mark.skip('x')\n",
    "a list of marks": "pytestmark = [pytest.mark.slow, pytest.mark.skipif(True)]\n",
    "a call": "pytest.skip('x', allow_module_level=True)\n",
    "a call under another name": "import pytest as p\np.skip(allow_module_level=True)\n",
    "an imported call": "from pytest import skip as later\nlater('x', allow_module_level=True)\n",
    "a word for collectors": "__test__ = False\n",
    "a set-up": "@pytest.fixture(autouse=True)\ndef early():\n    pytest.skip('x')\n",
    "a set-up of the module": "def setup_module():\n    raise unittest.SkipTest\n",
}
EMPTIED = {
    "pass": "def test_f():\n    pass\n",
    "assert True": "def test_f():\n    assert True\n",
    "a constant": "def test_f():\n    f(1)\n    assert 1 == 1\n",
    "a text": "def test_f():\n    f(1)\n    assert 'x is 2'\n",
    "a tuple": "def test_f():\n    x = f(1)\n    assert (x == 2, 'x is 2')\n",
    "itself": "def test_f():\n    x = f(1)\n    assert x == x\n",
    "or True": "def test_f():\n    x = f(1)\n    assert x == 2 or True\n",
    "an early return": "def test_f():\n    return\n    x = f(1)\n    assert x == 2\n",
    "a sure return": "def test_f():\n    if True:\n        return\n    assert f(1) == 2\n",
    "never": "def test_f():\n    if False:\n        assert f(1) == 2\n",
    "no case": "def test_f():\n    for x in []:\n        assert f(x) == 2\n",
    "an except around": (
        "def test_f():\n    try:\n        assert f(1) == 2\n    except Exception:\n        pass\n"
    ),
    "a bare except": "def test_f():\n    try:\n        assert f(1) == 2\n    except:\n        x = 1\n",
    "suppress": (
        "def test_f():\n    with contextlib.suppress(AssertionError):\n        assert f(1) == 2\n"
    ),
    "comments": "def test_f():\n    x = f(1)\n    # assert x == 2\n    # assert x < 9\n",
    "a helper that asserts nothing": (
        "def check(x):\n    pass\n\ndef test_f():\n    check(f(1))\n"
    ),
}


@pytest.mark.parametrize("how", SKIPS)
def test_a_skipped_test_is_told(how: str) -> None:
    found = only("tests/test_a.py", source(TEST), source(SKIPS[how]))
    assert (found.kind, found.text.startswith("test_f is skipped now")) == ("test_skipped", True)


@pytest.mark.parametrize("how", GROUPS)
def test_a_skipped_file_is_told_for_each_test(how: str) -> None:
    new = HEAD + GROUPS[how] + OTHER + TEST
    assert kinds(changed("tests/test_a.py", source(TEST), new)) == ["test_skipped"] * 2


@pytest.mark.parametrize("how", EMPTIED)
def test_a_test_that_cannot_fail_any_more_is_told(how: str) -> None:
    found = only("tests/test_a.py", source(TEST), source(EMPTIED[how]))
    assert found.kind == "test_emptied"
    assert "test_f checks nothing any more (2 before" in found.text


@pytest.mark.parametrize("body", ["pass", "return self.assertEqual", "self.assertTrue(True)"])
def test_unittests_are_read_alike(body: str) -> None:
    before = case("self.assertEqual(f(1), 2)")
    assert kinds(changed("tests/test_a.py", before, case(body))) == ["test_emptied"]
    assert only("tests/test_a.py", before, case("self.skipTest('x')")).kind == "test_skipped"


def test_a_class_that_is_not_collected_any_more_has_lost_its_tests() -> None:
    before = case("self.assertEqual(f(1), 2)")
    after = before.replace("class T(unittest.TestCase)", "class Helper")
    assert kinds(changed("tests/test_a.py", before, after)) == ["tests_removed"]
    made = HEAD + "class TestF:\n    def test_f(self):\n        assert f(1) == 2\n"
    hidden = made.replace("    def test_f", "    def __init__(self): pass\n\n    def test_f")
    assert kinds(changed("tests/test_a.py", made, hidden)) == ["tests_removed"]


@pytest.mark.parametrize(
    "after",
    [
        OTHER,
        OTHER + TEST.replace("test_f", "_test_f"),
        OTHER + TEST.replace("def test_f", "def xtest_f"),
        OTHER + "def test_new():\n    assert f(3) == 3\n",
        OTHER + TEST + "\ntest_f = None\n",
        OTHER + TEST + "\ndel test_f\n",
        OTHER + "def make():\n    " + TEST.replace("\n    ", "\n        "),
        OTHER + "if False:\n    " + TEST.replace("\n    ", "\n        "),
    ],
)
def test_a_test_that_is_gone_is_told_even_when_another_takes_its_place(after: str) -> None:
    found = only("tests/test_a.py", source(TEST), HEAD + after)
    assert found.kind == "tests_removed"
    assert "gone: test_f" in found.text


def test_a_later_definition_of_the_same_name_is_the_one_that_runs() -> None:
    after = source(TEST, "def test_f():\n    pass\n")
    assert only("tests/test_a.py", source(TEST), after).kind == "test_emptied"


def test_a_file_renamed_so_that_it_is_not_collected_is_told() -> None:
    moved = changed("tests/old_a.py", source(TEST), source(TEST), old_path="tests/test_a.py")
    assert kinds(moved) == ["tests_removed"]
    script = "it('a', () => {\n  expect(f()).toBe(1);\n});\n"
    assert kinds(changed("src/a.old.ts", script, script, old_path="src/a.test.ts")) == [
        "tests_removed"
    ]


def test_a_file_that_cannot_be_parsed_is_read_as_text_on_both_sides() -> None:
    broken = source(TEST) + "\nprint 'old'\n"
    assert kinds(changed("tests/test_a.py", source(TEST), broken)) == ["test_changed"]
    assert kinds(changed("tests/test_a.py", broken, HEAD + OTHER)) == ["tests_removed"]
    skipped = broken.replace("def test_f", "@pytest.mark.skip\ndef test_f")
    assert kinds(changed("tests/test_a.py", broken, skipped)) == ["test_skipped"]
