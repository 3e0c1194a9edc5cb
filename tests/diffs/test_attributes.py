"""What `.gitattributes` say of paths, against git itself."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reviews.diffs.attributes import Attributes
from reviews.diffs.wildmatch import Glob

NAMES = ("linguist-generated", "linguist-vendored", "linguist-documentation")
PATHS = [
    b"a", b"b", b"ab", b"a.js", b"x/a", b"x/a.js", b"x/b", b"x/y/a.js", b"x/y/a", b"x/ab/c",
    b"x/y/z/b.js", b"y/a.js", b"a b", b"x/a b", b"[a]", b"x/-", b"x/*", b"A", b"x/\xc3\xa9", b"]",
]  # fmt: skip
PIECES = [
    b"a", b"b", b"x", b"y", b"z", b"/", b"/", b"*", b"**", b"**/", b"/**", b"?", b".js", b"[ab]",
    b"[!a]", b"[^b]", b"[a-y]", b"[]a]", b"[[:alpha:]]", b"[[:nope:]]", b"[", b"\\", b"\\*", b"-",
    b"[\\]]", b"[a-", b"[x-]", b"\\/", b" ", b"!", b"#", b'"', b"[[:a]", b"[a[:digit:]-z]",
]  # fmt: skip
STATES = [
    b"linguist-generated", b"-linguist-generated", b"!linguist-generated", b"linguist-vendored",
    b"linguist-generated=true", b"linguist-generated=false", b"-linguist-vendored=x", b"text",
    b"linguist-documentation", b"bad$name", b"-", b"linguist-vendored=", b"eol=lf", b"--text",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("attributes")
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    for each in ("x/y/z", "y"):
        (path / each).mkdir(parents=True)
    return path


def said_by_git(folder: Path, files: dict[bytes, bytes]) -> dict[bytes, dict[str, bool]]:
    """The same as ours, asked of `git check-attr` in a work tree."""
    for name in (b"", b"x", b"x/y"):
        file = folder / name.decode() / ".gitattributes"
        file.unlink(missing_ok=True)
        if name in files:
            file.write_bytes(files[name])
    asked = ["git", "-c", "core.attributesFile=/dev/null", "check-attr", "-z", "--stdin", *NAMES]
    done = subprocess.run(
        asked, cwd=folder, input=b"\0".join(PATHS) + b"\0", capture_output=True, check=True
    )
    words = {b"set": True, b"true": True, b"unset": False, b"false": False}
    said: dict[bytes, dict[str, bool]] = {path: {} for path in PATHS}
    fields = done.stdout.split(b"\0")
    for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
        if value in words:
            said[path][name.decode()] = words[value]
    return said


def lines() -> st.SearchStrategy[bytes]:
    bare = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(b"".join)
    quoted = bare.map(lambda p: b'"' + p.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"')
    states = st.lists(st.sampled_from(STATES), max_size=3).map(b" ".join)
    gap = st.sampled_from([b" ", b"\t", b"  "])
    return st.tuples(bare | quoted, gap, states, st.sampled_from([b"", b"\r"])).map(b"".join)


def contents() -> st.SearchStrategy[bytes]:
    return st.lists(lines(), max_size=4).map(lambda found: b"\n".join([*found, b""]))


@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.dictionaries(st.sampled_from([b"", b"x", b"x/y"]), contents(), max_size=3))
@example({b"": b"**/b linguist-generated\nx/**/a.js linguist-vendored\n"})
@example({b"": b"x/a** linguist-generated\n"})
@example({b"": b"**/a.js linguist-generated\n", b"x": b"y/** -linguist-generated\n"})
@example({b"": b'"a b" linguist-generated\n[a] linguist-vendored\n\\[a\\] linguist-vendored\n'})
@example({b"": b"\xef\xbb\xbfa linguist-generated\nx/ linguist-vendored\n"})
@example({b"": b"a linguist-generated " + b"t " * 1100 + b"\nb linguist-generated\n"})
def test_whatever_is_written_there_says_of_every_path_what_git_says(
    folder: Path, files: dict[bytes, bytes]
) -> None:
    ours = Attributes(files)
    assert {path: ours.of(path) for path in PATHS} == said_by_git(folder, files)


def test_the_last_line_that_fits_decides_and_deeper_folders_come_last() -> None:
    found = Attributes(
        {
            b"src": b"*.js -linguist-generated\n",
            b"": b"*.js linguist-generated\ndocs/** linguist-documentation=true\n",
        }
    )
    assert found.of(b"main.js") == {"linguist-generated": True}
    assert found.of(b"src/main.js") == {"linguist-generated": False}
    assert found.of(b"docs/a/b.txt") == {"linguist-documentation": True}


def test_a_hostile_pattern_takes_no_more_time_than_any_other() -> None:
    glob = Glob(b"*a" * 200 + b"b", is_path=True)
    started = time.process_time()
    assert not glob.fits(b"a" * 2000)
    assert time.process_time() - started < 2


def test_many_hostile_rules_over_many_paths_end_and_then_say_nothing() -> None:
    rules = b"".join(b"*%d*a*b*c?[x] linguist-generated\n" % n for n in range(2_500))
    found = Attributes({b"": rules + b"* linguist-generated\n"})
    started = time.process_time()
    said = [found.of(b"folder/%d" % n) for n in range(7_000)]
    assert time.process_time() - started < 10
    assert said[-1] == {}
