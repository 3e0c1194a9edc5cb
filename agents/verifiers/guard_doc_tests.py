"""Examples in the documentation of Rust, which cargo runs as tests: gone, or weaker.

Those that go together with what they document are no item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.verifiers.guard_base import Finding, GuardFile, count, is_binary, text_of

_DOC = re.compile(r"[ \t]*//(?P<how>[/!])(?!/) ?(?P<text>.*)")
_FENCE = re.compile(r"\s{0,3}(?:```+|~~~+)(?P<info>[^`]{0,100})$")
_RUNS = re.compile(r"(?:rust|should_panic|test_harness|edition\d+|[\s,])*")
_ITEM = re.compile(
    r"[ \t]*(?:pub(?:\([^)\n]{0,60}\))? )?(?:(?:const|async|unsafe|extern|default|\"C\") )*"
    r"(?:fn|struct|enum|trait|mod|type|union|macro_rules!|static|const) (\w{1,100})"
)
_DEMANDS = re.compile(r"\bassert\w*!|\bunwrap\(|\bexpect\(|\?;|\bpanic!")
_MOST_BYTES = 2 * 1024 * 1024
_WHOLE = "the module"


@dataclass(slots=True)
class _Examples:
    """Of everything of one name. declared: how often the name is; run: blocks that are run."""

    declared: int = 0
    run: int = 0
    demands: int = 0


def doc_tests(file: GuardFile) -> Iterator[Finding]:
    """Per name that is documented on both sides."""
    if not file.path.endswith(".rs") or file.is_added or file.is_deleted or is_binary(file.new):
        return
    old, new = _examples(file.old), _examples(file.new)
    for name, was in old.items():
        now = new.get(name)
        if now is None or now.declared < was.declared:
            continue
        if now.run < was.run:
            text = f"Examples of {name} that are run as tests: {was.run} before, {now.run} after."
            yield Finding("tests_removed", text, file.path)
        elif now.demands < was.demands:
            before = count(was.demands, "demand")
            text = f"Examples of {name}: {before} before, {now.demands} after."
            yield Finding("checks_dropped", text, file.path)


def _examples(content: bytes | None) -> dict[str, _Examples]:
    found = {_WHOLE: _Examples(1)}
    above, is_open, is_run = _Examples(), False, False
    for line in text_of((content or b"")[:_MOST_BYTES]).splitlines():
        doc = _DOC.match(line)
        if doc is None:
            is_open = False
            if item := _ITEM.match(line):
                held = found.setdefault(item[1], _Examples())
                _add(held, above)
                held.declared += 1
                above = _Examples()
            continue
        place = above if doc["how"] == "/" else found[_WHOLE]
        if fence := _FENCE.match(doc["text"]):
            is_run = not is_open and _RUNS.fullmatch(fence["info"]) is not None
            is_open = not is_open
            place.run += is_run
        elif is_open and is_run:
            place.demands += _DEMANDS.search(doc["text"]) is not None
    return found


def _add(held: _Examples, more: _Examples) -> None:
    held.run += more.run
    held.demands += more.demands
