"""Names and letters that a reader takes for others, and files that stay out of sight."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed, kinds, only


@pytest.mark.parametrize(
    "word",
    ["\u0430dmin", "p\u0430ssword", "\u0440ath", "is_\u0430dmin", "sc\u03bfpe", "\uff41dmin"],
)
def test_a_word_that_mixes_alphabets_is_told(word: str) -> None:
    found = only("a.py", "x = 1\n", f"x = 1\n{word} = 2\n")
    assert (found.kind, found.line) == ("confusable", 2)
    assert "U+" in found.text


@pytest.mark.parametrize(
    "text",
    [
        "Привет, мир: сосна, роса и хор", "Δt = σx * µs + λ1", "naïve café Straße Ærø", "日本語のID",
        "שלום\u200f (x)", "Ελληνικά και πορτα", "名前name", "x²", "👩\u200d👩\u200d👧 ok",
        "नमस्\u200dते", "\u2714\ufe0f done, \u26a0\ufe0e, \u2764\ufe0f\u200d\U0001f525", "1\ufe0f\u20e3 first",
        "\u8fbb\ufe00", "\u1820\u180b", "a" + " " * 130 + "| a wide table",
    ],
)  # fmt: skip
def test_honest_writing_of_the_world_is_left_alone(text: str) -> None:
    assert kinds(changed("notes.md", "a\n", f"a\n{text}\n")) == []


@pytest.mark.parametrize(
    "letter",
    ["\u202e", "\u2066", "\u2069", "\u061c", "\u200e", "\u200f", "\u200b", "\u180e", "\u2028",
     "\U000e0100", "\x1b", "\x08", "\x7f", "\x9b", "\x85", "\ufe00", "\ufe0f", "\u2603\ufe0f\ufe0e",
     "\u034f", "\u17b4", "\u17b5", "\u180b", "\ufff9", "\ufffb", "\u2029"],
)  # fmt: skip
def test_letters_that_are_not_seen_are_told(letter: str) -> None:
    found = only("a.py", "x = 1\n", f"x = 1\ny = 'a{letter}b'\n")
    assert (found.kind, found.line) == ("invisible", 2)


def test_a_trojan_source_is_told_line_by_line() -> None:
    new = (
        'access_level = "user"\nif access_level != "none\u202e\u2066": # check if admin\u2069 \u2066\n'
        "    pass\n\u202a\u202b\u202d\u2067\u2068\u061c\u200e\u200f\n"
    )
    found = findings([changed("a.py", 'access = "user"\n', new)])
    assert [(one.kind, one.line) for one in found] == [("invisible", 2), ("invisible", 4)]


def test_joiners_are_told_inside_plain_words_only() -> None:
    assert kinds(changed("a.py", "", "pass\u200dword = 1\n")) == ["invisible"]
    assert kinds(changed("a.py", "", "soft\u00adhyphen = 1\n")) == ["invisible"]


def test_a_carriage_return_that_hides_the_rest_of_a_line_is_told() -> None:
    assert kinds(changed("a.py", b"x\n", b"x\ny = 2\rz = 3\n")) == ["invisible"]
    assert kinds(changed("a.bat", b"x\r\n", b"x\r\ny\r\n")) == []


def test_a_name_that_looks_like_another_files_is_told() -> None:
    new = changed("app/\u0430uth.py", None, "a=2\n")
    told = {one.text for one in findings([new], tree=["app/auth.py", "app/\u0430uth.py"])}
    assert "Looks like app/auth.py, which is another file." in told
    assert kinds(new) == ["confusable"]
    whole = changed("\u0441\u043e\u0440\u0435.py", None, "a\n")
    assert kinds(whole) == []
    told = {one.text for one in findings([whole], tree=["cope.py"])}
    assert told == {"Looks like cope.py, which is another file."}


def test_a_name_that_differs_only_in_case_is_told() -> None:
    new = changed("docs/readme.md", None, "evil\n")
    (found,) = findings([new], tree=["docs/README.md", "docs/readme.md", "src/a.py"])
    assert (found.kind, found.text) == (
        "confusable", "Differs from docs/README.md only in capital letters.",
    )  # fmt: skip
    renamed = changed("docs/readme.md", "a\n", "a\n", old_path="docs/README.md")
    assert findings([renamed], tree=["docs/readme.md"]) == []
    old = changed("docs/readme.md", "a\n", "b\n")
    assert findings([old], tree=["docs/readme.md", "docs/README.md"]) == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("*.py linguist-generated=true", "hidden_from_diff"),
        ("lib/** linguist-vendored", "hidden_from_diff"),
        ("*.py ident", "hidden_from_diff"),
        ("*.py text eol=crlf", "attributes"),
        ("*.py working-tree-encoding=UTF-16", "attributes"),
    ],
)
def test_attributes_that_hide_or_change_files_are_told(line: str, kind: str) -> None:
    assert kinds(changed(".gitattributes", "* text=auto\n", f"* text=auto\n{line}\n")) == [kind]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("*.py linguist-generated=yes", "hidden_from_diff"),
        ("*.py linguist-generated=1", "hidden_from_diff"),
        ("*.py linguist-vendored=true", "hidden_from_diff"),
        ("*.py gitlab-generated", "hidden_from_diff"),
        ("tests/** export-ignore", "attributes"),
    ],
)
def test_attributes_of_every_spelling_are_told(line: str, kind: str) -> None:
    for name in (
        ".gitattributes",
        ".GitAttributes",
        "gitatt~1",
        ".gitattributes. ",
        ".git\u200cattributes",
    ):
        assert kind in kinds(changed(name, None, f"{line}\n"))
    assert kinds(changed(".gitattributes", "", "*.py linguist-generated=false\n")) == []
    assert kinds(changed("gitattributes.py", None, f"{line}\n")) == []


@pytest.mark.parametrize(
    "name", [".GITMODULES", ".gitmodules.", "GITMOD~1", "gi7eba~1", ".git\u200dmodules", ".gitmodules::$DATA"]
)  # fmt: skip
def test_names_that_file_systems_take_for_gitmodules_are_told(name: str) -> None:
    (found,) = (
        f for f in findings([changed(name, None, "url = -u./x\n")]) if f.kind == "submodule"
    )
    assert (found.is_tickable, ".gitmodules" in found.text) == (False, True)
    assert kinds(changed("gitmodules.py", None, "a\n")) == []


@pytest.mark.parametrize(
    "letter", ["\u200c", "\u200d", "\u00ad", "\ufe0f", "\u180b", "\ufeff", "\u034f"]
)
def test_nothing_unseen_is_honest_in_a_name(letter: str) -> None:
    assert "invisible" in kinds(changed(f"\u2603{letter}\u2603/a.py", "a\n", "b\n"))


def test_code_beyond_the_edge_of_the_window_is_told() -> None:
    for gap in (" " * 130, "\t" * 120, "\u00a0" * 120, "\u3000" * 125):
        found = findings([changed("a.py", "x\n", f"x\ny = 1;{gap}z()\n")])
        assert ("invisible", 2) in [(one.kind, one.line) for one in found]
    assert kinds(changed("a.py", "x\n", f"x\ny = 1{' ' * 130}\n{' ' * 119}z\n")) == []


@pytest.mark.parametrize(
    ("path", "target", "told"),
    [
        ("sub/link", "../.git/config", "into .git"), ("link", "x/.GIT/hooks", "into .git"),
        ("src/app", "../tests", "to tests"), ("src/a.py", "test_a.py", "to tests"),
        ("tests/link", "data/test_a.py", ""), ("src/link", "a.py", ""), ("docs/l", "../latest", ""),
    ],
)  # fmt: skip
def test_links_to_git_s_files_and_to_tests_are_told(path: str, target: str, told: str) -> None:
    found = findings([changed(path, None, target, new_mode="120000")])
    assert [one.text for one in found] == ([f"Symbolic link that leads {told}."] if told else [])


def test_permissions_and_types_are_told() -> None:
    modes = {"old_mode": "100755", "new_mode": "100644"}
    assert kinds(changed("a.sh", "a", "a", **modes)) == ["executable"]
    modes = {"old_mode": "100644", "new_mode": "120000"}
    assert kinds(changed("a.txt", "a", "b.txt", **modes)) == ["link"]
    assert kinds(changed("sub/.gitmodules", None, "url = -u./payload\n")) == ["submodule"]
