"""What an agent may do to a test so that it no longer fails, and what honest people do to tests."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only

HEAD = "import pytest, unittest, contextlib, os, math\nfrom app import f\n\n"
OTHER = "def test_other():\n    assert f(0) == 0\n\n"
TEST = "def test_f():\n    x = f(1)\n    assert x == 2\n    assert x < 9\n"


def source(*parts: str) -> str:
    return HEAD + OTHER + "\n".join(parts)


def case(body: str, base: str = "unittest.TestCase") -> str:
    """A class of unittest with one test whose body is given."""
    inner = "".join(f"        {line}\n" for line in body.splitlines())
    return f"{HEAD}class T({base}):\n    def test_f(self):\n{inner}"


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


def test_dropped_assertions_are_counted() -> None:
    found = only("tests/test_a.py", source(TEST), source(TEST.replace("    assert x < 9\n", "")))
    assert (found.kind, found.text) == ("checks_dropped", "test_f: 2 assertions before, 1 after.")
    held = TEST.replace("    assert x < 9", "    return\n    assert x < 9")
    found = only("tests/test_a.py", source(TEST), source(held))
    assert "1 stand where they cannot fail it" in found.text


def test_cases_of_a_table_are_counted() -> None:
    def table(*rows: str) -> str:
        given = ", ".join(rows)
        return HEAD + (
            f"@pytest.mark.parametrize('a, b', [{given}])\ndef test_f(a, b):\n    assert f(a) == b\n"
        )

    found = only("test_a.py", table("(1, 2)", "(2, 3)", "(3, 4)"), table("(1, 2)"))
    assert (found.kind, found.text) == ("cases_removed", "test_f: 3 cases before, 1 after.")
    assert kinds(changed("test_a.py", table("(1, 2)"), table("(1, 2)", "(2, 3)"))) == [
        "test_changed"
    ]


WEAKER = {
    "x": "assert x",
    "there": "assert x is not None",
    "other than": "assert x != 3",
    "more than": "assert x > 0",
    "a kind": "assert isinstance(x, int)",
    "one of": "assert x in (1, 2, 3)",
    "about": "assert x == pytest.approx(2, abs=1)",
    "close": "assert math.isclose(x, 2, rel_tol=0.5)",
    "unittest's": "unittest.TestCase().assertTrue(x)",
    "unittest's there": "unittest.TestCase().assertIsNotNone(x)",
}


@pytest.mark.parametrize("how", WEAKER)
def test_a_weaker_comparison_is_told_with_both_sides(how: str) -> None:
    found = only(
        "tests/test_a.py", source(TEST), source(TEST.replace("assert x == 2", WEAKER[how]))
    )
    assert found.kind == "weakened"
    assert "x == 2" in found.text or "tolerance" in found.text
    assert found.line is not None


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        ("assert x == pytest.approx(2, abs=0.01)", "assert x == pytest.approx(2, abs=0.5)"),
        (
            "unittest.T().assertAlmostEqual(x, 2, places=5)",
            "unittest.T().assertAlmostEqual(x, 2, places=1)",
        ),
        (
            "unittest.T().assertAlmostEqual(x, 2, delta=1)",
            "unittest.T().assertAlmostEqual(x, 2, delta=9)",
        ),
    ],
)
def test_a_tolerance_that_was_raised_is_told(strict: str, loose: str) -> None:
    before, after = (source(TEST.replace("assert x == 2", each)) for each in (strict, loose))
    found = only("tests/test_a.py", before, after)
    assert found.kind == "weakened"
    assert "tolerance" in found.text
    assert kinds(changed("tests/test_a.py", after, before)) == ["test_changed"]


def test_an_exception_that_may_be_any_is_weaker() -> None:
    raises = "def test_f():\n    with pytest.raises(KeyError, match='a'):\n        f(1)\n"
    for loose in ("Exception", "KeyError"):
        after = raises.replace("KeyError, match='a'", loose)
        assert only("test_a.py", source(raises), source(after)).kind == "weakened"


def test_another_expected_value_is_told_only_beside_changed_code() -> None:
    before, after = source(TEST), source(TEST.replace("x == 2", "x == 3"))
    test = changed("tests/test_a.py", before, after)
    assert kinds(test) == ["test_changed"]
    assert kinds(test, changed("app.py", "a\n", "b\n")) == ["expectation_changed"]
    script = "it('a', () => {\n  expect(f(1)).toBe(2);\n});\n"
    files = [
        changed("a.test.js", script, script.replace("2", "3")),
        changed("a.js", "a\n", "b\n"),
    ]
    assert kinds(*files) == ["expectation_changed"]
    snap = changed("__snapshots__/a.test.js.snap", "a\n", "b\n")
    assert kinds(snap) == ["expectation_changed"]


def test_a_weaker_matcher_of_javascript_is_told() -> None:
    script = "it('a', () => {\n  expect(f(1)).toEqual([2]);\n});\n"
    found = only("a.test.js", script, script.replace("toEqual([2])", "toBeDefined()"))
    assert (found.kind, "toBeDefined" in found.text) == ("weakened", True)


JS = "describe('f', () => {\n  it('a', () => {\n    expect(f()).toBe(1);\n  });\n});\n"
GO = "package a\n\nfunc TestF(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n}\n"
RUST = (
    "#[cfg(test)]\nmod tests {\n    #[test]\n    fn f() {\n        assert!(true_of(1));\n    }\n}\n"
)
JAVA = "class ATest {\n  @Test\n  void f() {\n    assertEquals(1, f());\n  }\n}\n"
RUBY = "describe 'f' do\n  it 'is 1' do\n    expect(f).to eq 1\n  end\nend\n"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.test.js", JS, JS.replace("  it(", "  xit(")),
        ("a.test.js", JS, JS.replace("describe(", "describe.skip(")),
        ("a.test.js", JS, JS.replace("describe(", "xdescribe(")),
        ("a.test.js", JS, JS + "it.only('b', () => {\n  expect(1).toBe(x);\n});\n"),
        ("a.test.js", JS, JS.replace("    expect", "    this.skip();\n    expect")),
        ("a_test.go", GO, GO.replace("\tif f", "\tt.Skip()\n\tif f")),
        ("a_test.go", GO, "//go:build slow\n\n" + GO),
        ("src/a.rs", RUST, RUST.replace("    #[test]\n", "    #[test]\n    #[ignore]\n")),
        ("src/a.rs", RUST, RUST.replace("#[cfg(test)]", '#[cfg(feature = "x")]')),
        ("ATest.java", JAVA, JAVA.replace("  @Test", '  @Disabled("x")\n  @Test')),
        ("ATest.java", JAVA, "@Ignore\n" + JAVA),
        ("a_spec.rb", RUBY, RUBY.replace("  it", "  xit")),
        ("a_spec.rb", RUBY, RUBY.replace("'f' do", "'f', skip: true do")),
    ],
)
def test_skips_of_other_languages_are_told(path: str, before: str, after: str) -> None:
    assert only(path, before, after).kind == "test_skipped"


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.test.js", JS, JS.replace("    expect", "    // expect")),
        ("a.test.js", JS, JS.replace("    expect(f()).toBe(1);", "    /* expect(f()).toBe(1); */")),
        ("a_test.go", GO, GO.replace("\t\tt.Fatal(1)", "\t\t// t.Fatal(1)")),
        ("src/a.rs", RUST, RUST.replace("assert!", "// assert!")),
        ("ATest.java", JAVA, JAVA.replace("assertEquals(1, f())", "f()")),
        ("a_spec.rb", RUBY, RUBY.replace("    expect", "    # expect")),
    ],
)
def test_commented_out_assertions_do_not_count(path: str, before: str, after: str) -> None:
    assert only(path, before, after).kind == "test_emptied"


def test_rows_of_tables_in_other_languages_are_counted() -> None:
    rows = "  [1, 2],\n  [2, 3],\n  [3, 4],\n"
    each = f"it.each([\n{rows}])('adds %i', (a, b) => {{\n  expect(f(a)).toBe(b);\n}});\n"
    assert only("a.test.ts", each, each.replace("  [2, 3],\n", "")).kind == "cases_removed"
    cases = "\t\t{1, 2},\n\t\t{2, 3},\n"
    go = (
        f"func TestF(t *testing.T) {{\n\tfor _, c := range []c{{\n{cases}\t}} {{\n"
        "\t\tif f(c.a) != c.b {\n\t\t\tt.Error(1)\n\t\t}\n\t}\n}\n"
    )
    assert only("a_test.go", go, go.replace("\t\t{2, 3},\n", "")).kind == "cases_removed"


# --- honest work -------------------------------------------------------------------------------
HELPED = "def holds(x):\n    assert x == 2\n    assert x < 9\n\ndef test_f():\n    x = f(1)\n    holds(x)\n"
HONEST = {
    "a test more": source(TEST, "def test_g():\n    assert f(5) == 6\n"),
    "an assertion more": source(TEST + "    assert x > 0\n"),
    "another name": source(TEST.replace("test_f", "test_f_of_one")),
    "another order": HEAD + TEST + "\n\n" + OTHER,
    "a docstring": source(TEST.replace("    x =", '    """One."""\n    x =')),
    "a class around": HEAD + OTHER + "class TestF:\n    " + TEST.replace("()", "(self)").replace(
        "\n    ", "\n        "),
    "a helper": source(HELPED),
    "one assertion of two": source("def test_f():\n    x = f(1)\n    assert x == 2 and x < 9\n"),
    "a loop": source("def test_f():\n    for y in (2, 9):\n        assert f(1) <= y\n"),
    "a product's own skip": source(TEST.replace("    x = f(1)", "    x = f(1).skip(3)")),
    "an except that fails": source(
        "def test_f():\n    try:\n        x = f(1)\n        assert x == 2\n        assert x < 9\n"
        "    except AssertionError:\n        print('x')\n        raise\n"),
    "a stronger comparison": source(TEST.replace("assert x < 9", "assert x == 2 + 0")),
}  # fmt: skip


@pytest.mark.parametrize("how", HONEST)
def test_honest_work_on_a_test_is_left_alone(how: str) -> None:
    calm = [] if how in ("a test more", "a docstring") else ["test_changed"]
    assert kinds(changed("tests/test_a.py", source(TEST), HONEST[how])) == calm


def test_a_test_of_unittest_written_for_pytest_is_left_alone() -> None:
    before = case("self.assertEqual(f(1), 2)\nself.assertIn(3, f(4))\nself.assertIsNone(f(5))")
    after = (
        HEAD
        + "def test_f():\n    assert f(1) == 2\n    assert 3 in f(4)\n    assert f(5) is None\n"
    )
    assert kinds(changed("tests/test_a.py", before, after)) == ["test_changed"]


def test_a_file_split_in_two_and_a_moved_folder_are_left_alone() -> None:
    parts = [
        changed("tests/test_b.py", None, HEAD + OTHER),
        changed("tests/test_c.py", None, HEAD + TEST),
    ]
    assert kinds(changed("tests/test_a.py", source(TEST), None), *parts) == ["test_moved"]
    away = changed("tests/unit/test_a.py", source(TEST), source(TEST), old_path="tests/test_a.py")
    assert kinds(away) == ["test_moved"]


def test_a_moved_test_must_be_as_good_as_it_was() -> None:
    gone = changed("tests/test_a.py", source(TEST), HEAD + OTHER)
    for poorer in ("def test_f():\n    pass\n", "@pytest.mark.skip\n" + TEST):
        assert "tests_removed" in kinds(gone, changed("tests/test_b.py", None, HEAD + poorer))
    there = changed("tests/test_b.py", HEAD + TEST, HEAD + TEST + "\n")
    assert kinds(gone, there) == ["tests_removed"]


def test_a_file_that_cannot_be_parsed_is_read_as_text_on_both_sides() -> None:
    broken = source(TEST) + "\nprint 'old'\n"
    assert kinds(changed("tests/test_a.py", source(TEST), broken)) == ["test_changed"]
    assert kinds(changed("tests/test_a.py", broken, HEAD + OTHER)) == ["tests_removed"]
    skipped = broken.replace("def test_f", "@pytest.mark.skip\ndef test_f")
    assert kinds(changed("tests/test_a.py", broken, skipped)) == ["test_skipped"]
