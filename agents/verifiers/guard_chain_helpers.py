"""Files that a test runner's own settings name: set-ups, stand-ins, reporters, environments."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

_ENDS = ("ts", "mts", "js", "mjs", "cjs", "json")
# Read whatever the command is: a runner finds them by name.
SETTINGS = (
    "package.json", ".rspec", "phpunit.xml", "phpunit.xml.dist", "tsconfig.json",
    *(f"{name}.config.{end}" for name in ("jest", "vitest", "vite", "playwright", "ava", "cypress")
      for end in _ENDS),
    *(f".mocharc.{end}" for end in (*_ENDS, "yml", "yaml")), ".mocharc", "vitest.workspace.ts",
    "babel.config.js", "babel.config.json", ".babelrc", ".swcrc",
)  # fmt: skip
# By a word of the command line: where it finds what it is to do.
DRIVERS = {
    "just": ("justfile", ".justfile", "Justfile"), "task": ("Taskfile.yml", "Taskfile.yaml"),
    "rake": ("Rakefile",), "tox": ("tox.ini", "tox.toml", "setup.cfg"), "nox": ("noxfile.py",),
    "inv": ("tasks.py",), "invoke": ("tasks.py",), "doit": ("dodo.py",), "ant": ("build.xml",),
    "pre-commit": (".pre-commit-config.yaml",), "gulp": ("gulpfile.js",),
    "grunt": ("Gruntfile.js",),
}  # fmt: skip
_KEYS = re.compile(
    r"(?:\b(?:setup\w*|global(?:Setup|Teardown)|testEnvironment|environment|resolver|transform"
    r"|runner|testRunner|testSequencer|moduleNameMapper|alias|reporters?|require|preset|presets"
    r"|snapshot\w+|bootstrap|extends|plugins|providers?)[\"']?\s{0,20}[:=]\s{0,20}"
    r"(\[[^\]]{0,2000}\]|\{[^{}]{0,2000}\}|[\"'][^\"'\n]{1,300}[\"']))"
    r"|^\s{0,20}((?:--require|-r)[ =]\S{1,300})",
    re.MULTILINE,
)
_NAMES = re.compile(r"[\"']([^\"'\n]{1,300})[\"']|(?:--require|-r)[ =](\S{1,300})")


def helpers(path: str, text: str) -> Iterator[str]:
    """Paths from the top of the tree that a file of settings names."""
    folder = posixpath.dirname(path)
    found = (
        name
        for match in _KEYS.finditer(text)
        for name in _NAMES.findall(match[1] or match[2] or "")
    )
    for name in (quoted or bare for quoted, bare in found):
        word = name.replace("<rootDir>", ".")
        if "/" in word or "." in word:
            yield from modules(folder, word)


def modules(folder: str, word: str) -> Iterator[str]:
    """Files that a name of a module may mean: itself, with an ending, the index of a folder."""
    place = posixpath.normpath(posixpath.join(folder, word))
    if place.startswith(("..", "/")) or "\0" in place or place == ".":
        return
    yield place
    if "." not in posixpath.basename(place)[1:]:
        for end in (*_ENDS, "tsx", "jsx", "rb", "php"):
            yield f"{place}.{end}"
        yield from (f"{place}/index.{end}" for end in ("js", "ts"))
