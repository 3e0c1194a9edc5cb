"""Which language a file is in: by its name, else by its first line, never by guessing at its text.

A language is an alias of a Pygments lexer, "" where there is none. Names that several languages
claim are decided here, or stay plain.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pygments.lexers import get_all_lexers

from reviews.diffs import text

HEAD = 200  # bytes of a file in which its shebang must end

_NAMES = {
    "build": "python", "workspace": "python", "tiltfile": "python", "snakefile": "python",
    "dockerfile": "docker", "containerfile": "docker", "jenkinsfile": "groovy",
    "makefile": "make", "gnumakefile": "make", "justfile": "make", "gemfile": "ruby",
    "rakefile": "ruby", "podfile": "ruby", "fastfile": "ruby", "brewfile": "ruby",
    "vagrantfile": "ruby", "guardfile": "ruby", "gemfile.lock": "", "cargo.lock": "toml",
    "poetry.lock": "toml", "uv.lock": "toml", "pdm.lock": "toml", "pipfile": "toml",
    "pipfile.lock": "json", "composer.lock": "json", "flake.lock": "json", "yarn.lock": "yaml",
    "cmakelists.txt": "cmake", ".babelrc": "json", ".eslintrc": "json", ".prettierrc": "yaml",
    ".clang-format": "yaml", ".clang-tidy": "yaml", ".gitconfig": "ini", ".gitmodules": "ini",
    ".npmrc": "ini", ".flake8": "ini", ".pylintrc": "ini", ".coveragerc": "ini",
    ".env": "bash", ".envrc": "bash", ".profile": "bash", ".bashrc": "bash", ".zshrc": "bash",
    "pkgbuild": "bash", "apkbuild": "bash", "nginx.conf": "nginx", "control": "",
}  # fmt: skip

_ENDINGS = {
    # claimed by several
    "as": "actionscript3", "asm": "nasm", "aspx": "aspx-cs", "ascx": "aspx-cs", "cl": "common-lisp",
    "cls": "tex", "feature": "gherkin", "fs": "fsharp", "gd": "gdscript", "h": "cpp", "hh": "cpp",
    "inc": "php", "inf": "ini", "lean": "lean4", "m": "objective-c", "mm": "objective-c++",
    "php": "php", "pl": "perl", "pm": "perl", "s": "gas", "S": "gas", "sql": "sql", "t": "perl",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "ttl": "turtle", "v": "verilog",
    "xsl": "xslt", "xslt": "xslt", "C": "cpp", "r": "splus", "html": "html", "xml": "xml",
    # claimed by nobody
    "astro": "html", "svelte": "html", "cfg": "ini", "conf": "ini", "csproj": "xml", "cu": "cuda",
    "cuh": "cuda", "fsproj": "xml", "geojson": "json", "gradle": "groovy", "ipynb": "json",
    "jsonc": "json", "jsonl": "json", "map": "json", "mdx": "markdown", "nuspec": "xml",
    "plist": "xml", "props": "xml", "resx": "xml", "star": "python", "storyboard": "xml",
    "targets": "xml", "tfvars": "terraform", "vbproj": "xml", "webmanifest": "json",
    "xaml": "xml", "xib": "xml", "erb": "rhtml", "ejs": "html", "env": "bash", "service": "ini",
    "bazel": "python", "jinja": "django", "jinja2": "django", "j2": "django", "jl": "julia",
    # claimed, and yet better plain
    "txt": "", "log": "", "csv": "", "tsv": "", "diff": "", "patch": "", "out": "",
}  # fmt: skip

_TEMPLATES = {"html": "html+django", "htm": "html+django", "xml": "xml+django", "js": "js+django",
              "css": "css+django", "yml": "yaml+jinja", "yaml": "yaml+jinja",
              "sql": "sql+jinja"}  # fmt: skip
_TEMPLATE_ENDINGS = {"j2", "jinja", "jinja2"}
_PROGRAMS = {
    "python": "python", "pypy": "python", "uv": "python", "sh": "bash", "bash": "bash",
    "dash": "bash", "zsh": "bash", "ksh": "bash", "ash": "bash", "bats": "bash", "fish": "fish",
    "perl": "perl", "ruby": "ruby", "node": "javascript", "nodejs": "javascript",
    "bun": "typescript", "deno": "typescript", "ts-node": "typescript", "tsx": "typescript",
    "php": "php", "lua": "lua", "luajit": "lua", "rscript": "splus", "awk": "awk", "gawk": "awk",
    "mawk": "awk", "tclsh": "tcl", "wish": "tcl", "expect": "tcl", "pwsh": "powershell",
    "groovy": "groovy", "make": "make", "scala": "scala", "kotlin": "kotlin",
    "osascript": "applescript", "escript": "erlang", "elixir": "elixir", "julia": "julia",
    "runghc": "haskell", "runhaskell": "haskell", "guile": "scheme", "racket": "racket",
}  # fmt: skip
_SCRIPT_ENDINGS = {"", "cgi", "fcgi", "command", "run", "in", "hook", "tool"}
_SHEBANG = re.compile(rb"#!\s*(\S+)((?:[ \t]+\S+)*)")


def language_of(path: bytes, head: bytes = b"") -> str:
    """A lexer's alias, "" for none. path: in git's form. head: how the file begins, if known."""
    return _by_path(path) or (_by_first_line(head) if asks_first_line(path) else "")


def asks_first_line(path: bytes) -> bool:
    """Whether the name says nothing, so that a shebang may."""
    return _ending(_base(path)).lower() in _SCRIPT_ENDINGS and not _by_path(path)


def _by_path(path: bytes) -> str:
    return _by_name(_base(path), b"templates/" in path)


@lru_cache(maxsize=8192)
def _by_name(name: str, is_template: bool) -> str:
    lower = name.lower()
    names, _ = _claimed()
    if lower in _NAMES or name in names:
        return _NAMES.get(lower, names.get(name, ""))
    first, _, rest = lower.partition(".")
    if rest and first in {"dockerfile", "containerfile", "makefile"}:
        return _NAMES[first]
    return _by_ending(name, is_template)


def _by_ending(name: str, is_template: bool) -> str:
    ending = _ending(name)
    small = ending.lower()
    if small in _TEMPLATE_ENDINGS:
        return _TEMPLATES.get(_ending(name[: -len(small) - 1]).lower(), "django")
    if is_template and small in {"html", "htm"}:
        return _TEMPLATES[small]
    _, endings = _claimed()
    for known in (_ENDINGS, endings):
        for key in (ending, small):
            if key in known:
                return known[key]
    return ""


def _base(path: bytes) -> str:
    return text.decode(path.rpartition(b"/")[2])


def _ending(name: str) -> str:
    """What follows the last dot; a dot in front is no ending."""
    return name[1:].rpartition(".")[2] if "." in name[1:] else ""


def _by_first_line(head: bytes) -> str:
    found = _SHEBANG.match(head[:HEAD].partition(b"\n")[0])
    if found is None:
        return ""
    words = text.decode(b"".join(found.groups())).split()
    program = words[0].rpartition("/")[2]
    if program == "env":  # its own options and assignments stand before the program
        rest = (word for word in words[1:] if not word.startswith("-") and "=" not in word)
        program = next(rest, "").rpartition("/")[2]
    return _PROGRAMS.get(program.lower().rstrip("0123456789."), "")


@cache
def _claimed() -> tuple[dict[str, str], dict[str, str]]:
    """Pygments' own (names, endings), as far as one language alone claims them."""
    claims: dict[str, set[str]] = {}
    for _, aliases, patterns, _ in get_all_lexers(plugins=False):
        for pattern in patterns:
            if aliases:
                claims.setdefault(pattern, set()).add(aliases[0])
    sole = {pattern: next(iter(who)) for pattern, who in claims.items() if len(who) == 1}
    names = {pattern: who for pattern, who in sole.items() if not re.search(r"[*?\[]", pattern)}
    endings = {
        pattern[2:]: who
        for pattern, who in sole.items()
        if re.fullmatch(r"\*\.[^.*?\[\]]+", pattern)
    }
    return names, endings
