"""Code of JavaScript that changes what tests assert with, or has a say in how the process ends."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from agents.verifiers.guard_aware_loads import ASSERTS, hidden
from agents.verifiers.guard_base import Finding, GuardFile, is_binary, shown, text_of
from agents.verifiers.guard_chain import Read
from agents.verifiers.guard_silenced import replaces
from agents.verifiers.guard_tests_changed import is_test
from agents.verifiers.tests_in_text import language_by_ending, without_comments
from agents.verifiers.tests_in_text_languages import JAVASCRIPT
from agents.verifiers.tests_in_text_reach_js import aliased

_Q = "[\"'`]"
_PROCESS = r"(?:node:)?process"
# A program that is started, not loaded by others: how it ends is its own affair.
_ENTRY = re.compile(r"(?:^|/)(?:cli|main)\.[cm]?[jt]sx?$|(?:^|/)(?:bin|scripts?|cmd)/")
_SERVICE = re.compile(r"(?:^|/)(?:server|start|www|worker)\.[cm]?[jt]sx?$")
_CONSTANT = {"false", "true", "null", "undefined", "NaN", "Number", "void"}
_FAILS = re.compile(r"[\"']?[+-]?0*[1-9]\d*[\"']?")
_HARMLESS = r"(?:env|argv|platform|versions?|cwd|std(?:out|err|in)|nextTick|browser|hrtime|on)"
_ENDING = r"(?:exit|reallyExit|kill|abort)"
_MOST_BYTES = 1024 * 1024
_MOST_NAMES, _MOST_HITS = 20, 500


def programs(files: Sequence[GuardFile], read: Read | None) -> set[str]:
    """Files that the packages above the changed scripts call their programs (`bin`), as in the base
    or in a package that is new."""
    told = {file.path: file.new for file in files if file.is_added}
    scripts = [file.path for file in files if language_by_ending(file.path) is JAVASCRIPT]
    folders = {folder for path in scripts[:200] for folder in _above(path)}
    found: set[str] = set()
    for folder in sorted(folders)[:60]:
        path = posixpath.join(folder, "package.json")
        content = (read(path) if read else None) or told.get(path)
        found |= {posixpath.normpath(posixpath.join(folder, name)) for name in _bins(content)}
    return found


def acts(file: GuardFile, started: Collection[str]) -> Iterator[Finding]:
    """started: files that a package calls its programs."""
    if language_by_ending(file.path) is not JAVASCRIPT or file.new is None or is_binary(file.new):
        return
    old, new = (
        without_comments(JAVASCRIPT, text_of((side or b"")[:_MOST_BYTES]))
        for side in (file.old, file.new)
    )
    told = list(_told(file.path, old, new, is_started=_is_started(file, started)))
    if not told:  # one item is enough: what else is hidden stands in the same file
        told += _first_new(
            file.path, list(hidden(old)), list(hidden(new)), new,
            "Takes hold of what tests stand on, or asks who runs it",
        )  # fmt: skip
    yield from told
    if len(file.new) > _MOST_BYTES and not is_test(file.path, None):
        text = f"Larger than {_MOST_BYTES // 1024} KB: what stands further behind was not read."
        yield Finding("unread", text, file.path)


def _told(path: str, old: str, new: str, *, is_started: bool) -> Iterator[Finding]:
    yield from _first_new(
        path, list(_patches(old)), list(_patches(new)), new,
        "Gives another meaning to what tests call",
    )  # fmt: skip
    if not is_started:
        yield from _first_new(
            path, list(_ends(path, old)), list(_ends(path, new)), new,
            "Has a say in how the process ends, also that of a test runner",
        )  # fmt: skip


def _first_new(
    path: str, old: list[re.Match[str]], new: list[re.Match[str]], text: str, what: str
) -> Iterator[Finding]:
    """One item a file: its first hit that the old side has not, or has less often."""
    left = Counter(" ".join(match[0].split()) for match in old)
    for match in sorted(new, key=lambda each: each.start()):
        said = " ".join(match[0].split())
        left[said] -= 1
        if left[said] < 0:
            line = text.count("\n", 0, match.start()) + 1
            yield Finding("test_aware", f"{what}: `{shown(said)}`.", path, line)
            return


def _patches(text: str) -> Iterator[re.Match[str]]:
    """Where what tests assert with is assigned to, or handed to what changes it."""
    if not re.search(f"{_Q}{ASSERTS}{_Q}", text):
        return
    taken = rf"(?:await )?[\w.$]{{1,40}}\(\s{{0,20}}{_Q}{ASSERTS}{_Q}\s{{0,20}}\)"
    given = "|".join([taken, *map(re.escape, _names(text, ASSERTS))])
    member = r"(?:\s{0,20}\.\s{0,5}\w{1,40}|\[[^\]\n]{1,80}\])"
    pattern = re.compile(
        rf"(?<![\w.$])(?:{given}){member}{{1,5}}\s{{0,20}}(?:\|\||&&|\?\?)?=(?![=>])[^\n]{{0,40}}"
        rf"|\b(?:assign|define\w{{1,20}}|setPrototypeOf|Reflect\.set|keys|entries"
        rf"|getOwnPropertyNames|ownKeys)\(\s{{0,20}}(?:{given})(?![\w$(])"
        rf"|\b(?:in|delete)\s{{1,20}}(?:{given})(?![\w$(])"
    )
    for number, match in enumerate(pattern.finditer(text)):
        if number == _MOST_HITS:
            return
        if not replaces(match[0].encode()):  # told by its name
            yield match


def _ends(path: str, text: str) -> Iterator[re.Match[str]]:
    """Ends of the process that say that all is well, ways to hide one, and what hears of faults."""
    if "process" not in text:
        return
    own = "|".join(["process", *map(re.escape, _names(text, _PROCESS))])
    of = rf"(?<![\w$])(?:{own})"
    ended = re.compile(
        rf"{of}\s{{0,5}}\??\.\s{{0,5}}(?:(?:exit|reallyExit)\s{{0,5}}(?:\?\.)?\("
        r"(?P<code>[^()\n]{0,60}(?:\([^()\n]{0,40}\)[^()\n]{0,20})?)\)"
        r"|exitCode\s{0,20}=(?!=)\s{0,20}(?P<set>[^;\n]{0,60}))"
    )
    hidden = re.compile(
        rf"{of}\s{{0,5}}(?:\?\.)?\[(?!\s{{0,5}}([\"'`]){_HARMLESS}\1\s{{0,5}}\])[^\]\n\"'`]{{0,60}}"
        rf"[\"'`][^\]\n]{{0,60}}\]"
        rf"|\{{[^{{}}\n]{{0,200}}\b{_ENDING}\b[^{{}}\n]{{0,200}}\}}\s{{0,20}}(?:=|from)\s{{0,20}}"
        rf"(?:\w{{1,20}}\.|[\w.$]{{1,40}}\(\s{{0,20}})?{_Q}?(?:{own}|{_PROCESS})\b(?!\.)"
        rf"|=\s{{0,20}}(?:{own})\.{_ENDING}\b(?!\s{{0,5}}\()|{of}\.{_ENDING}\.(?:call|apply|bind)\b"
        rf"|{of}\.kill\(\s{{0,20}}(?:{own})\.pid|{of}\.abort\("
    )
    heard = re.compile(
        rf"{of}\.(?:on|once|addListener|prepend\w{{1,20}})\(\s{{0,20}}"
        rf"{_Q}(?:uncaughtException\w{{0,20}}|unhandledRejection){_Q}"
        rf"|\bsetUncaughtExceptionCaptureCallback\("
    )
    for match in ended.finditer(text):
        if _is_well(match["code"] if match["code"] is not None else match["set"]):
            yield match
    yield from hidden.finditer(text)
    if not _SERVICE.search(path):
        yield from heard.finditer(text)


def _is_well(code: str) -> bool:
    """Whether a code that is written out tells of success, however it is written."""
    words = set(re.findall(r"(?<!\w)[A-Za-z_$]\w*", code))
    return words <= _CONSTANT and not _FAILS.fullmatch(code.strip())


def _names(text: str, module: str) -> list[str]:
    """Names that a module is bound to, and names that those are bound to."""
    bound = re.compile(
        r"(?<![\w$])([\w$]{1,60}+|\{[^{}]{0,400}\})\s{0,20}=\s{0,20}(?:await )?"
        r"(?:_\w{1,30}\()?[\w.$]{1,40}"
        rf"\(\s{{0,20}}{_Q}{module}{_Q}\s{{0,20}}\)"
        rf"|\bimport\s{{1,20}}([^'\"`;]{{1,400}}?)\sfrom\s{{0,20}}{_Q}{module}{_Q}"
    )
    said = " ".join(a or b for a, b in bound.findall(text)[:_MOST_NAMES])
    names = [n for n in re.findall(r"[\w$]+", said) if n not in ("as", "default", "type")]
    names = [*dict.fromkeys(names), *(["process"] if module == _PROCESS else [])][:_MOST_NAMES]
    return aliased(text, names)[: 2 * _MOST_NAMES]


def _is_started(file: GuardFile, started: Collection[str]) -> bool:
    if is_test(file.path, None):
        return False
    # Such a first line put before a module that others load would be a way around.
    first = file.new if file.is_added else file.old
    is_script = (first or b"").startswith(b"#!") and (file.new or b"").startswith(b"#!")
    return is_script or file.path in started or _ENTRY.search(file.path) is not None


def _above(path: str) -> Iterator[str]:
    steps = path.split("/")[:-1][:8]
    yield from ("/".join(steps[:number]) for number in range(len(steps) + 1))


def _bins(content: bytes | None) -> list[str]:
    try:
        value = json.loads(content or b"{}").get("bin")
    except (ValueError, AttributeError, RecursionError):
        return []
    values = list(value.values()) if isinstance(value, dict) else [value]
    return [each for each in values if isinstance(each, str)]
