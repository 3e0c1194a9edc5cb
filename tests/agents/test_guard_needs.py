"""What the guard tells of dependencies and of lock files."""

from __future__ import annotations

import pytest

from tests.agents.guard_changes import changed, kinds, only
from tests.agents.guard_trees import texts

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
