"""What stays out of a reader's sight, what git takes for its own, and what later agents obey."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed
from tests.agents.guard_trees import tells

AGENTS = """
AGENTS.md agents.md sub/AGENTS.md AGENTS.override.md AGENT.md CLAUDE.md claude.md CLAUDE.local.md
.claude/settings.json .claude/commands/a.md .claude/agents/a.md .claude/hooks/a.sh sub/.claude/CLAUDE.md
.claude.json .cursorrules .cursor/rules/a.mdc .cursor/mcp.json .cursorignore a.mdc .Cursor/rules/a.md
.github/copilot-instructions.md .github/instructions/a.instructions.md .github/prompts/a.prompt.md
.github/chatmodes/a.chatmode.md .github/agents/a.md GEMINI.md gemini.md .gemini/settings.json .geminiignore
.mcp.json mcp.json .vscode/mcp.json .windsurfrules .windsurf/rules/a.md .aider.conf.yml .aiderignore
opencode.json opencode.jsonc .opencode/agent/a.md .codex/config.toml .agents/a.md SKILL.md skills/a/SKILL.md
.clinerules .clinerules/a.md .roomodes .roo/rules/a.md .kiro/steering/a.md .junie/guidelines.md
.amazonq/rules/a.md .continue/config.yaml .goosehints .augment-guidelines QWEN.md .qwen/a.md CRUSH.md
.trae/rules/a.md .kilocode/rules/a.md WARP.md .zed/settings.json .rules .openhands/microagents/a.md
"""


@pytest.mark.parametrize("path", AGENTS.split())
def test_what_later_agents_obey_is_told(path: str) -> None:
    for base, head in (({}, {path: "a\n"}), ({path: "a\n"}, {path: "b\n"}), ({path: "a\n"}, {})):
        assert ("agent_instructions", path) in tells(base, head)


ATTRIBUTES = """
hidden_from_diff: *.js -diff
hidden_from_diff: *.js	-diff
hidden_from_diff: *.js binary
hidden_from_diff: *.js diff=none
hidden_from_diff: * linguist-generated
hidden_from_diff: * linguist-generated=true
hidden_from_diff: src/** linguist-vendored
hidden_from_diff: src/** gitlab-generated
hidden_from_diff: *.py -text
hidden_from_diff: [attr]quiet -diff
hidden_from_diff: "a b.py" -diff
attributes: * export-ignore
attributes: * export-subst
attributes: *.py filter=clean
attributes: *.py merge=ours
attributes: *.py -merge
attributes: *.py working-tree-encoding=UTF-7
attributes: *.py eol=crlf
attributes: *.py text eol=cr
hidden_from_diff: *.py ident
attributes: *.py conflict-marker-size=99
attributes: *.py !diff
attributes: *.py whitespace=-trailing-space
attributes: *.py -delta
"""


@pytest.mark.parametrize("row", ATTRIBUTES.strip("\n").splitlines())
@pytest.mark.parametrize("path", [".gitattributes", "sub/.gitattributes"])
def test_attributes_that_hide_or_change_files_are_told(path: str, row: str) -> None:
    kind, line = row.split(": ", 1)
    told = tells({path: "*.txt text\n"}, {path: f"*.txt text\n{line}\n"})
    assert told & {(kind, path), ("attributes", path)}
    assert {path for _, path in tells({}, {path: f"{line}\n"})} == {path}


GIT_LIKE = [
    ".git/config", ".GIT/config", ".Git/hooks/pre-commit", "sub/.git/config", "git~1/config",
    "GIT~1/HEAD", ".git\u200c/config", ".g\u200dit/config", ".git./config", ".git /config",
    ".git::$INDEX_ALLOCATION/config", ".git...  /x", "a\\.git\\config", ".\ufeffgit/HEAD", "a/.giT/x",
]  # fmt: skip


@pytest.mark.parametrize("path", GIT_LIKE)
def test_what_a_file_system_takes_for_git_s_own_folder_cannot_be_ticked(path: str) -> None:
    found = [one for one in findings([changed(path, None, "a\n")]) if not one.is_tickable]
    assert [one.path for one in found] == [path]


MODULES = [
    ".gitmodules",
    ".GITMODULES",
    ".gitmodules.",
    ".gitmodules ",
    "GITMOD~1",
    ".git\u200cmodules",
]


@pytest.mark.parametrize("path", MODULES)
def test_where_submodules_come_from_cannot_be_ticked(path: str) -> None:
    found = [one for one in findings([changed(path, None, "a\n")]) if not one.is_tickable]
    assert [one.kind for one in found] == ["submodule"]


NAMES = [
    "con.txt", "aux", "src/NUL.py", "a/com1.ts", "lpt9.py",  # devices of Windows
    "src/app.py.", "src/app.py ", "src /app.py", "src./app.py", " src/app.py",
    "src/app.py:x", "src\\app.py", "src/a\u00a0b.py", "src/a\nb.py", "src/a\x1b[2K.py",
    "src/\u202eyp.ppa", "src/\u0430pp.py", "src/a\u200bb.py", "~/a.py",
]  # fmt: skip


@pytest.mark.parametrize("path", NAMES, ids=ascii)
def test_a_name_that_is_not_what_it_seems_is_told(path: str) -> None:
    told = {one.kind for one in findings([changed(path, None, "a\n")])}
    assert told & {"invisible", "confusable", "odd_name"}


ODD = [
    "a b.py", "a\tb.py", 'a"b.py', "a'b.py", "-rf", "a/--b.py", "caf\u00e9.py", "\udcff\udcfe", "\u6587.py",
]  # fmt: skip


@pytest.mark.parametrize("path", ODD, ids=ascii)
def test_a_name_that_is_only_unusual_is_no_item(path: str) -> None:
    assert tells({}, {path: "a\n"}) == set()


@pytest.mark.parametrize("path", ["aux", "src/app.py.", "src\\app.py", "src/a\nb.py", "~/a.py"])
def test_an_odd_name_that_was_there_is_no_item_when_its_content_changes(path: str) -> None:
    assert tells({path: "a\n"}, {path: "b\n"}) == set()


@pytest.mark.parametrize(
    ("new", "there"),
    [
        ("src/App.py", "src/app.py"), ("SRC/app.py", "src/other.py"), ("src/\u0430pp.py", "src/app.py"),
        ("src/app\u2024py", "src/app.py"), ("caf\u0065\u0301.py", "caf\u00e9.py"),
        ("stra\u00dfe.py", "strasse.py"),
    ],
    ids=ascii,
)  # fmt: skip
def test_a_name_that_can_be_taken_for_another_is_told(new: str, there: str) -> None:
    told = tells({there: "a\n"}, {there: "a\n", new: "b\n"})
    assert {kind for kind, path in told if path == new} & {"confusable", "invisible"}


@pytest.mark.parametrize(
    "text",
    [
        "if admin\u202e:\n", "ad\u200bmin = 1\n", "x = 1\u2028y = 2\n", "x = 1\x0by = 2\n", "a\rb\n",
        "x = 1 #\u2066 ok\n", "x\u3164 = 1\n", "a = 1\x1b[8m\n", "x = 1" + " " * 200 + "; quit()\n",
        "x = 1" + "\t" * 130 + "; quit()\n", "\ufeffx = 1\ny\ufeff = 2\n", "x = 1 \x00\n", "\u0440ass = 1\n",
        "x = '\U000e0041\U000e0042'\n", "x = 'a\ufe01\ufe02\ufe03'\n", "x = 1\u0085y = 2\n", "a\x0cb = 1\n",
        "p\u0430ss\n", "a\u037e\n", "if x \u01c3= y:\n", "# \u2215 a \u2215\n", "x \uff1d 1\n", "a\u00adb\n",
    ],
    ids=ascii,
)  # fmt: skip
def test_letters_that_deceive_are_told(text: str) -> None:
    told = tells({"a.py": "a = 1\n"}, {"a.py": "a = 1\n" + text})
    assert {kind for kind, _ in told} & {"invisible", "confusable", "binary"}


MODES = [
    ("100644", "100755", "executable"), ("100755", "100644", "executable"), ("", "100755", "executable"),
    ("100644", "120000", "link"), ("120000", "100644", "link"), ("100644", "160000", "submodule"),
    ("160000", "100644", "submodule"), ("", "120000", "link"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind"), MODES)
def test_a_change_of_what_a_path_is_is_told(old: str, new: str, kind: str) -> None:
    file = changed("a", "b" if old else None, "../../x", old_mode=old or "000000", new_mode=new)
    assert kind in {one.kind for one in findings([file])}


@pytest.mark.parametrize(
    "content", [b"\x00\x01", b"GIF89a\x00", b"MZ\x90\x00", b"\xff\xfea\x00b\x00"]
)
def test_what_cannot_be_read_is_told(content: bytes) -> None:
    for old in (None, b"a\n", b"\x00"):
        assert "binary" in {one.kind for one in findings([changed("a.bin", old, content)])}


def test_a_nul_late_in_a_source_does_not_keep_it_from_being_read() -> None:
    late = b"a = 1\n" * 2000 + b"\x00\n"
    assert "invisible" in {one.kind for one in findings([changed("a.py", b"a = 1\n", late)])}


def test_files_that_a_change_makes_git_pass_over_are_told() -> None:
    """Linters leave out what .gitignore names, whether git knows the file or not."""
    base = {".gitignore": "*.pyc\n", "src/a.py": "a\n", "src/sub/b.py": "b\n"}
    for line in ("src/a.py", "/src/", "*.py", "sub", "src/**", "b.*", "*"):
        told = tells(base, {**base, ".gitignore": f"*.pyc\n{line}\n"})
        assert ("attributes", ".gitignore") in told, line
    for line in ("build/", "*.log", "# *.py", "!src/a.py", "/a.py", "", "node_modules"):
        assert tells(base, {**base, ".gitignore": f"*.pyc\n{line}\n"}) == set(), line
