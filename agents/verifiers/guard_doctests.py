"""Examples of doctest, in docstrings and in pages: gone, skipped, or with another output.

Whether a repository runs them cannot be told from a change; an example more is never told.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.verifiers.guard_base import (
    Files,
    Finding,
    GuardFile,
    count,
    is_binary,
    listed,
    shown,
    text_of,
)
from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in_python_names import Function
from agents.verifiers.tests_in_python_nodes import nodes_of
from agents.verifiers.tests_in_python_skips import targets_of

_PAGES = (".md", ".rst", ".txt")
_FENCES = ("```", "~~~")
_ASKS = re.compile(r">>>(?: |$)")
_GOES_ON = re.compile(r"\.\.\.(?: |$)")
_OPTIONS = re.compile(r"[ \t]*#[ \t]*doctest:[ \t]*(.*)$", re.MULTILINE)
_MOST_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class _Example:
    """What is asked, the output that is expected, and the options of the comparison."""

    source: str
    want: str
    options: str

    @property
    def is_skipped(self) -> bool:
        return "+SKIP" in self.options


def doctest_findings(watch: Files) -> Iterator[Finding]:
    """Of all files of a change together: an example that stands in another of them is not gone."""
    looked = {
        place: (f, _examples(f.before, f.old), _examples(f.path, f.new))
        for place, f in watch.within(0.45, "examples of doctest")
    }
    held = [looked[place] for place in sorted(looked)]
    moved: Counter[_Example] = Counter()
    for _, old, new in held:
        moved += Counter(new) - Counter(old)
    for file, old, new in held:
        lost: list[_Example] = []
        for each in (Counter(old) - Counter(new)).elements():
            if moved[each] > 0:
                moved[each] -= 1
            else:
                lost.append(each)
        fresh = list((Counter(new) - Counter(old)).elements())
        yield from _told(file, lost, fresh, (len(old), len(new)))


def _told(
    file: GuardFile, lost: Sequence[_Example], fresh: list[_Example], counts: tuple[int, int]
) -> Iterator[Finding]:
    gone, skipped, changed = [], [], []
    for was in lost:
        now = next((each for each in fresh if each.source == was.source), None)
        if now is None:
            gone.append(was.source)
            continue
        fresh.remove(now)
        if now.is_skipped and not was.is_skipped:
            skipped.append(was.source)
        elif not was.is_skipped:
            changed.append(was.source)
    if gone:
        before, after = counts
        text = f"Examples of doctest: {before} before, {after} after; gone: {_quoted(gone)}."
        yield Finding("checks_dropped", text, file.path)
    if skipped:
        text = f"{count(len(skipped), 'example')} of doctest skipped now: {_quoted(skipped)}."
        yield Finding("test_skipped", text, file.path)
    if changed:
        text = f"Examples of doctest expect another output now: {_quoted(changed)}."
        yield Finding("expectation_changed", text, file.path)


def _quoted(sources: Sequence[str]) -> str:
    return listed([f"`{shown(each)}`" for each in sources], most=3)


def _examples(path: str, content: bytes | None) -> list[_Example]:
    """In their order; none where the file is a test's own, too large, or no text."""
    if content is None or b">>>" not in content or len(content) > _MOST_BYTES:
        return []
    if is_binary(content) or not path.endswith((".py", *_PAGES)) or is_test(path, content):
        return []
    text = text_of(content)
    texts = [text] if path.endswith(_PAGES) else _docstrings(text)
    return [each for one in texts for each in _in_text(one)]


def _docstrings(source: str) -> list[str]:
    """Those of Python, and what `__test__` holds; none of what cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[str] = []
    for node in nodes_of(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Function):
            found.append(ast.get_docstring(node) or "")
        elif isinstance(node, ast.stmt) and "__test__" in map(ast.unparse, targets_of(node)):
            parts = (getattr(each, "value", None) for each in ast.walk(node))
            found += [each for each in parts if isinstance(each, str)]
    return found


def _in_text(text: str) -> Iterator[_Example]:
    source: list[str] = []
    want: list[str] = []
    for line in (*text.splitlines(), ""):
        said = line.strip()
        asks = _ASKS.match(said)
        if source and (asks or not said or said.startswith(_FENCES)):
            yield _example("\n".join(source), "\n".join(want))
            source, want = [], []
        if asks:
            source = [said[4:]]
        elif source and not want and _GOES_ON.match(said):
            source.append(said[4:])
        elif source:
            want.append(said)


def _example(source: str, want: str) -> _Example:
    options = " ".join(sorted(_OPTIONS.findall(source)))
    return _Example(_OPTIONS.sub("", source).strip(), want, options)
