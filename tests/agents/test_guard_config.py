"""What the guard tells of files that decide what is checked, and of what is told to agents."""

from __future__ import annotations

import json

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed, kinds, only
from tests.agents.guard_trees import texts


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
