"""What the guard tells of files that decide what is checked, needed, and told to agents."""

from __future__ import annotations

import json

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed, kinds, only


def texts(path: str, old: str | None, new: str | None) -> dict[str, str]:
    """Kind to sentence."""
    return {found.kind: found.text for found in findings([changed(path, old, new)])}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("tox.ini", "checks"), ("sub/conftest.py", "checks"), ("pytest_plugin.py", "checks"),
        (".envrc", "checks"), (".pre-commit-config.yaml", "checks"), (".husky/pre-commit", "checks"),
        ("mypy.ini", "checks"), (".eslintrc.json", "checks"), ("eslint.config.mjs", "checks"),
        ("ruff.toml", "checks"), ("web/tsconfig.json", "checks"), (".golangci.yml", "checks"),
        ("CODEOWNERS", "ci"), (".github/CODEOWNERS", "ci"), ("Jenkinsfile", "ci"),
        ("Makefile", "build"), ("Dockerfile", "build"), ("setup.py", "build"), ("build.rs", "build"),
        (".codex/config.toml", "agent_instructions"), ("GEMINI.md", "agent_instructions"),
        (".mcp.json", "agent_instructions"), (".cursor/mcp.json", "agent_instructions"),
        (".github/copilot-instructions.md", "agent_instructions"),
    ],
)  # fmt: skip
def test_files_that_steer_are_told_by_name(path: str, kind: str) -> None:
    assert kinds(changed(path, "a\n", "b\n")) == [kind]


STEER = """
pytest.toml .pytest.toml .coveragerc-ci tox.ini PYTEST.INI .npmrc .yarnrc.yml bunfig.toml deno.jsonc
vitest.workspace.ts jest.preset.js config-jest.json vite.config.mts src/setupTests.ts babel.config.cjs
.babelrc.json nx.json turbo.json tsconfig.build.json .mocharc.yml karma.conf.js playwright.config.ts
cypress.config.js .cargo/config .cargo/config.toml go.work phpunit.xml.dist .rspec spec/spec_helper.rb
spec/rails_helper.rb Directory.Build.props Directory.Build.targets a.runsettings settings.gradle.kts
build.gradle pom.xml mk/rules.mk noxfile.py tasks.py justfile sub/CMakeLists.txt .venv/pyvenv.cfg
src/__mocks__/fs.js .envrc .python-version .tool-versions .nvmrc rust-toolchain.toml .env.test
.yarn/releases/yarn.cjs .mvn/jvm.config gradlew .pnpmfile.cjs
"""
OTHERS = """
reviews/tasks.py src/suggest.py docs/jest.md app/settings.py docs/vite.config.md src/target.rs env.py
.yarn/cache/a.zip notes.toml src/spec.rb makers.py gradle.txt turbo.py src/props.ts data.json
"""


@pytest.mark.parametrize("path", STEER.split())
def test_what_tools_read_by_name_is_told_when_added_changed_and_deleted(path: str) -> None:
    for old, new in ((None, "a\n"), ("a\n", "b\n"), ("a\n", None)):
        found = [
            one for one in findings([changed(path, old, new)]) if one.kind in ("checks", "build")
        ]
        assert len(found) == 1, found
        assert found[0].text.startswith("Changes ")


@pytest.mark.parametrize("path", OTHERS.split())
def test_names_that_are_only_like_those_are_left_alone(path: str) -> None:
    assert kinds(changed(path, "a\n", "b\n")) == []


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("setup.cfg", "[mypy]\nignore_errors = True\n", "loosened"),
        ("setup.cfg", "[coverage:run]\nomit = app/*\n", "loosened"),
        ("setup.cfg", "[tool:pytest]\naddopts = --deselect tests/a.py::b\n", "test_skipped"),
        ("pyproject.toml", "[tool.mypy]\nexclude = ['app']\n", "loosened"),
        (
            "sub/pyproject.toml",
            "[tool.pytest.ini_options]\naddopts = '--ignore=tests'\n",
            "test_skipped",
        ),
        (".coveragerc", "[run]\nomit = app.py\n", "loosened"),
        ("tsconfig.test.json", '{"exclude": ["src/hard"]}', "loosened"),
        ("pytest.toml", "[pytest]\nnorecursedirs = ['hard']\n", "loosened"),
        ("package.json", '{"jest": {"testPathIgnorePatterns": ["hard"]}}', "loosened"),
        ("package.json", '{"scripts": {"test": "true"}}', "checks"),
        ("Cargo.toml", "[lib]\ntest = false\n", "checks"),
        ("pyproject.toml", "[project.entry-points.pytest11]\na = 'a'\n", "checks"),
    ],
)
def test_a_configuration_that_is_new_is_judged_like_one_that_changed(
    path: str, text: str, kind: str
) -> None:
    assert kind in kinds(changed(path, None, text))


def test_a_new_project_that_gives_nothing_up_stays_silent() -> None:
    built = (
        "[build-system]\nrequires = []\nbuild-backend = 'hatchling.build'\n[project]\nname = 'a'\n"
    )
    packed = "[tool.setuptools.packages.find]\nexclude = ['tests']\n"
    assert kinds(changed("pyproject.toml", None, built + packed)) == []
    assert kinds(changed("Cargo.toml", None, "[package]\nname = 'a'\n")) == []
    assert kinds(changed("go.mod", None, "module a\n\ngo 1.22\n")) == []
    assert kinds(changed("setup.cfg", None, "[metadata]\nname = a\n")) == []
    start = '{"name": "a", "scripts": {"start": "node ."}}'
    assert kinds(changed("package.json", None, start)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        ("Cargo.toml", "", "[[test]]\nname = 'a'\nharness = false\n", "[test]"),
        ("Cargo.toml", "[workspace]\nmembers = ['a', 'b']\n", "[workspace]\nmembers = ['a']\n",
         "[workspace]"),
        ("Cargo.toml", "", "[profile.test]\nopt-level = 3\n", "[profile]"),
        ("Cargo.toml", "[package]\n", "[package]\nautotests = false\n", "package.autotests"),
        ("go.mod", "module a\n", "module a\nreplace x.org/y => ./y\n", "replace"),
        ("go.mod", "module a\nreplace (\n)\n", "module a\nreplace (\n\tx => ./y\n)\n", "replace"),
        ("site/settings/base.py", "A = 1\n", "A = 1\nTEST_RUNNER = 'a.b.C'\n", "TEST_RUNNER"),
        ("site/settings.py", "TEST_RUNNER = 'a.A'\n", "TEST_RUNNER = 'a.B'\n", "TEST_RUNNER"),
        ("composer.json", "{}", '{"scripts": {"test": "true"}}', "Script test"),
        ("package.json", "{}", '{"workspaces": ["a"]}', "workspaces"),
    ],
)  # fmt: skip
def test_parts_of_manifests_that_steer_checks_are_told(
    path: str, old: str, new: str, told: str
) -> None:
    found = [one.text for one in findings([changed(path, old, new)]) if one.kind == "checks"]
    assert len(found) == 1
    assert told in found[0]


def test_scripts_and_test_settings_of_a_package_are_told_and_its_other_parts_are_not() -> None:
    before = {"name": "a", "scripts": {"test": "jest", "start": "node ."}, "jest": {"x": 1}}
    after = {**before, "scripts": {**before["scripts"], "test": "true"}}
    found = only("package.json", json.dumps(before), json.dumps(after))
    assert (found.kind, found.text) == ("checks", "Script test: `jest` before, `true` now.")
    jest = only("package.json", json.dumps(before), json.dumps({**before, "jest": {}}))
    assert jest.text == "Changes how checks run: jest changed."
    assert (
        kinds(changed("package.json", json.dumps(before), json.dumps({**before, "name": "b"})))
        == []
    )
    install = json.dumps({"scripts": {"postinstall": "node x.js"}})
    assert kinds(changed("web/package.json", None, install)) == ["checks"]


def test_sections_about_checks_are_told_by_name() -> None:
    before = "[project]\nname = 'a'\n[tool.pytest.ini_options]\ntestpaths = ['tests']\n"
    after = before.replace("['tests']", "['tests/unit']")
    found = texts("pyproject.toml", before, after)
    assert found["checks"] == "Changes how checks run: [tool.pytest] changed."
    assert "tests" in found["loosened"]
    assert kinds(changed("pyproject.toml", before, before.replace("'a'", "'b'"))) == []
    cargo = "[package]\nname = 'a'\n[lints.rust]\nunsafe_code = 'forbid'\n"
    assert texts("Cargo.toml", cargo, cargo.replace("forbid", "allow")).keys() == {"checks"}
    setup = "[metadata]\nname = a\n[tool:pytest]\naddopts = -q\n"
    assert "checks" in texts("setup.cfg", setup, setup.replace("-q", "-q --deselect tests/a.py::b"))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pytest.ini", "addopts = --deselect tests/test_a.py::test_b\n"),
        ("pytest.ini", "addopts = -q -k 'not slow'\n"),
        ("tox.ini", "addopts = --ignore=tests/hard\n"),
        ("pyproject.toml", "addopts = ['-m', 'not slow']\n"),
        ("package.json", '{"jest": {"testPathIgnorePatterns": ["a"]}}\n'),
        ("Makefile", "test:\n\tpytest --deselect a\n"),
    ],
)
def test_options_that_leave_tests_out_are_told(path: str, line: str) -> None:
    begin = "[pytest]\n" if path.endswith("ini") else ""
    begin = "[tool.pytest.ini_options]\n" if path == "pyproject.toml" else begin
    assert "test_skipped" in kinds(changed(path, begin, begin + line))


THRESHOLDS = [
    ("pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", "90", "60"),
    (".coveragerc", "[report]\nfail_under = 90\n", "90", "89.5"),
    ("Makefile", "test:\n\tpytest --cov-fail-under=90\n", "90", "10"),
    ("package.json", '{"scripts": {"lint": "eslint --max-warnings 0"}}', "0", "50"),
    ("package.json", '{"jest": {"coverageThreshold": {"global": {"lines": 90}}}}', "90", "5"),
    ("jest.config.js", "coverageThreshold: { global: { branches: 90 } }", "90", "70"),
    ("spec/helper.rb", "SimpleCov.minimum_coverage 90\n", "90", "50"),
]


@pytest.mark.parametrize(("path", "text", "strict", "lax"), THRESHOLDS)
def test_a_lower_threshold_is_told_with_both_numbers(
    path: str, text: str, strict: str, lax: str
) -> None:
    told = texts(path, text, text.replace(strict, lax))["threshold"]
    assert strict in told
    assert lax in told
    assert "threshold" not in texts(path, text.replace(strict, lax), text)


def test_a_threshold_taken_out_is_told() -> None:
    before = "[tool.coverage.report]\nfail_under = 90\n"
    told = texts("pyproject.toml", before, "[tool.coverage.report]\n")
    assert told["threshold"] == "Threshold taken out: coverage 90."


@pytest.mark.parametrize(
    ("path", "before", "after", "told"),
    [
        ("ruff.toml", "[lint]\nignore = ['E1']\n", "[lint]\nignore = ['E1', 'F401']\n", "F401"),
        ("ruff.toml", "[lint]\nselect = ['E', 'F']\n", "[lint]\nselect = ['E']\n", "F"),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", "[tool.mypy]\nstrict = false\n", "strict"),
        ("pyproject.toml", "[tool.mypy]\nstrict = true\n", "[tool.mypy]\n", "not set"),
        ("mypy.ini", "[mypy]\nwarn_unused_ignores = True\n", "[mypy]\nwarn_unused_ignores = False\n",
         "warn_unused_ignores"),
        ("mypy.ini", "[mypy]\n", "[mypy-app.*]\nignore_errors = True\n", "ignore_errors"),
        ("tsconfig.json", '{"compilerOptions": {"strict": true}}',
         '{\n// "strict": true,\n"compilerOptions": {"strict": false,},}', "strict"),
        (".coveragerc", "[run]\nomit = a.py\n", "[run]\nomit = a.py\n  b.py\n", "b.py"),
        ("pyproject.toml", "[[tool.mypy.overrides]]\nmodule = 'a'\n",
         "[[tool.mypy.overrides]]\nmodule = 'a'\nignore_errors = true\n", "ignore_errors"),
        (".pylintrc", "[MAIN]\ndisable = a\n", "[MAIN]\ndisable = a,b\n", "b"),
    ],
)  # fmt: skip
def test_rules_left_out_and_strictness_given_up_are_told(
    path: str, before: str, after: str, told: str
) -> None:
    assert told in texts(path, before, after)["loosened"]
    assert "loosened" not in texts(path, before, before + "\n")


SILENCERS = [
    ("a.py", "x = f()  # noqa: E501\n"), ("a.py", "x = f()  # type: ignore[arg-type]\n"),
    ("a.py", "if x:  # pragma: no cover\n    pass\n"), ("a.py", "run(x)  # nosec\n"),
    ("a.py", "# pylint: disable=all\n"), ("a.py", "# mypy: ignore-errors\n"),
    ("a.ts", "// @ts-ignore\nx();\n"), ("a.ts", "/* eslint-disable */\n"),
    ("a.ts", "// biome-ignore lint: x\n"), ("a.js", "/* istanbul ignore next */\n"),
    ("a.go", "x() //nolint:errcheck\n"), ("a.rs", "#[allow(dead_code)]\nfn x() {}\n"),
    ("a.rb", "x # rubocop:disable all\n"), ("A.java", '@SuppressWarnings("unchecked")\n'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "line"), SILENCERS)
def test_checks_silenced_are_counted(path: str, line: str) -> None:
    found = only(path, "a\n" + line, "a\n" + line + "b\n" + line)
    assert found.kind == "silenced"
    assert "1 before, 2 now" in found.text
    assert found.line is not None
    assert kinds(changed(path, "a\n" + line, "b\n" + line)) == []
    assert kinds(changed("README.md", "a\n", line)) == []


def test_a_silenced_line_that_moved_is_not_one_more() -> None:
    line = "x = f()  # noqa\n"
    files = [changed("a.py", "a\n" + line, "a\n"), changed("b.py", "b\n", "b\n" + line)]
    assert kinds(*files) == []
    assert kinds(*files, changed("c.py", None, line)) == ["silenced", "silenced"]


def test_code_that_finds_out_whether_it_is_tested_is_told() -> None:
    aware = "import os\nif 'PYTEST_CURRENT_TEST' in os.environ:\n    answer = 2\n"
    found = only("app.py", "import os\n", aware)
    assert (found.kind, found.line) == ("test_aware", 2)
    assert kinds(changed("tests/helper.py", "", aware)) == ["test_changed"]


@pytest.mark.parametrize(
    "line",
    ["os._exit(0)", "print('Ran 9 tests in 0.1s')", "print(f'{n} passed in 0.01s')",
     "puts 'test result: ok. 9 passed'"],
)  # fmt: skip
def test_code_that_could_fake_a_test_run_is_told(line: str) -> None:
    found = only("app.py", "import os\n", f"import os\n{line}\n")
    assert (found.kind, found.line) == ("test_aware", 2)
    assert kinds(changed("notes.md", "", f"{line}\n")) == []


NEEDS = [
    ("requirements.txt", "flask==3\n", "flask==4\nleft.pad>=1  # x\n", "left-pad"),
    ("requirements/dev.in", "", "-r base.txt\npytest\n", "pytest"),
    ("pyproject.toml", "[project]\ndependencies = ['a']\n", "[project]\ndependencies = ['a', 'b>1']\n",
     "b"),
    ("pyproject.toml", "", "[dependency-groups]\ndev = ['new-tool']\n", "new-tool"),
    ("pyproject.toml", "", "[tool.poetry.dependencies]\nnew = '^1'\n", "new"),
    ("package.json", "{}", '{"devDependencies": {"@x/y": "1"}}', "@x/y"),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = '1'\nserde = '1'\n", "serde"),
    ("go.mod", "module a\n", "module a\n\nrequire (\n\tgithub.com/x/y v1.2.3\n)\n", "github.com/x/y"),
    ("Gemfile", "gem 'a'\n", "gem 'a'\ngem 'rake', '~> 1'\n", "rake"),
    ("composer.json", "{}", '{"require": {"a/b": "1"}}', "a/b"),
    ("build.gradle.kts", "", 'dependencies { implementation("org.x:y:1") }\n', "org.x:y"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after", "name"), NEEDS)
def test_a_new_dependency_is_named(path: str, before: str, after: str, name: str) -> None:
    assert texts(path, before, after)["dependency"] == f"New dependency: {name}."
    assert "dependency" not in texts(path, after, before)
    assert "dependency" not in texts(path, after, after + "\n")


def test_a_dependency_from_elsewhere_is_told_even_when_its_name_is_known() -> None:
    found = only("requirements.txt", "flask==3\n", "flask @ git+https://example.org/f.git\n")
    assert found.kind == "dependency"
    assert "Not from the usual registry: flask @ git+https" in found.text
    package = only(
        "package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "file:x"}}'
    )
    assert "a file:x" in package.text


def test_a_newer_version_of_a_known_dependency_is_no_news() -> None:
    assert kinds(changed("requirements.txt", "Flask==3\n", "flask==4\n")) == []
    assert kinds(changed("Cargo.toml", "[dependencies]\na='1'\n", "[dependencies]\na='2'\n")) == []


LOCKS = [
    ("package-lock.json", '    "node_modules/{}": {{\n'), ("yarn.lock", '"{}@^1":\n'),
    ("poetry.lock", 'name = "{}"\n'), ("uv.lock", 'name = "{}"\n'), ("Cargo.lock", 'name = "{}"\n'),
    ("go.sum", "{} v1.0.0 h1:x\n"), ("Gemfile.lock", "    {} (1.0)\n"),
    ("pnpm-lock.yaml", "  '{}@1.0.0':\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "entry"), LOCKS)
def test_a_lock_file_tells_what_is_new_in_it(path: str, entry: str) -> None:
    old, new = entry.format("old.org/a"), entry.format("evil.org/b")
    found = only(path, old, old + new)
    assert (found.kind, found.text) == ("lock_file", "Lock file changed; new in it: evil.org/b.")
    assert "no package is new" in only(path, old, old + "\n").text
    assert "deleted" in only(path, old, None).text


def test_a_lock_file_tells_of_a_new_host() -> None:
    old = '    "node_modules/a": {\n      "resolved": "https://registry.example/a.tgz"\n'
    found = only("package-lock.json", old, old.replace("registry.example", "evil.example"))
    assert "from a new host: evil.example" in found.text
