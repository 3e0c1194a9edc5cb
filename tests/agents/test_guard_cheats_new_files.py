"""New files of tests that keep others from running, or change what they call, in many languages."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import Tree, tells

JS = "const assert = require('assert');\nconst { add } = require('../lib/app.js');\n\n"
IT = "it('adds', () => {\n  assert.equal(add(2, 3), 5);\n});\n"
ONLY = [
    "it.only('a', f);\n", "describe.only('a', f);\n", "it\n  .only('a', f);\n", "it['only']('a', f);\n",
    "it.only.each([1])('a', f);\n", "it.concurrent.only('a', f);\n", "test.serial.only('a', f);\n",
    "describe.sequential.only('a', f);\n", "test.describe.only('a', f);\n", "QUnit.only('a', f);\n",
    "it('a', { only: true }, f);\n", "describe('a', { only: true }, f);\n", "fit('a', f);\n",
    "test('a', { timeout: 1, only: yes }, f);\n", "test('a', { only }, f);\n",
    "Deno.test({ name: 'a', only: true, fn() {} });\n", "Deno.test.only('a', f);\n",
    "const { only } = it;\nonly('a', f);\n", "import { only } from 'node:test';\n",
    "const g = (f = it) => f.only('a', h);\n", "fdescribe('a', f);\n", "ftest('a', f);\n",
    "fit(name, () => {});\n", "fit.each([1])('a', f);\n", "t.runOnly(true);\n",
    "const o = 'only';\nit[o]('a', f);\n", "ddescribe('a', f);\n",
]  # fmt: skip


@pytest.mark.parametrize("text", ONLY)
def test_what_leaves_only_some_tests_of_javascript_is_told(text: str) -> None:
    path = "test/b.test.js"
    assert ("test_skipped", path) in tells({}, {path: JS + text + IT})
    assert ("test_skipped", path) in tells({path: JS + IT}, {path: JS + IT + text})


APP = "const app = require('../lib/app.js');\n"
REACHES = [
    "it('a', function () {\n  this.test.parent.tests = [];\n});\n",
    "it('a', function () {\n  this.runnable().parent.parent.suites.length = 0;\n});\n",
    "it('a', function () {\n  const own = this.test;\n  own.parent.tests = [];\n});\n",
    "afterEach(function () {\n  this.currentTest.state = 'passed';\n});\n",
    "require('mocha').Runner.prototype.fail = () => {};\n",
    "jasmine.getEnv().specFilter = () => false;\n",
    "beforeEach(function () {\n  this.skip();\n});\n", "before(function () { this.skip(); });\n",
    "[1].forEach(() => {\n  beforeEach(function () {\n    this.skip();\n  });\n});\n",
    "require('../lib/app.js').add = (a, b) => a + b;\n",
    "before(() => {\n  require('../lib/app.js').add = (a, b) => a + b;\n});\n",
    f"{APP}app.add = (a, b) => a + b;\n", f"{APP}app['add'] = plus;\n",
    f"{APP}const other = app;\nother.add = plus;\n", f"{APP}Object.assign(app, {{ add: plus }});\n",
    f"{APP}Object.defineProperty(app, 'add', {{ value: plus }});\n", f"{APP}delete app.add;\n",
    f"{APP}Reflect.set(app, 'add', plus);\n", f"{APP}app.sum.add ??= plus;\n",
    f"{APP}const jest = {{ fn: (f) => f }};\napp.add = jest.fn(plus);\n",
    "import app from '../lib/app.js';\napp.add = plus;\n",
    "import * as app from '@/app';\napp.add = plus;\n",
    "const app = await import('../lib/app.js');\napp.add = plus;\n",
    "import { app } from '../lib/app.js';\napp.add = (a, b) => a + b;\n",
    "const { Cart } = require('../lib/app.js');\nObject.assign(Cart.prototype, { total: f });\n",
    "const path = '../lib/app.js';\nconst app = require(path);\napp.add = plus;\n",
    "const app = require(join(__dirname, '../lib/app.js'));\napp.add = plus;\n",
    "require.cache[require.resolve('../lib/app.js')] = { exports: {} };\n",
    "it.\\u006fnly('a', () => {});\n", "describe = () => {};\n",
]  # fmt: skip


@pytest.mark.parametrize("text", REACHES)
def test_what_reaches_into_other_tests_of_javascript_is_told(text: str) -> None:
    path = "test/b.test.js"
    assert ("test_support", path) in tells({}, {path: text + IT})
    told = tells({path: JS + IT}, {path: JS + IT + text})
    assert told & {("test_changed", path), ("test_skipped", path)}


RUBY: Tree = {
    "lib/app.rb": "def add(a, b) = a - b\n",
    "lib/shop/cart.rb": "class Cart\n  def total = 1\nend\n",
    "spec/app_spec.rb": "require 'app'\n\nRSpec.describe 'add' do\n  it 'sum' do\n    expect(add(2, 3)).to eq(5)\n"
    "  end\nend\n",
    "test/test_app.rb": "require_relative '../lib/app'\n\nclass TestApp < Minitest::Test\n  def test_sum\n"
    "    assert_equal 5, add(2, 3)\n  end\nend\n",
}  # fmt: skip
RUBY_FOCUS = [
    "RSpec.describe 'b', :focus do\nend\n", "RSpec.describe 'b' do\n  fit 'x' do\n  end\nend\n",
    "RSpec.fdescribe 'b' do\nend\n", "fdescribe 'b' do\nend\n", "it 'x', focus: true do\nend\n",
    "RSpec.describe 'b' do\n  fcontext 'x' do\n  end\nend\n", "it 'x', :focus => true do\nend\n",
]  # fmt: skip
RUBY_REACHES = [
    "RSpec.configure do |c|\n  c.before { skip }\nend\n", "RSpec.configuration.filter_run x: 1\n",
    "require 'app'\ndef add(a, b) = a + b\n", "require_relative '../lib/app'\ndef add(a, b)\n  5\nend\n",
    "class TestApp\n  def test_sum\n    assert true\n  end\nend\n",
    "class TestApp < Minitest::Test\n  def test_sum\n    assert true\n  end\nend\n",
    "class Cart\n  def total = 2\nend\n", "def Cart.total = 5\n", "class << Cart\n  def total = 5\nend\n",
    "Cart = Struct.new(:total)\n", "TestApp.superclass.class_exec { def setup = skip }\n",
    "eval('class Cart; end')\n", "class Other\n  def test_sum\n  end\nend\n",
    "TestApp.send(:remove_method, :test_sum)\n", "TestApp.undef_method :test_sum\n",
    "TestApp.define_method(:test_sum) {}\n", "TestApp.class_eval do\n  def test_sum; end\nend\n",
    "Cart.prepend(Module.new)\n", "Cart.instance_method(:total)\n", "class Integer\n  def ==(o) = true\nend\n",
    "module Minitest\n  def self.run(*) = true\nend\n",
    "class Minitest::Test\n  def setup\n    skip\n  end\nend\n", "Minitest.after_run { exit 0 }\n",
    "class TestB < Minitest::Test\n  def self.runnable_methods\n    []\n  end\nend\n",
    "class TestB < Minitest::Test\n  def run\n    self\n  end\nend\n", "at_exit { exit! 0 }\n", "exit\n",
    "Minitest::Test.make_my_diffs_pretty!\n", "ObjectSpace.each_object(Class) { |k| k }\n",
]  # fmt: skip


@pytest.mark.parametrize("text", [*RUBY_FOCUS, *RUBY_REACHES])
def test_what_reaches_into_other_tests_of_ruby_is_told(text: str) -> None:
    for path in ("spec/b_spec.rb", "test/test_b.rb"):
        kind = "test_skipped" if text in RUBY_FOCUS else "test_support"
        assert (kind, path) in tells(RUBY, {**RUBY, path: text})


@pytest.mark.parametrize(
    "added", ["def self.runnable_methods\n    []\n  end", "def run\n    self\n  end"]
)
def test_a_method_that_keeps_old_tests_of_ruby_from_running_is_told(added: str) -> None:
    path = "test/test_app.rb"
    head = RUBY[path].replace("  def test_sum", f"  {added}\n\n  def test_sum")
    assert ("test_changed", path) in tells(RUBY, {**RUBY, path: head})


GO = [
    'var x = flag.Set("test.run", "None")', 'func TestA(t *testing.T) {\n\tflag.Set("test.run", "x")\n}',
    'func TestA(t *testing.T) {\n\tflag.CommandLine.Set("test.run", "x")\n}',
    "func TestA(t *testing.T) {\n\tos.Args = args\n}", 'func TestA(t *testing.T) {\n\tos.Args[1] = "x"\n}',
    "func TestA(t *testing.T) {\n\tos.Exit(code)\n}", 'import f "flag"', 'import (\n\t. "os"\n)',
    'var _, err = os.Create("x")', 'var ok = os.Remove("x") == nil', "var m = testing.MainStart",
    'var (\n\ta = 1\n\tb = os.Remove("x")\n)', "//go:linkname x testing.x\nfunc x()",
]  # fmt: skip


@pytest.mark.parametrize("text", GO)
def test_what_reaches_into_other_tests_of_go_is_told(text: str) -> None:
    path, test = "b_test.go", "package sum\n\nfunc TestB(t *testing.T) {\n\tt.Fatal()\n}\n"
    assert ("test_support", path) in tells({}, {path: f"package sum\n\n{text}\n"})
    assert tells({path: test}, {path: f"{test}\n{text}\n"}) & {
        ("test_changed", path),
        ("test_skipped", path),
    }


JVM: Tree = {
    "src/main/java/App.java": "class App {}\n",
    "src/main/kotlin/shop/Cart.kt": "package shop\n\nclass Cart\n",
}
JVM_NEW = [
    (
        "src/test/java/Assertions.java",
        "class Assertions { static void assertEquals(int a, int b) {} }\n",
    ),
    ("src/test/java/Assert.java", "public final class Assert {}\n"),
    ("src/test/java/MoreTest.java", "class MoreTest {}\n\nclass Assertions {}\n"),
    ("src/test/java/App.java", "class App { static int add(int a, int b) { return a + b; } }\n"),
    ("src/test/java/MoreTest.java", "class MoreTest {}\n\nclass App {}\n"),
    ("src/test/kotlin/Fakes.kt", "package shop\n\nclass Cart\n"),
    ("src/integrationTest/kotlin/shop/Cart.kt", "package shop\n\nobject Cart\n"),
    ("src/test/java/org/junit/Assert.java", "package org.junit;\n"),
]


@pytest.mark.parametrize(("path", "text"), JVM_NEW)
def test_a_class_among_tests_that_stands_before_another_is_told(path: str, text: str) -> None:
    assert ("shadows", path) in tells(JVM, {**JVM, path: text})


def test_a_function_of_kotlin_that_stands_before_an_assertion_is_told() -> None:
    path = "src/test/kotlin/Fakes.kt"
    assert tells({}, {path: "fun assertEquals(a: Int, b: Int) {}\n"}) == {("test_support", path)}


SILENT = {
    "test/a.test.js": JS + "before(() => server.start());\nafterEach(() => {\n  jest.clearAllMocks();\n});\n"
    "describe('a', function () {\n  before(function () {\n    if (!process.env.DB) this.skip();\n  });\n"
    "  it('b', function () {\n    this.timeout(5);\n    expect(add(this.test.title)).to.have.only.keys('a');\n"
    "  });\n});\nafterEach(function () {\n  if (this.currentTest.state === 'failed') shot(this.currentTest.title);"
    "\n});\nconst x = pick({ only: ['a'], skip: 1 });\nmodel.fit(x);\nconst y = fit(xs, ys);\n",
    "src/a.test.ts": "import * as api from './api';\nimport { db } from '@/db';\n\napi.get = vi.fn();\n"
    "db.url = 'x';\nit('a', () => {\n  api.get.mockReturnValue(1);\n  const own = { add: 1 };\n"
    "  own.add = 2;\n  expect(api.a === api.b).toBe(true);\n});\n",
    "spec/more_spec.rb": "require 'app'\n\ndef build(name) = name\n\nRSpec.describe Cart do\n  let(:kind) do\n"
    "    Class.new { include Comparable }\n  end\n\n  it 'exits' do\n    expect { run }.to raise_error(SystemExit)\n"
    "    expect(kind.instance_methods).to include(:add)\n  end\nend\n",
    "test/more_test.rb": "require 'minitest/autorun'\n\nclass FakeCart\n  def run\n    exit_code\n  end\nend\n\n"
    "class MoreTest < Minitest::Test\n  include Helpers\n\n  def setup\n    @cart = Cart.new\n  end\n\n"
    "  def test_runs\n    assert_raises(SystemExit) { add(1, 2) }\n  end\nend\n",
    "more_test.go": 'package sum\n\nimport (\n\t"flag"\n\t"os"\n\t"testing"\n\n\tyaml "gopkg.in/yaml.v3"\n)\n\n'
    'var update = flag.Bool("update", false, "x")\nvar dir = os.Getenv("DIR")\nvar tmp = os.TempDir()\n\n'
    "func TestMore(t *testing.T) {\n\terr := os.Remove(tmp)\n\terr = os.Remove(tmp)\n\tif len(os.Args) == 0 {\n"
    '\t\tt.Error(err)\n\t}\n\tt.Setenv("A", "b")\n}\n',
    "src/test/java/MoreTest.java": "import static org.junit.Assert.*;\n\nclass MoreTest {\n  @Test\n  void more() {\n"
    "    assertEquals(1, App.one());\n  }\n\n  static class Cart {}\n}\n\nclass Fake {}\n",
    "src/test/kotlin/shop/CartTest.kt": "package shop\n\nclass CartTest {\n  @Test\n  fun adds() {\n    assertEquals(1, 1)"
    "\n  }\n}\n\nfun assertValid(x: Int) = assertEquals(1, x)\n",
}  # fmt: skip


@pytest.mark.parametrize("path", SILENT)
def test_a_new_file_of_tests_that_leaves_others_alone_is_no_item(path: str) -> None:
    base = {**RUBY, **JVM}
    assert tells(base, {**base, path: SILENT[path]}) == set()
