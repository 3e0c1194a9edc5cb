"""Pairs of trees made by Hypothesis, written and compared by real git."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

Tree = dict[bytes, tuple[str, bytes]]  # path -> (mode, content; of a submodule its commit id)

KNOBS = (
    "-c", "core.quotepath=false", "-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false",
    "-c", "diff.suppressBlankEmpty=false", "-c", "color.ui=never",
)  # fmt: skip
FORMAT = (
    "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/",
    "--submodule=short", "-M", "--full-index", "-U3",
)  # fmt: skip
LINES = [
    b"", b" ", b"a", b"b", b"\tindent", b"    four", b"@@ -1,1 +1,1 @@", b"-- a/secret", b"++ b/y",
    b"--- a/x", b"+++ b/x", b"diff --git a/x b/x", b"\\ No newline at end of file", b"Index: x",
    b"x\ry", b"dos\r", b"\r", b"\r@@ -9 +9 @@\r", "\u2028 \u0085 \ufeff".encode(), b"\xff\xfe",
    b"caf\xe9", b"\x0c", b"\x1b[31m", b"-- ", "\u202e\u2066".encode(), b"</td><script>", b"a b c",
    b"Binary files a and b differ", b"GIT binary patch", b"From " + b"0" * 40 + b" x",
]  # fmt: skip
PARTS = [
    b"a", b"b", b"x.py", b"a b", b" b", b"b ", b'"q"', b"new\nline", b"tab\t", "é".encode(),
    b"\xff", b"back\\slash", b"--flag", b"diff --git a", b"\x1b[0m",
]  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """git's patch of two trees and its records of them."""

    old: Tree
    new: Tree
    patch: bytes
    raw: bytes


def contents() -> st.SearchStrategy[bytes]:
    line = st.sampled_from(LINES) | st.binary(max_size=8).map(lambda b: b.replace(b"\n", b""))
    text = st.lists(line, max_size=14).map(b"\n".join)
    return st.tuples(text, st.sampled_from([b"", b"\n"])).map(b"".join)


def paths() -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(b"/".join)


def files() -> st.SearchStrategy[tuple[str, bytes]]:
    text = st.tuples(st.sampled_from(["100644", "100755"]), contents())
    link = st.tuples(st.just("120000"), st.sampled_from([b"/etc/passwd", b"../x", b"a\nb"]))
    module = st.tuples(st.just("160000"), st.sampled_from([b"1" * 40, b"2" * 40]))
    return st.one_of(text, text, text, link, module)


def trees() -> st.SearchStrategy[Tree]:
    return st.dictionaries(paths(), files(), max_size=5).map(_without_clashes)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tree, Tree]:
    """Two trees of which the second keeps, edits, moves or drops files of the first."""
    old, new = draw(trees()), dict(draw(trees()))
    for path, (mode, content) in old.items():
        fate = draw(st.sampled_from(["drop", "keep", "edit", "move", "mode", "other"]))
        if fate == "keep":
            new[path] = (mode, content)
        elif fate == "edit" and mode.startswith("100"):
            new[path] = (mode, draw(edits(content)))
        elif fate == "move" and mode.startswith("100"):
            new[draw(paths())] = (mode, draw(edits(content)))
        elif fate == "mode" and mode.startswith("100"):
            new[path] = ("100755" if mode == "100644" else "100644", content)
    return old, _without_clashes(new)


@st.composite
def edits(draw: st.DrawFn, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = draw(st.integers(0, len(lines)))
    lines[at : at + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(LINES), max_size=3))
    return b"\n".join(lines)


def _without_clashes(tree: Tree) -> Tree:
    """No path may be the folder of another."""
    return {
        path: file for path, file in tree.items()
        if not any(other.startswith(path + b"/") for other in tree)
    }  # fmt: skip


def compare(folder: Path, old: Tree, new: Tree, *options: str) -> Compared:
    """git's view of old -> new; `folder` is a bare repository, made when it is not there."""
    if not (folder / "HEAD").exists():
        git(folder, "init", "-q", "--bare", str(folder))
    stream = _commit(b"old", old) + _commit(b"new", new)
    git(folder, "fast-import", "--quiet", "--force", stdin=stream)
    two = (*FORMAT, *options, "old", "new")
    patch = git(folder, *KNOBS, "diff", *two)
    raw = git(
        folder, *KNOBS, "diff", "--raw", "--numstat", "-z", "-M", "--abbrev=40", *options,
        "old", "new",
    )  # fmt: skip
    return Compared(old, new, patch, raw)


def _commit(name: bytes, tree: Tree) -> bytes:
    parts = [b"commit refs/heads/%s\ncommitter t <t@t> 1 +0000\ndata 0\ndeleteall\n" % name]
    for path, (mode, content) in tree.items():
        quoted = b'"' + b"".join(b"\\%03o" % byte for byte in path) + b'"'
        if mode == "160000":
            parts.append(b"M 160000 %s %s\n" % (content, quoted))
        else:
            parts.append(b"M %s inline %s\n" % (mode.encode(), quoted))
            parts.append(b"data %d\n%s\n" % (len(content), content))
    return b"".join(parts) + b"\n"


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """One git command without anybody's configuration."""
    environment = {
        "GIT_DIR": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    }  # fmt: skip
    done = subprocess.run(
        ["git", *arguments], input=stdin, capture_output=True, check=True, env=environment
    )
    return done.stdout
