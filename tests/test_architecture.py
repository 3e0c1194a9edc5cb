"""What the import contracts cannot hold. Every exception is listed here with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("honkweb", "reviews", "agents")
MAX_FILE, MAX_FUNCTION = 300, 40

STARTS_PROCESSES = {
    "agents/process.py": "the one place",
    "agents/box/inner_relay.py": "becomes a daemon of the sandbox, where nothing of ours is",
    "agents/verifiers/guard_aware.py": "names them, to find them in others' code",
    "honkweb/management/commands/up.py": "the same",
    "honkweb/supervise.py": "the supervisor of the server's own processes",
    "honkweb/management/commands/worker.py": "ties Celery's command line to its lease keeper",
    "honkweb/leash.py": "becomes the program that dies with its parent",
    "honkweb/setup/": "set-up, before anything of ours is installed",
}
ASSIGNS_CHANGE_STATUS = {"reviews/services/lifecycle.py": "move() is the only mover"}
MARKS_SAFE = {
    "reviews/templatetags/": "the one place where text becomes HTML, each piece escaped or ours",
    "reviews/views/diff.py": "takes the HTML of reviews/diffs/render.py, which escapes every text",
    "reviews/views/compare.py": "the same",
}
# What independent siblings may share: no runner and no verifier of its own.
SHARED = {"__init__", "base", "tests_in", "prices", "presets"}
LONG_FUNCTIONS: dict[str, str] = {}
# Only root can make devices and folders of somebody else's; CI is root.
MAY_SKIP = "os.geteuid() != 0"
SKIPS = re.compile(r"(?:skip\w*|mark\.skip(?:if)?|mark\.xfail|importorskip)")
UNDONE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImpl" + r"ementedError)\b")


def sources(*folders: str) -> Iterator[Path]:
    """The Python files of the folders, without generated migrations and what npm brings."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not {"migrations", "node_modules"} & {*path.parts}:
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_listed(path: Path, exceptions: dict[str, str]) -> bool:
    return any(name_of(path).startswith(prefix) for prefix in exceptions)


def offenders(pattern: re.Pattern[str], paths: Iterator[Path] | list[Path]) -> list[str]:
    """`file:line text` of every match."""
    return [
        f"{name_of(path)}:{number} {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def test_only_the_listed_files_start_processes() -> None:
    starts = re.compile(
        r"^\s*(?:import|from) (?:subprocess|pty|multiprocessing)\b|create_subprocess|Popen\("
        r"|os\.(?:fork|exec|spawn|popen|posix_spawn|system)"
    )
    paths = [p for p in sources(*PACKAGES) if not is_listed(p, STARTS_PROCESSES)]
    assert offenders(starts, paths) == []


def assigns_change_status(node: ast.AST) -> bool:
    """Whether a statement or call gives a change its status."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        words = [ast.unparse(target) for target in targets]
        of_change = any(re.fullmatch(r"(?:.*\.)?change\.status", word) for word in words)
        to_one = "ChangeStatus." in ast.unparse(node.value) if node.value else False
        return of_change or (to_one and any(word.endswith(".status") for word in words))
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("update"):
        given = {k.arg: ast.unparse(k.value) for k in node.keywords}
        is_change = "Change.objects" in ast.unparse(node.func)
        return "status" in given and (is_change or "ChangeStatus." in given["status"])
    return False


def test_only_the_mover_assigns_the_status_of_a_change() -> None:
    found = [
        f"{name_of(path)}:{getattr(node, 'lineno', 0)}"
        for path in sources(*PACKAGES)
        if not is_listed(path, ASSIGNS_CHANGE_STATUS)
        for node in ast.walk(ast.parse(path.read_text()))
        if assigns_change_status(node)
    ]
    assert found == []


def test_the_domain_knows_no_requests() -> None:
    knows = re.compile(r"^\s*(?:from|import) django\.(?:http|shortcuts|views)\b")
    domain = [f"reviews/{part}" for part in ("services", "queries", "models", "diffs")]
    assert offenders(knows, sources(*domain)) == []


def test_nothing_unlisted_is_marked_safe() -> None:
    marks = re.compile(r"\bmark_safe\b|\bSafeString\b|\|\s*safe\b|autoescape off|\bsafeseq\b")
    paths = [p for p in (*sources(*PACKAGES), *templates()) if not is_listed(p, MARKS_SAFE)]
    assert offenders(marks, paths) == []


def tags(path: Path) -> list[str]:
    """The opening tags of a template, with what Django's tags inside them say."""
    opening = re.compile(r"<[a-z](?:[^<>{]|\{[{%#].*?[}%#]\}|\{)*>", re.DOTALL)
    return opening.findall(path.read_text())


def test_templates_hold_no_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=|^<style\b|javascript:|\shx-on", re.IGNORECASE)
    found = [f"{name_of(p)}: {tag}" for p in templates() for tag in tags(p) if inline.search(tag)]
    assert found == []


def test_every_script_stands_in_a_file_of_its_own() -> None:
    for path in templates():
        for tag in tags(path):
            assert not tag.startswith("<script") or "src=" in tag, f"{name_of(path)}: {tag}"


ASKS = re.compile(r"\shx-(?:get|post|put|patch|delete)=")
MEANT_FOR_ASKING = re.compile(r"\shx-(?:target|swap|select|vals|headers|include|confirm|boost)\b")


def test_an_element_that_asks_by_htmx_says_itself_where_the_answer_goes() -> None:
    for path in templates():
        for tag in filter(ASKS.search, tags(path)):
            assert "hx-target=" in tag, f"{name_of(path)}: {tag}"
            assert "hx-swap=" in tag, f"{name_of(path)}: {tag}"


def test_htmx_attributes_stand_only_on_elements_that_ask() -> None:
    for path in templates():
        for tag in filter(MEANT_FOR_ASKING.search, tags(path)):
            assert ASKS.search(tag), f"{name_of(path)}: {tag}"


@pytest.mark.parametrize("folder", PACKAGES)
def test_files_stay_short(folder: str) -> None:
    lengths = {name_of(p): len(p.read_text().splitlines()) for p in sources(folder)}
    assert {name: n for name, n in lengths.items() if n > MAX_FILE} == {}


@pytest.mark.parametrize("folder", PACKAGES)
def test_functions_stay_short(folder: str) -> None:
    long = {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources(folder)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= MAX_FUNCTION
        and f"{name_of(path)}:{node.name}" not in LONG_FUNCTIONS
    }
    assert long == {}


def test_no_test_is_skipped_or_expected_to_fail() -> None:
    found = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources("tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and SKIPS.fullmatch(ast.unparse(node).split(".", 1)[-1])
        and MAY_SKIP not in path.read_text().splitlines()[node.lineno - 1]
    ]
    assert found == []


def test_nothing_is_left_undone() -> None:
    scripts = [*(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")]
    assert offenders(UNDONE, [*sources(*PACKAGES, "tests"), *templates(), *scripts]) == []


@pytest.mark.parametrize("folder", ["runners", "verifiers"])
def test_runners_and_verifiers_do_not_know_each_other(folder: str) -> None:
    for path in sources(f"agents/{folder}"):
        family = path.stem.split("_")[0]  # anthropic_api, anthropic_stream: one runner
        stems = {p.stem for p in sources(f"agents/{folder}")} - SHARED
        stems = {stem for stem in stems if not stem.startswith("tests_in_")}  # parts of tests_in
        others = {stem for stem in stems if stem.split("_")[0] != family}
        if path.stem == "__init__" or not others:
            continue
        names = "|".join(sorted(others))
        knows = re.compile(rf"\bagents\.{folder}(?:\.| import .*\b)(?:{names})\b")
        assert offenders(knows, [path]) == []


def test_commands_and_pages_are_the_only_ones_that_print() -> None:
    prints = re.compile(r"^\s*print\(")
    paths = [p for p in sources(*PACKAGES) if "management" not in p.parts]
    kept = [p for p in paths if not name_of(p).startswith(("honkweb/setup/", "honkweb/bootstrap"))]
    assert offenders(prints, kept) == []
