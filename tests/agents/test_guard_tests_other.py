"""The same of tests in other languages, which are read by their text."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only


def test_another_value_expected_by_a_script_or_a_snapshot_is_told() -> None:
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
