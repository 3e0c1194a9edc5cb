"""Tests known by their names, or by what they hold, in languages that the guard reads or does not."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed
from tests.agents.guard_trees import tells

JUNIT = "class X {\n  @Test\n  void a() {\n    assertEquals(1, 2);\n  }\n}\n"
MUNIT = 'class FooSuite extends munit.FunSuite {\n  test("sum") {\n    assertEquals(1, 2)\n  }\n}\n'
TESTS = {
    "src/FooSuite.scala": MUNIT, "src/test/scala/FooSuite.scala": MUNIT, "src/test/scala/Foo.scala": MUNIT,
    "src/FooTestCase.java": "class FooTestCase extends TestCase {\n  public void testSum() { assertEquals(1, 2); }\n}\n",
    "m/src/jvmTest/kotlin/Foo.kt": "class X { @Test fun a() { assertEquals(1, 2) } }\n",
    "m/src/androidTest/java/FooCheck.java": JUNIT, "src/integrationTest/java/FlowCheck.java": JUNIT,
    "src/main/java/FlowCheck.java": JUNIT, "src/testFixtures/java/Foo.java": "class Foo {}\n",
    "src/Foo.Tests.ps1": "Describe 'x' {\n  It 'y' {\n    1 | Should -Be 1\n  }\n}\n",
    "src/foo_tests.erl": "sum_test() -> ?assertEqual(1, 2).\n", "src/foo_SUITE.erl": "sum(_) -> 1 = 2.\n",
    "app/test.hs": "main = hspec it\n", "src/FooSpec.hs": "spec = it\n", "src/Tests.elm": "suite = 1\n",
    "Foo/FooTests.m": "- (void)testSum { XCTAssertEqual(1, 2); }\n", "src/Foo_Tests.fs": "let sum () = 1\n",
    "contracts/Foo.t.sol": "contract FooTest {}\n", "main.tftest.hcl": 'run "x" {\n}\n',
    "src/foo_test.clj": "(deftest sum (is (= 1 2)))\n", "src/foo_spec.cr": 'it "x" do\nend\n',
    "src/test_foo.nim": 'test "x":\n  check 1 == 2\n', "src/foo_test.ml": "let () = assert (1 = 2)\n",
    "t/foo.sql": "SELECT is(1, 2);\n", "t/a.t": "ok 1;\n", "src/foo.phpt": "--TEST--\nx\n",
    "requests/x.hurl": "GET http://x\nHTTP 200\n", "features/steps/add.py": "@then('a')\ndef step(c):\n    assert c\n",
    "features/step_definitions/a.rb": "Then('a') { fail }\n", "features/a.feature": "Scenario: a\n  Then b\n",
    "src/foo_test.gleam": "pub fn sum_test() {}\n", "test-foo.el": "(ert-deftest a ())\n",
}  # fmt: skip


@pytest.mark.parametrize("path", TESTS)
def test_a_test_that_is_gone_or_rewritten_is_told_in_any_language(path: str) -> None:
    kinds = {"test_deleted", "tests_removed", "test_changed", "test_moved", "test_emptied"}
    text = TESTS[path]
    first = text.splitlines(keepends=True)
    for after in (None, "", "".join(first[:-1]), "// none\n"):
        head = {} if after is None else {path: after}
        told = tells({path: text}, head)
        assert {kind for kind, where in told if where == path} & kinds, after


SOUNDS = {
    "db/check-test.lua": "x\n", "api/orders.spec.yaml": "x\n", "tools/suite.tcl": "x\n", "smoke_test": "x\n",
    "unit-tests/a.zig": "x\n", "src/RunTests.pas": "x\n", "App.Tests/Fixture.vb": "x\n", "TestAll.st": "x\n",
    "Specs/a.x": "x\n", "web/__tests__/a.x": "x\n", "src/CartTestSuite.cls": "x\n", "FooTests/Foo.adb": "x\n",
    "src/app.d": "int f;\nunittest { assert(f == 1); }\n", "src/app.jl": "@test add(2, 3) == 5\n",
    "src/app.gleam": "pub fn sum_test() { should.equal(1, 2) }\n", "src/a.erl": "sum_test() -> ok.\n",
    "src/a.ml": "let%test _ = f = 1\n", "stories/x.stories.tsx": "export const A = { play: f }\n",
    "postman/a.postman_collection.json": '{"event": [{"listen": "test"}]}\n',
}  # fmt: skip


@pytest.mark.parametrize("path", SOUNDS)
def test_what_sounds_like_a_test_is_told_when_it_is_gone_empty_or_renamed(path: str) -> None:
    text = SOUNDS[path]
    kinds = {kind for kind, _ in tells({path: text}, {})}
    assert kinds & {"test_deleted", "test_changed"}
    assert {kind for kind, _ in tells({path: text}, {path: "# x\n"})} & {
        "test_emptied",
        "test_changed",
    }
    renamed = changed("src/old.bin", text, text, old_path=path)
    assert {one.kind for one in findings([renamed])} & {"test_moved", "test_deleted"}


QUIET = {
    "src/latest.py": "x = 1\n", "src/contest/a.lua": "x\n", "docs/test.md": "x\n", "docs/testing/a.md": "x\n",
    "src/attestation.go": "package a\n", "src/main/java/HealthCheck.java": "class HealthCheck {}\n",
    "src/features/cart/cart.js": "a();\n", "src/inspect.lua": "x\n", "src/protest.rb": "x\n",
    "src/Cart.stories.tsx": "export const A = {};\n", "src/play.ts": "export const play = () => 1;\n",
    "src/app.d": "int f;\n", "src/spectrum.c": "int x;\n", "src/suited.kt": "class Suited\n",
    "src/main/kotlin/Transit.kt": "class Transit\n", "at/a.t": "x\n",
}  # fmt: skip


@pytest.mark.parametrize("path", QUIET)
def test_what_only_looks_a_little_like_a_test_is_no_item(path: str) -> None:
    text = QUIET[path]
    assert tells({path: text}, {}) == set()
    assert tells({path: text}, {path: text.upper()}) == set()
    assert tells({path: text}, {path: "\n"}) == set()


BESIDE = {
    "src/test-id.ts": ("export const id = 'a';\n", "export const id = 'b';\n"),
    "src/speed-test/app.ts": ("a();\n", "b();\n"),
    "src/spec.py": ("x = 1\n", "x = 2\n"),
    "src/app.d": ("int f;\nunittest { assert(f == 1); }\n", "int g;\nunittest { assert(g == 1); }\n"),
    "src/a.stories.tsx": ("export const A = { play: f };\n", "export const B = { play: f };\n"),
}  # fmt: skip


@pytest.mark.parametrize("path", BESIDE)
def test_what_only_sounds_like_a_test_may_be_edited(path: str) -> None:
    old, new = BESIDE[path]
    assert tells({path: old}, {path: new}) == set()


def test_a_new_test_beside_the_old_ones_is_no_item_in_scala_either() -> None:
    new = '  test("more") {\n    assertEquals(2, 2)\n  }\n'
    path = "src/FooSuite.scala"
    assert tells({path: MUNIT}, {path: MUNIT.replace("  }\n}", f"  }}\n\n{new}}}")}) == set()
