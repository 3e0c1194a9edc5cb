"""Names by which runners, builders, package managers and interpreters find what steers them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_HOOK_FOLDERS = {
    ".husky", ".githooks", "__mocks__", ".cargo", ".bundle", ".mvn", ".yarn", ".config",
}  # fmt: skip
# Code of others, found before what a lock file names.
FOREIGN = {"node_modules", "site-packages", "dist-packages", "__pypackages__", "vendor"}
_BUILD_FOLDERS = {"buildsrc", "build-logic"}
_PROSE = re.compile(r"\.(?:md|rst|adoc|png|svg|html)$", re.IGNORECASE)


def _any(*shapes: str) -> re.Pattern[str]:
    """Whole names, whatever their capitals: some file systems do not tell them apart."""
    return re.compile("|".join(f"(?:{shape})" for shape in shapes), re.IGNORECASE)


_CI = _any(
    r"\.(?:gitlab-ci|travis|drone|woodpecker|appveyor|cirrus|mergify|zuul|codecov)\.\w+",
    r"jenkinsfile.*", r"azure-pipelines.*\.ya?ml",
    r"bitbucket-pipelines\.ya?ml", r"appveyor\.ya?ml",
    r"cloudbuild.*\.(?:ya?ml|json)", r"buildspec.*\.ya?ml", r"codemagic\.ya?ml", r"wercker\.ya?ml",
    r"screwdriver\.ya?ml", r"bors\.toml", r"\.?renovate(?:rc)?(?:\.json5?)?", r"codecov\.ya?ml",
    r"codeowners", r"dependabot\.ya?ml",
)  # fmt: skip
_CI_FOLDERS = {
    ".gitlab", ".circleci", ".buildkite", ".ci", ".azure", ".azure-pipelines", ".woodpecker",
    ".forgejo", ".gitea", ".semaphore", ".builds", ".teamcity", ".tekton", ".drone", ".zuul.d",
    ".harness", ".cirrus",
}  # fmt: skip
_AGENTS = _any(
    r"agents?(?:\.\w+)?\.md", r"claude(?:\.\w+)?\.md", r"\.rules", r"gemini\.md",
    r"qwen\.md", r"crush\.md",
    r"warp\.md", r"copilot-instructions\.md", r"[\w-]+\.instructions\.md",
    r"skill\.md", r"[\w-]+\.(?:chatmode|prompt)\.md|[\w-]+\.mdc",
    r"\.?mcp(?:-?config|_settings|_config)?\.json", r"\.?opencode\.jsonc?", r"\.?crush\.json",
    r"\.(?:cursor|windsurf|cline|roo|kilocode|goose|augment)(?:rules|modes|hints|ignore|-guidelines).*",
    r"\.(?:aider|gemini|codex|claude|qwen|amp|codeium|continue).*", r"replit\.md",
)  # fmt: skip
_AGENTS_OF_GITHUB = {f".github/{n}" for n in ("agents", "instructions", "prompts", "chatmodes")}
_AGENT_FOLDERS = {
    ".claude", ".cursor", ".codex", ".gemini", ".aider", ".windsurf", ".agents", ".opencode",
    ".agent", ".roo", ".clinerules", ".cline", ".kilocode", ".goose", ".augment", ".amazonq",
    ".kiro", ".junie", ".qwen", ".crush", ".trae", ".continue", ".factory", ".zed", ".qodo",
    ".warp",
    ".amp", ".openhands", ".devin", ".copilot", ".tabnine", ".sourcegraph", ".codeium", ".idx",
    ".claude-plugin", ".rules", ".void", ".codebuddy",
}  # fmt: skip
# Names with a dot in front that steer no check; any other is read by some tool for its name.
_QUIET = _any(
    r"\.git(?:ignore|keep|attributes|modules)", r"\.keep|\.placeholder", r"\.editorconfig",
    r"\.mailmap", r"\.(?:npm|vscode|helm|gcloud|eb|cf|pre)ignore", r"\.nojekyll", r"\.htaccess",
    r"\.env\.(?:example|sample|template|dist)", r"\.all-contributorsrc", r"\.release-please.*",
    r"\.git-blame-ignore-revs",
)  # fmt: skip
_QUIET_FOLDERS = {".github", ".well-known", ".changeset", ".yarn", ".idea", ".reuse", ".storybook"}
# Read by a test runner or a coverage tool.
_RUNNERS = _any(
    r"conftest\.py", r"pytest_\w+\.py", r"\.?pytest\.(?:ini|toml)", r"tox\.(?:ini|toml)",
    r"\.coveragerc.*", r"coverage\.(?:toml|cfg)", r"noxfile\.py", r"\.?nose\.cfg|\.noserc",
    r"unittest\.cfg", r"\.stestr\.conf|\.testr\.conf", r"behave\.ini|\.behaverc",
    r"(?:.*[._-])?(?:jest|vitest)(?:[._-].*)?", r"vite\.config\..+",
    r"(?:setup-?tests?|tests?-?setup|global-?setup)\.[cm]?[jt]sx?",
    r"\.mocharc.*", r"(?:karma|protractor|wdio|nightwatch)\.conf.*", r"\.nycrc.*|\.c8rc.*",
    r"(?:playwright|cypress|ava|cucumber|testcafe)\.(?:config|setup)\..+|cypress\.json",
    r"\.testcaferc.*|\.taprc|jasmine\.json",
    r"web-test-runner\.config\..+", r"phpunit.*\.xml.*|pest\.php",
    r"\.rspec(?:-local)?", r"(?:spec|rails|test)_helper\.(?:rb|exs)", r"\.simplecov",
    r".*\.runsettings|xunit\.runner\.json|testng\.xml|junit-platform\.properties",
    r"dart_test\.yaml", r"\.proverc|\.busted", r"CTest\w+\.cmake", r"nextest\.toml|tarpaulin\.toml",
    r"\.env\.test.*", r"\.pre-commit-config\.ya?ml|\.?lefthook(?:-local)?\.ya?ml",
    r"\.?lint-?staged.*", r"\.?commitlint.*",
)  # fmt: skip
# Read by an interpreter, a compiler or a package manager before anything else runs.
_FIRST = _any(
    r"(?:site|user)customize\.py", r".*\.pth", r"pyvenv\.cfg|\._pth", r"\.envrc",
    r"\.(?:python|node|ruby|go|java|terraform)-version|\.nvmrc|\.tool-versions",
    r"devbox\.json|(?:\.?mise|prek|\.?rtx)[\w.]*\.toml",
    r"rust-toolchain(?:\.toml)?", r"global\.json|nuget\.config",
    r"\.npmrc|\.yarnrc.*|\.pnpmfile\.c?js|pnpm-workspace\.yaml|bunfig\.toml|\.pnp\.c?js",
    r"deno\.jsonc?|import_map\.json", r"pip\.conf|uv\.toml|poetry\.toml|pdm\.toml|hatch\.toml",
    r"babel\.config\..+|\.babelrc.*|\.swcrc", r"go\.work", r"\.(?:irb|pry|bazel)rc|gradlew|mvnw",
    r"(?:nx|turbo|lerna|rush|project|angular)\.json|\.parcelrc", r"metro\.config\..+",
)  # fmt: skip
_LINTERS = _any(
    r"\.?ruff\.toml", r"\.flake8", r"\.?mypy\.ini", r"\.?pylintrc(?:\.toml)?", r"\.?isort\.cfg",
    r"pyrightconfig\.json", r"biome\.jsonc?", r"(?:ts|js)config[\w.-]*\.json",
    r"\.golangci\.\w+", r"\.rubocop.*\.yml", r"\.?clippy\.toml|\.?rustfmt\.toml", r"\.eslintignore",
    r"\.?(?:eslint|stylelint|tslint)(?:rc)?(?:\.config)?(?:\.\w+)?", r"\.?bandit(?:\.ya?ml)?",
    r"sonar-project\.properties", r"\.semgrepignore|\.semgrep\.ya?ml", r"deny\.toml",
    r"\.shellcheckrc", r"\.yamllint.*", r"\.importlinter", r"phpstan.*\.neon.*|psalm\.xml.*",
    r"analysis_options\.yaml", r"\.?oxlint.*\.json|\.?xo[-.]config.*|knip\.jsonc?",
    r"\.luacheckrc|\.credo\.exs",
    r"(?:infection|ecs|rector|psalm|grumphp|deptrac|phpbench)\.(?:json5?|php|ya?ml)(?:\.dist)?",
    r"\.(?:gitleaks|secrets)\.(?:toml|baseline)|\.gitleaksignore|\.trivyignore.*",
    r"\.prettierrc.*|\.prettierignore",
)  # fmt: skip
_BUILD = _any(
    r"(?:GNU)?makefile(?:\.\w+)?|.*\.mk", r"\.?justfile", r"Taskfile(?:\.dist)?\.ya?ml",
    r"Rakefile|.*\.rake", r"Dockerfile(?:\..+)?|Containerfile",
    r"(?:docker-)?compose[\w.-]*\.ya?ml",
    r"CMakeLists\.txt|CMakePresets\.json|.*\.cmake", r".*\.gradle(?:\.kts)?",
    r"gradle(?:-wrapper)?\.properties", r"pom\.xml", r"setup\.py", r"build\.rs",
    r"\.(?:docker|container)ignore|pants[\w.]*\.toml|buck2?|.*\.bzl",
    r"meson(?:\.build|_options\.txt)", r"BUILD(?:\.bazel)?|WORKSPACE(?:\.bazel)?|MODULE\.bazel",
    r"(?:gulpfile|gruntfile)\.\w+", r"Directory\.(?:Build|Packages)\..+", r".*\.(?:targets|props)",
    r".*\.config\.[cm]?[jt]sx?|(?:webpack|rollup|esbuild)[\w.]*\.config\..+",
    r"build\.(?:sbt|zig|xml)|mix\.exs", r".*\.(?:cs|fs|vb|vcx)proj|.*\.slnx?",
    r"Package(?:@swift-[\w.]+)?\.swift", r"(?:flake|shell|default)\.nix",
    r"SConstruct|wscript|Earthfile",
)  # fmt: skip
# Taken up only from the folder in which a command stands, and common names elsewhere.
_TOP = _any(r"(?:tasks|fabfile|dodo)\.py")


def steers(path: PurePosixPath) -> tuple[str, str] | None:
    """(kind, sentence) of a file that something reads by its name; None: it is none of these."""
    above = {part.lower() for part in path.parts[:-1]}
    if path.as_posix() == ".honk.toml":
        return "policy", "Changes the policy of later changes (.honk.toml); not of this one."
    is_page = path.name.islower() and "docs" in above  # docs/agents.md is about agents
    if "/".join(path.parts[:2]).lower() in _AGENTS_OF_GITHUB and len(path.parts) > 2:
        return "agent_instructions", "Changes the instructions of later agents."
    if (_AGENTS.fullmatch(path.name) and not is_page) or _AGENT_FOLDERS & above:
        return "agent_instructions", "Changes the instructions of later agents."
    if _CI.fullmatch(path.name) or _CI_FOLDERS & above or _is_of_github(path):
        return "ci", "Changes what CI runs."
    if (_HOOK_FOLDERS & above and "cache" not in above) or "meta-inf/services/" in str(
        path
    ).lower():
        return "checks", "Changes how checks run."
    if _BUILD_FOLDERS & above:
        return "build", "Changes how it is built."
    return _by_name(path) or _by_dot(path)


def _is_of_github(path: PurePosixPath) -> bool:
    """What GitHub acts on: workflows and actions; not the forms of issues."""
    folders = "/".join(path.parts[:2]).lower()
    return folders in (".github/workflows", ".github/actions")


def _by_dot(path: PurePosixPath) -> tuple[str, str] | None:
    """Settings have a dot in front, so that people do not see them and tools find them."""
    dotted = [part for part in path.parts if part.startswith(".") and part != ".."]
    if not dotted or _PROSE.search(path.name) or _QUIET.fullmatch(path.name):
        return None
    if _QUIET_FOLDERS & {part.lower() for part in dotted[:1]}:
        return None
    return "checks", f"Changes settings that some tool reads for its name: {dotted[0]}."


def _by_name(path: PurePosixPath) -> tuple[str, str] | None:
    name = path.name
    if _PROSE.search(name):
        return None
    if _RUNNERS.fullmatch(name) or _FIRST.fullmatch(name):
        return "checks", "Changes how checks run."
    if _LINTERS.fullmatch(name):
        return "checks", "Changes what linters or the type checker accept."
    if len(path.parts) == 1 and _TOP.fullmatch(name):
        return "checks", "Changes how checks run."
    return ("build", "Changes how it is built.") if _BUILD.fullmatch(name) else None
