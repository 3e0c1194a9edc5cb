"""Ways around the checks in Ruby, PHP, shell, make, CI, and in what a verifier's command runs."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import Tree, tells

RSPEC = """require "spec_helper"

RSpec.describe Sum do
  it "adds" do
    expect(Sum.of(1, 2)).to eq(3)
  end

  it "adds nothing" do
    expect(Sum.of(0, 0)).to eq(0)
  end
end
"""
MINI = "class SumTest < Minitest::Test\n  def test_adds\n    assert_equal 3, Sum.of(1, 2)\n  end\nend\n"
PHP = """<?php
class SumTest extends TestCase {
    public function testAdds() {
        $this->assertSame(3, sum(1, 2));
    }
}
"""
EDITS = {
    "RSpec: pending": (RSPEC, "sum_spec.rb", "    expect(Sum.of(1", '    pending "x"\n    expect(Sum.of(1',
                       "test_skipped"),
    "RSpec: skip": (RSPEC, "sum_spec.rb", "    expect(Sum.of(1", "    skip\n    expect(Sum.of(1",
                    "test_skipped"),
    "RSpec: xit": (RSPEC, "sum_spec.rb", '  it "adds" do', '  xit "adds" do', "test_skipped"),
    "RSpec: xdescribe": (RSPEC, "sum_spec.rb", "RSpec.describe", "RSpec.xdescribe",
                         "test_skipped|test_changed"),
    "RSpec: a filter": (RSPEC, "sum_spec.rb", '"adds nothing" do', '"adds nothing", :focus do',
                        "test_changed|test_skipped"),
    "RSpec: fit": (RSPEC, "sum_spec.rb", '  it "adds nothing"', '  fit "adds nothing"',
                   "test_skipped|test_changed"),
    "RSpec: skipped by a word": (RSPEC, "sum_spec.rb", 'it "adds" do', 'it "adds", skip: "x" do',
                                 "test_skipped"),
    "RSpec: without a body": (RSPEC, "sum_spec.rb", 'it "adds" do\n    expect(Sum.of(1, 2)).to eq(3)\n'
                              "  end", 'it "adds"', "test_emptied|checks_dropped"),
    "RSpec: an end": (RSPEC, "sum_spec.rb", "RSpec.describe", "__END__\nRSpec.describe",
                      "test_changed|tests_removed"),
    "RSpec: a block comment": (RSPEC, "sum_spec.rb", "RSpec.describe", "=begin\nRSpec.describe",
                               "test_changed|tests_removed"),
    "RSpec: any value": (RSPEC, "sum_spec.rb", "eq(3)", "be_truthy", "test_changed|weakened"),
    "RSpec: a set-up": (RSPEC, "sum_spec.rb", '  it "adds" do', "  before { allow(Sum).to receive(:of)"
                        ' }\n\n  it "adds" do', "test_changed"),
    "RSpec: another class opened": (RSPEC, "sum_spec.rb", "RSpec.describe", "class Sum\n  def self.of"
                                    "(a, b)\n    3\n  end\nend\n\nRSpec.describe", "test_changed"),
    "RSpec: a stub that lasts": (RSPEC, "sum_spec.rb", '  it "adds" do', '  it "z" do\n    Sum.'
                                 'define_method(:of) { 3 }\n  end\n\n  it "adds" do', "test_changed"),
    "RSpec: a condition behind a fresh test": (
        RSPEC, "sum_spec.rb", '  it "adds" do', '  it "z" do\n    expect(1).to eq(1)\n  end if false\n'
        '  it "adds" do', "test_changed"),
    "RSpec: a block around": (RSPEC, "sum_spec.rb", '  it "adds" do', '  it("z") { 1 }; x = proc {\n'
                              '  it "adds" do', "test_changed"),
    "RSpec: a text around": (RSPEC, "sum_spec.rb", '  it "adds" do', '  it "z", %q{\n  it "adds" do',
                             "test_changed"),
    "Minitest: skip": (MINI, "sum_test.rb", "    assert", "    skip\n    assert", "test_skipped"),
    "Minitest: private": (MINI, "sum_test.rb", "  def test", "  private\n  def test", "test_changed"),
    "Minitest: an early return": (MINI, "sum_test.rb", "    assert", "    return\n    assert",
                                  "test_changed"),
    "PHPUnit: skipped": (PHP, "SumTest.php", "        $this", "        $this->markTestSkipped();\n"
                         "        $this", "test_skipped"),
    "PHPUnit: incomplete": (PHP, "SumTest.php", "        $this", "        self::markTestIncomplete();\n"
                            "        $this", "test_skipped"),
    "PHPUnit: an attribute": (PHP, "SumTest.php", "    public", "    #[RequiresPhp('> 99')]\n    public",
                              "test_changed"),
    "PHPUnit: a note that PHPUnit obeys": (PHP, "SumTest.php", "    public", "    /** @requires PHP 99 */\n"
                                           "    public", "test_changed"),
    "PHPUnit: a group": (PHP, "SumTest.php", "    public", "    /** @group slow */\n    public",
                         "test_changed"),
    "PHPUnit: no assertion wanted": (PHP, "SumTest.php", "        $this->assert", "        $this->"
                                     "expectNotToPerformAssertions();\n        return;\n        $this"
                                     "->assert", "test_changed|test_emptied"),
    "PHPUnit: an exception wanted": (PHP, "SumTest.php", "        $this", "        $this->expectException"
                                     "(Error::class);\n        $this", "test_changed"),
    "PHPUnit: not a test": (PHP, "SumTest.php", "testAdds", "adds", "tests_removed"),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_a_test_of_ruby_or_php_that_was_softened_is_told(name: str) -> None:
    text, path, old, new, kinds = EDITS[name]
    assert old in text
    told = tells({path: text}, {path: text.replace(old, new, 1)})
    assert told & {(kind, path) for kind in kinds.split("|")}, told


# A test file of a framework, two tests in it, and what the second begins with.
OUTLINES = {
    "features/a.feature": ("Feature: a\n", "  Scenario: {}\n    When I add 1\n    Then I see {}\n"),
    "qa/a.robot": ("*** Test Cases ***\n", "Adds {}\n    Should Be Equal    ${{x}}    {}\n"),
    "t/a.t": ("use Test::More;\n", "subtest '{}' => sub {{\n  is(add(1), {});\n}};\n"),
    "qa/a.bats": ("load x\n", '@test "{}" {{\n  [ "$(add 1)" = {} ]\n}}\n'),
    "a_test.exs": ("use ExUnit.Case\n", '  test "{}" do\n    assert add(1) == {}\n  end\n'),
    "a_test.dart": ("import 'a';\n", "  test('{}', () {{\n    expect(add(1), {});\n  }});\n"),
    "Sources/SumTests.swift": ("import XCTest\n", "  func test{}() {{\n    XCTAssertEqual(add(1), {})\n  }}\n"),
    "SumTest.swift": ("import Testing\n", "  @Test func a{}() {{\n    #expect(add(1) == {})\n  }}\n"),
    "test_a.c": ("#include <a.h>\n", "static void test_{}(void) {{\n  assert(add(1) == {});\n}}\n"),
    "a_test.cpp": ("#include <a.h>\n", "TEST(Sum, a{}) {{\n  EXPECT_EQ(add(1), {});\n}}\n"),
    "src/a.zig": ("fn a() void {}\n", 'test "{}" {{\n    try std.testing.expectEqual(a(), {});\n}}\n'),
    "a_spec.lua": ("local a = 1\n", "  it('{}', function()\n    assert.equal(a, {})\n  end)\n"),
    "a.test.php": ("<?php\n", "it('{}', function () {{\n    expect(add(1))->toBe({});\n}});\n"),
}  # fmt: skip


@pytest.mark.parametrize("path", OUTLINES)
def test_a_test_of_any_known_framework_that_goes_or_demands_less_is_told(path: str) -> None:
    head, one = OUTLINES[path]
    first, second = one.format(1, 2), one.format(3, 4)
    base = {path: head + first + second}
    emptied = "".join(line for line in second.splitlines(keepends=True) if "4" not in line)
    assert tells(base, {}) == {("test_deleted", path)}
    assert tells(base, {path: ""}) == {("tests_removed", path)}
    assert tells(base, {path: head + first}) == {("tests_removed", path)}
    (kind, _), *others = tells(base, {path: head + first + emptied})
    assert kind in ("test_emptied", "tests_removed")
    assert others == []
    assert tells({path: head + first}, base) == tells({}, base) == set()


STEERS = """
checks:.rspec checks:.rspec-local checks:spec/spec_helper.rb checks:spec/rails_helper.rb
checks:test/test_helper.rb build:Rakefile build:lib/tasks/test.rake checks:.rubocop.yml
checks:.simplecov checks:phpunit.xml checks:phpunit.xml.dist checks:phpstan.neon checks:tests/Pest.php
checks:psalm.xml checks:.php-cs-fixer.dist.php checks:infection.json5 checks:ecs.php checks:rector.php
build:Makefile build:GNUmakefile build:mk/test.mk build:sub/makefile build:Makefile.am build:justfile
build:Taskfile.yml build:Dockerfile.test build:compose.override.yaml build:.dockerignore
ci:.github/workflows/a.yml ci:.github/actions/a/action.yml ci:.gitlab-ci.yml ci:.gitlab/ci/a.yml
ci:.circleci/config.yml ci:.travis.yml ci:Jenkinsfile ci:jenkins/Jenkinsfile.groovy
ci:azure-pipelines.yml ci:.azure/pipelines/a.yml ci:bitbucket-pipelines.yml ci:.drone.yml
ci:.drone.star ci:.woodpecker/a.yml ci:.forgejo/workflows/a.yml ci:.gitea/workflows/a.yml
ci:.buildkite/pipeline.yml ci:appveyor.yml ci:.appveyor.yml ci:.cirrus.yml ci:.semaphore/semaphore.yml
ci:buildspec.yml ci:cloudbuild.yaml ci:.builds/a.yml ci:.teamcity/settings.kts ci:codemagic.yaml
ci:.github/dependabot.yml ci:renovate.json ci:.mergify.yml ci:.github/CODEOWNERS ci:.tekton/a.yaml
ci:wercker.yml ci:.zuul.yaml ci:screwdriver.yaml ci:bors.toml ci:codecov.yml ci:.ci/run
ci:.GitHub/Workflows/a.yml ci:.GITLAB-CI.yml checks:sonar-project.properties
checks:tox.ini checks:noxfile.py checks:.pre-commit-config.yaml checks:.pre-commit-hooks.yaml
checks:lefthook.yml checks:.overcommit.yml checks:.husky/commit-msg checks:.githooks/pre-push
checks:prek.toml checks:mise.toml checks:.mise.toml checks:mise.local.toml checks:devbox.json
checks:.bazelrc checks:.bashrc checks:.env checks:.env.local checks:.env.ci checks:.lcovrc
build:pants.toml checks:.devcontainer/devcontainer.json checks:.gitpod.yml
"""
NAMES = [pair.split(":", 1) for pair in STEERS.split()]


@pytest.mark.parametrize(("kind", "path"), NAMES)
def test_what_steers_checks_and_ci_is_told_by_its_name(kind: str, path: str) -> None:
    for base, head in (({}, {path: "a\n"}), ({path: "a\n"}, {path: "b\n"}), ({path: "a\n"}, {})):
        assert (kind, path) in tells(base, head)


MAKE = "include mk/rules.mk\n-include local.mk\n\ntest: lint\n\tsh scripts/t.sh\n\nlint:\n\truff check .\n"
BASE: Tree = {
    "Makefile": MAKE,
    "mk/rules.mk": "SHELL = /bin/sh\n",
    "scripts/t.sh": "#!/bin/sh\nset -e\n. scripts/lib.sh\npython3 -m pytest\n./tools/report\n",
    "scripts/lib.sh": "fail() { exit 1; }\n",
    "tools/report": "#!/usr/bin/env python3\nimport helper\n",
    "tools/helper.py": "a = 1\n",
    "check.sh": "#!/bin/bash\nset -eo pipefail\nbash ci/all.sh | tee log\n",
    "ci/all.sh": "node ci/all.js\n",
    "ci/all.js": "const x = require('./part');\n",
    "ci/part.js": "module.exports = 1;\n",
    "sums.sh": '#!/bin/sh\nD=parts\nHERE=$(dirname "$0")\nif true; then . ./calc/sum; fi\n'
               'source calc/less && . "$HERE/calc/more"\n. "$D/all"\n. ${E:-parts}/other\n'
               'sh -eu parts/given\nfor f in qa/*; do . "$f"; done\n',
    "build/Makefile": "D = tools\nTOOL = $(D)/x\ninclude $(wildcard frag/*)\n-include frag/deep/*.in\n"
                      "test:\n\t./$(TOOL) -v\n",
    "package.json": '{"scripts": {"test": "npm run unit", "unit": "vitest -c conf/unit.ts"}}',
    "vitest.config.ts": "export default { test: { setupFiles: ['./src/setup.ts'] } };\n",
    "src/setup.ts": "import './more';\n",
    "jest.config.js": "module.exports = { globalSetup: '<rootDir>/boot/all.js',\n"
                      "  moduleNameMapper: { '^sum$': '<rootDir>/src/stand.js' } };\n",
    "boot/all.js": "module.exports = 1;\n",
    "src/stand.js": "module.exports = 1;\n",
    "conf/unit.ts": "export default {};\n",
    ".mocharc.json": '{"require": ["./boot/mocha.js"]}',
    "boot/mocha.js": "a\n",
    "phpunit.xml": '<phpunit bootstrap="boot/php.php"></phpunit>\n',
    "boot/php.php": "<?php\n",
    ".rspec": "--require ./boot/rspec.rb\n",
    "boot/rspec.rb": "a\n",
    "tox.ini": "[testenv]\ncommands = python scripts/tox_run.py\n",
    "scripts/tox_run.py": "a = 1\n",
    "justfile": "test:\n    bash boot/just.sh\n",
    "boot/just.sh": "a\n",
    "Rakefile": "load 'scripts/tasks.rb'\n",
    "scripts/tasks.rb": "a\n",
}  # fmt: skip
CHAINS = [
    (("make", "test"), "mk/rules.mk", "a\n"), (("make", "test"), "Makefile", MAKE + "x:\n\ttrue\n"),
    (("make", "test"), "Makefile", MAKE.replace("t.sh", "t.sh || true")),
    (("make", "test"), "Makefile", MAKE.replace("\tsh", "\t-sh")),
    (("make", "test"), "Makefile", ".IGNORE:\n" + MAKE),
    (("make", "test"), "local.mk", ".IGNORE:\n"), (("make", "test"), "GNUmakefile", "test:\n"),
    (("make", "test"), "scripts/t.sh", "exit 0\n"), (("make", "test"), "scripts/lib.sh", "exit 0\n"),
    (("make", "test"), "tools/report", "a\n"), (("make", "test"), "tools/helper.py", "a = 2\n"),
    *((("./sums.sh",), path, "a\n") for path in (
        "calc/sum", "calc/less", "calc/more", "parts/all", "parts/other", "parts/given", "qa/first.c")),
    (("sh", "-c", "D=calc; . $D/sum"), "calc/sum", "a\n"), (("sh", "-ec", ". ./set.up; ok"), "set.up", "a\n"),
    (("make", "-C", "build"), "build/frag/one", "a\n"), (("make", "-C", "build"), "build/tools/x", "a\n"),
    (("make", "-C", "build"), "build/frag/deep/b.in", "a\n"),
    (("./check.sh",), "check.sh", "bash ci/all.sh | tee log\n"), (("./check.sh",), "ci/all.js", "a\n"),
    (("./check.sh",), "ci/part.js", "a\n"), (("bash", "-c", "./check.sh || exit 1"), "check.sh", "a\n"),
    (("npm", "test"), "conf/unit.ts", "a\n"), (("npm", "test"), "src/setup.ts", "a\n"),
    (("npx", "jest"), "boot/all.js", "a\n"), (("npx", "jest"), "src/stand.js", "a\n"),
    (("npx", "mocha"), "boot/mocha.js", "b\n"), (("vendor/bin/phpunit",), "boot/php.php", "a\n"),
    (("bundle", "exec", "rspec"), "boot/rspec.rb", "b\n"), (("tox",), "scripts/tox_run.py", "a = 2\n"),
    (("just", "test"), "boot/just.sh", "b\n"), (("rake", "test"), "scripts/tasks.rb", "b\n"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "path", "text"), CHAINS)
def test_what_a_check_runs_is_part_of_it(argv: tuple[str, ...], path: str, text: str) -> None:
    told = tells(BASE, {**BASE, path: text}, argv)
    assert ("checks", path) in told, told
