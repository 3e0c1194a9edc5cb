"""Honest work outside Python's tests, of which the guard says nothing: noise would destroy it."""

from __future__ import annotations

import json

import pytest

from tests.agents.guard_trees import Tree, tells

JS = """import { expect, it, describe } from "vitest";
import { sum } from "./sum";

describe("sum", () => {
  it("adds", () => {
    expect(sum(1, 2)).toBe(3);
  });
});
"""
JEST = (
    "const { sum } = require('./sum');\n\ntest('adds', () => {\n  expect(sum(1, 2)).toBe(3);\n});\n"
)
GO = 'package sum\n\nimport "testing"\n\nfunc TestSum(t *testing.T) {\n\tif Sum(1, 2) != 3 {\n\t\tt.Fail()\n\t}\n}\n'
RUST = """pub fn add(a: i32, b: i32) -> i32 {
    a - b
}

#[cfg(test)]
mod tests {
    use super::add;

    #[test]
    fn adds() {
        assert_eq!(add(1, 2), 3);
    }
}
"""
RSPEC = 'RSpec.describe Sum do\n  it "adds" do\n    expect(Sum.of(1)).to eq(1)\n  end\nend\n'
MINI = "class SumTest < Minitest::Test\n  def test_adds\n    assert_equal 3, Sum.of(1, 2)\n  end\nend\n"
JAVA = "class SumTest {\n  @Test\n  void adds() {\n    assertEquals(3, Sum.of(1, 2));\n  }\n}\n"
PHP = "<?php\nclass SumTest extends TestCase {\n    public function testAdds() {\n        $this->assertSame(3, sum(1, 2));\n    }\n}\n"
CSHARP = "public class SumTests {\n  [Fact]\n  public void Adds() {\n    Assert.Equal(3, Sum(1));\n  }\n}\n"
# A test file, the text in it, and what stands there now: a new test beside the old ones.
GROWS = {
    "vitest, in the group": (JS, "a.test.ts", "  });\n});", "  });\n  it('takes away', () => {\n"
                             "    expect(sum(2, -1)).toBe(1);\n  });\n});"),
    "vitest, before the others": (JS, "a.test.ts", '  it("adds"', "  it('is a number', () => {\n    const"
                                  " given = sum(2, 1);\n    expect(given).toBeTypeOf('number');\n  });\n\n"
                                  '  it("adds"'),
    "vitest, one import more": (JS, "a.test.ts", "{ sum }", "{ subtract, sum }"),
    "vitest, imports over lines": (JS, "a.test.ts", "{ sum }", "{\n  subtract,\n  sum,\n}"),
    "vitest, another module": (JS, "a.test.ts", "\ndescribe", 'import { adds, subtract } from "./less";\n\n'
                               "describe"),
    "vitest, a table": (JS, "a.test.ts", "  });\n});", "  });\n  it.each([[1, 2], [2, 3]])('adds %i', (a, b)"
                        " => {\n    expect(sum(a, 1)).toBe(b);\n  });\n});"),
    "vitest, a group of its own": (JS, "a.test.ts", "  });\n});\n", "  });\n});\n\ndescribe('less', () => {\n"
                                   "  it('takes', async () => {\n    const x = { skip: 10 };\n"
                                   "    await expect(less(x)).resolves.toEqual({ a: 1 });\n  });\n});\n"),
    "vitest, a spy in the last test": (JS, "a.test.ts", "  });\n});\n", "  });\n\n  it('logs', () => {\n    const"
                                       " spy = vi.spyOn(console, 'log').mockImplementation(() => {});\n"
                                       "    sum(1, 1);\n    expect(spy).toHaveBeenCalled();\n  });\n});\n"),
    "jest": (JEST, "a.test.js", "});\n", "});\n\ntest('takes away', () => {\n  expect(sum(2, -1)).toBe(1);\n"
             "});\n"),
    "jest, one import more": (JEST, "a.test.js", "{ sum }", "{ sum, less }"),
    "node": (JEST, "test/a.test.js", "});\n", "});\n\ntest('rejects', async () => {\n  await assert.rejects("
             "sum('a'), TypeError);\n});\n"),
    "Go": (GO, "sum_test.go", "}\n}\n", "}\n}\n\nfunc TestLess(t *testing.T) {\n\tfor _, c := range []int{1, 2}"
           ' {\n\t\tif Sum(c, 0) != c {\n\t\t\tt.Errorf("%d", c)\n\t\t}\n\t}\n}\n'),
    "Go, in a group": (GO, "sum_test.go", "}\n}\n", '}\n}\n\nfunc TestLess(t *testing.T) {\n\tt.Run("a", func('
                       "t *testing.T) {\n\t\tt.Parallel()\n\t\trequire.Equal(t, 1, Sum(1, 0))\n\t})\n}\n"),
    "Rust": (RUST, "src/add.rs", "3);\n    }\n", "3);\n    }\n\n    #[test]\n    fn adds_none() {\n        "
             "assert_eq!(add(0, 0), 0);\n    }\n"),
    "Rust, one import more": (RUST, "src/add.rs", "use super::add;", "use super::{add, less};"),
    "Rust, the product beside its tests": (RUST, "src/add.rs", "a - b", "a + b"),
    "Rust, a new function of the product": (RUST, "src/add.rs", "#[cfg(test)]", "pub fn less(a: i32) -> i32 {\n"
                                            "    a - 1\n}\n\n#[cfg(test)]"),
    "RSpec": (RSPEC, "sum_spec.rb", "  end\nend", '  end\n\n  it "adds none" do\n    expect(Sum.of(0)).to eq(0)\n'
              "  end\nend"),
    "Minitest": (MINI, "sum_test.rb", "  end\nend", "  end\n\n  def test_adds_none\n    assert_equal 0, Sum.of(0, 0)"
                 "\n  end\nend"),
    "Java": (JAVA, "SumTest.java", "  }\n}", "  }\n\n  @Test\n  void addsNone() {\n    assertEquals(0, Sum.of(0, 0));"
             "\n  }\n}"),
    "PHP": (PHP, "SumTest.php", "    }\n}", "    }\n\n    public function testNone() {\n        $this->assertSame(0,"
            " sum(0, 0));\n    }\n}"),
    "C#": (CSHARP, "SumTests.cs", "  }\n}", "  }\n\n  [Fact]\n  public void AddsNone() {\n    Assert.Equal(0, Sum(0));"
           "\n  }\n}"),
}  # fmt: skip


@pytest.mark.parametrize("name", GROWS)
def test_a_new_test_beside_the_old_ones_is_no_item(name: str) -> None:
    text, path, old, new = GROWS[name]
    assert old in text
    head, _, tail = text.rpartition(old)
    assert tells({path: text}, {path: head + new + tail}) == set()


NEW_TESTS = {
    "web/src/less.test.tsx": 'import { render } from "@testing-library/react";\n\n' + JS,
    "less_test.go": GO.replace("TestSum", "TestLess"),
    "more_test.go": GO
    + 'var _ = Describe("a", func() {\n\tIt("b", func() {})\n})\nvar _ io.Reader = (*T)(nil)\n'
    'var _ = Suite(&S{})\nvar re = regexp.MustCompile("a")\nvar b = []byte("a")\nvar m = make(chan'
    ' int)\nvar f = func() {\n\tg()\n}\nvar update = flag.Bool("update", false, "a")\n',
    "tests/less.rs": "#[test]\nfn adds() {\n    assert_eq!(a::add(1, 2), 3);\n}\n",
    "spec/less_spec.rb": 'require "spec_helper"\n\n' + RSPEC,
    "src/test/java/LessTest.java": JAVA,
    "tests/LessTest.php": PHP,
}


@pytest.mark.parametrize("path", NEW_TESTS)
def test_a_new_file_of_tests_is_no_item(path: str) -> None:
    assert tells({}, {path: NEW_TESTS[path]}) == set()


PACKAGE = {
    "name": "a",
    "version": "1.0.0",
    "scripts": {"test": "vitest"},
    "dependencies": {"b": "^1.0.0"},
}
CARGO = '[package]\nname = "a"\nversion = "1.0.0"\n\n[dependencies]\nserde = "1.0"\n\n[features]\nx = []\n'
PRODUCT = {
    "README.md": "# A\n\nRun `npm test`, then `# noqa`.\n", "docs/how.md": "Ran 3 tests in 0.1s\n",
    "docs/agents.md": "# Agents\n", "docs/ci.md": "a\n", "CHANGELOG.md": "- a\n", "LICENSE": "MIT\n",
    "static/css/page.css": "a { color: red; }\n", "templates/a.html": "<script>process.exit()</script>\n",
    "static/a.svg": "<svg/>\n", "locale/de/messages.po": 'msgid "a"\n', "data/a.csv": "a,b\n",
    "src/app.ts": "export const run = (test: string) => expectation(test);\nwindow.title = 'a';\n",
    "src/server.js": "app.listen(3000);\nprocess.on('SIGTERM', () => server.close());\n",
    "bin/cli.js": "#!/usr/bin/env node\nif (help) { console.log(usage); process.exit(0); }\n",
    "src/settings.py": "CI = True\nexclude = ['a']\n", "src/config.ts": "export const config = { lines: 80 };\n",
    "src/a.jsx": "export const A = () => <p hidden>it('works')</p>;\n",
    "main.go": 'package main\n\nimport "os"\n\nfunc main() {\n\tos.Exit(1)\n}\n',
    "src/main.rs": "fn main() {\n    std::process::exit(0);\n}\n", "src/lib.rs": "pub mod add;\nmod less;\n",
    "app/models/user.rb": "class User\n  def skip\n    true\n  end\nend\n", "app/a.php": "<?php\nexit;\n",
    "src/main/java/App.java": "class App {\n  void test() {}\n}\n", "db/schema.sql": "select 1;\n",
    "migrations/0001_a.py": "operations = []\n", "k8s/deploy.yaml": "kind: Deployment\n",
    "i18n/zh.ts": "export const hello = '你好，世界！';\n", "i18n/fr.ts": "export const a = 'déjà vu…';\n",
    ".github/ISSUE_TEMPLATE/bug.yml": "name: a\n", ".github/pull_request_template.md": "a\n",
    ".editorconfig": "root = true\n", ".gitignore": "dist/\n*.log\n", ".env.example": "A=\n",
    ".gitattributes": "* text=auto\n*.sh text eol=lf\n", "scripts/deploy.py": "print('a')\n",
    "public/robots.txt": "a\n", "src/test-id.ts": "export const id = 'a';\n", "src/jobs/run.ts": "a();\n",
}  # fmt: skip


EXIT = "if (help) {\n  console.log(usage);\n  process.exit(0);\n}\nprocess.exitCode = 0;\n"
PROGRAMS = {
    "src/cli.js": EXIT, "cli.ts": EXIT, "src/main.js": EXIT, "tools/report": f"#!/usr/bin/env node\n{EXIT}",
    "src/run.mjs": f"#!/usr/bin/env node\n{EXIT}", "start/a.js": EXIT, "web/go.cjs": EXIT,
    "src/server.ts": "process.on('unhandledRejection', (e) => {\n  log(e);\n  process.exit(1);\n});\n",
    "src/fail.ts": "process.exit(1);\nprocess.exitCode = 2;\nprocess.exit(code);\nprocess['env'].A = 1;\n",
    "src/stop.ts": "process.on('SIGTERM', stop);\nconst { env, argv } = process;\nconst { exit } = game;\n",
    "src/sum.ts": "import assert from 'node:assert';\nassert(sum(1) === 1);\nassert.equal(a, b);\n"
                  "const ok = assert.ok;\nif (x == assert.y) z.w = 1;\n",
}  # fmt: skip
STARTED: Tree = {
    "package.json": '{"bin": {"a": "./start/a.js"}}',
    "web/package.json": '{"bin": "go.cjs"}',
}


@pytest.mark.parametrize("path", PROGRAMS)
def test_a_program_may_say_itself_how_it_ends(path: str) -> None:
    first = PROGRAMS[path].split("\n")[0] + "\n" if PROGRAMS[path].startswith("#!") else ""
    assert tells({**STARTED, path: first}, {**STARTED, path: PROGRAMS[path]}) == set()
    assert tells(STARTED, {**STARTED, path: PROGRAMS[path]}) == set()


@pytest.mark.parametrize("path", PRODUCT)
def test_the_product_and_its_pages_are_no_items(path: str) -> None:
    text = PRODUCT[path]
    assert tells({path: ""}, {path: text}) == set()
    assert tells({}, {path: text}) == set()
    assert tells({path: text}, {path: text + "\n"}) == set()


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("package.json", json.dumps(PACKAGE), json.dumps({**PACKAGE, "version": "1.1.0"})),
        ("package.json", json.dumps(PACKAGE), json.dumps(PACKAGE, indent=2)),
        ("package.json", json.dumps(PACKAGE), json.dumps({**PACKAGE, "dependencies": {"b": "^2.0.0"}})),
        ("package.json", json.dumps(PACKAGE), json.dumps({**PACKAGE, "keywords": ["a"], "main": "b.js"})),
        ("Cargo.toml", CARGO, CARGO.replace("1.0.0", "1.1.0").replace('"1.0"', '"1.2"')),
        ("Cargo.toml", CARGO, CARGO + "y = []\n"),
        ("go.mod", "module a\n\ngo 1.22\n\nrequire x.org/y v1.0.0\n", "module a\n\ngo 1.23\n\nrequire x.org/y v1.1.0\n"),
        ("requirements.txt", "flask==3.0\n", "# web\nflask==3.1\n"),
        ("pyproject.toml", "[project]\nversion = '1'\n", "[project]\nversion = '2'\ndescription = 'a'\n"),
        ("Gemfile", "source 'https://rubygems.org'\ngem 'a', '~> 1'\n", "source 'https://rubygems.org'\ngem 'a', '~> 2'\n"),
        ("composer.json", '{"version": "1"}', '{"version": "2"}'),
        ("src/lib.rs", "mod a;\n", "mod a;\npub mod b;\n"),
        ("src/lib.rs", "mod a;\n", "/// Sums.\npub mod a;\n"),
        ("src/a.py", "x = f()  # noqa\n", "x = g()  # noqa\n"),
        ("src/a.ts", "// eslint-disable-next-line\na();\n", "a();\n"),
    ],
)  # fmt: skip
def test_versions_names_and_tidying_are_no_items(path: str, old: str, new: str) -> None:
    assert tells({path: old}, {path: new}) == set()


def test_modules_that_moved_or_went_with_their_files_are_no_items() -> None:
    base = {"src/lib.rs": "mod a;\nmod b;\n", "src/b.rs": "pub fn b() {}\n"}
    assert tells(base, {"src/lib.rs": "mod a;\n"}) == set()
    nested = {"src/lib.rs": "mod a;\n", "src/a.rs": "mod b;\n", "src/a/b.rs": "pub fn b() {}\n"}
    assert tells({**base, "src/a.rs": ""}, nested) == set()


CHECKED: Tree = {
    "Makefile": "include mk/x.mk\ntest: build\n\tpython3 -m pytest\n\tnode src/app.js --check\n"
                "lint:\n\truff check src tests\n\tshellcheck bin/deploy\nbuild: src/main.c\n\tcc src/main.c\n",
    "check.sh": "#!/bin/sh\ncat src/app.py README.md | grep -c licence\n./src/app.py --version\n"
                "python3 app/manage.py check\ndiff out.txt expected/out.txt\ntsc -p src/app.ts\n",
    "package.json": '{"scripts": {"test": "node --test src/", "build": "esbuild src/index.ts"}}',
    "tsconfig.json": '{"extends": "./base.json", "include": ["src/index.ts"], "compilerOptions":'
                     ' {"paths": {"@/*": ["./src/*"]}, "types": ["node"]}}',
    "vite.config.ts": "import react from '@vitejs/plugin-react';\nexport default { plugins: [react()],\n"
                      "  build: { rollupOptions: { input: './src/index.ts' } },\n"
                      "  resolve: { alias: { '@': '/src' } } };\n",
    "app/manage.py": "import app.settings\nfrom app import urls\n",
}  # fmt: skip
CHECKS = (
    ("make", "test"),
    ("sh", "check.sh"),
    ("npm", "test"),
    ("python3", "-m", "pytest", "tests"),
)
READ = """
src/app.js src/main.c src/app.py src/index.ts src/util.ts README.md out.txt
app/settings.py app/urls.py app/models.py src/lib.rs index.js static/js/page.js templates/a.html
docs/make.md src/checkout.ts src/binary_tree.py src/toolbar.tsx src/latest.py src/special.py cities.py
"""


@pytest.mark.parametrize("path", READ.split())
def test_a_source_that_a_check_merely_reads_or_compiles_is_no_item(path: str) -> None:
    base = {**CHECKED, path: "a\n"}
    assert tells(base, {**base, path: "b\n"}, *CHECKS) == set()
    assert tells(CHECKED, {**CHECKED, path: "b\n"}, *CHECKS) == set()


def test_any_change_of_a_file_that_drives_checks_is_one_item_and_only_one() -> None:
    """Also a target that no verifier names: make reads the whole file, and a line can change all."""
    target = CHECKED["Makefile"] + "docs:\n\tmkdocs build\n"
    told = tells(CHECKED, {**CHECKED, "Makefile": target}, *CHECKS)
    assert told == {("checks", "Makefile")}
    assert tells(CHECKED, {**CHECKED, "Makefile": target}) == {("build", "Makefile")}


def test_a_flood_of_small_things_does_not_hide_the_one_that_matters() -> None:
    flood = {f"src/f{n}.py": "x = f()  # noqa\n" for n in range(400)}
    told = tells({"zz.mk": "a\n"}, {**flood, "zz.mk": "b\n", "src/a.sh": "exit 0\n"})
    assert ("build", "zz.mk") in told
