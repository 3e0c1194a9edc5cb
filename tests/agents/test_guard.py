"""The guard finds what weakens checks or hides something, and leaves honest changes alone."""

from __future__ import annotations

import time

import pytest

from agents.verifiers.guard import MOST, Finding, findings
from tests.agents.guard_changes import changed, kinds


def sources(one: str, two: str, skipped: str, emptied: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Of a test file: both tests, one removed, one skipped, one that checks nothing."""
    pairs = (one + two, one, one + skipped, one + emptied)
    return pairs[0].encode(), pairs[1].encode(), pairs[2].encode(), pairs[3].encode()


TESTS = {
    "tests/test_a.py": sources(
        "import pytest\n\ndef test_a():\n    assert f() == 1\n\n",
        "def test_b():\n    assert f() == 2\n",
        "@pytest.mark.skip\ndef test_b():\n    assert f() == 2\n",
        "def test_b():\n    f()\n",
    ),
    "a.test.ts": sources(
        "it('a', () => {\n  expect(f()).toBe(1);\n});\n",
        "it('b', () => {\n  expect(f()).toBe(2);\n});\n",
        "it.skip('b', () => {\n  expect(2);\n});\n",
        "it('b', () => {\n  f();\n});\n",
    ),
    "a_test.go": sources(
        'func TestA(t *testing.T) {\n\tt.Fatal("1")\n}\n',
        "func TestB(t *testing.T) {\n\tt.Error(2)\n}\n",
        "func TestB(t *testing.T) {\n\tt.Skip()\n\tt.Error(2)\n}\n",
        "func TestB(t *testing.T) {\n\tf()\n}\n",
    ),
    "src/lib.rs": sources(
        "#[test]\nfn a() {\n assert!(f());\n}\n",
        "#[test]\nfn b() {\n assert_eq!(f(), 2);\n}\n",
        "#[test]\n#[ignore]\nfn b() {\n assert_eq!(f(), 2);\n}\n",
        "#[test]\nfn b() {\n f();\n}\n",
    ),
    "ATest.java": sources(
        "@Test\npublic void a() { assertEquals(1, f()); }\n",
        "@Test\nvoid b() { assertTrue(f() == 2); }\n",
        "@Disabled\n@Test\nvoid b() { assertTrue(f()); }\n",
        "@Test\nvoid b() { f(); }\n",
    ),
}


@pytest.mark.parametrize("path", TESTS)
def test_removed_skipped_and_emptied_tests_are_found(path: str) -> None:
    before, removed, skipped, emptied = TESTS[path]
    assert kinds(changed(path, before, None)) == ["test_deleted"]
    assert kinds(changed(path, before, removed)) == ["tests_removed"]
    assert kinds(changed(path, before, skipped)) == ["test_skipped"]
    assert kinds(changed(path, before, emptied)) == ["test_emptied"]


@pytest.mark.parametrize("path", TESTS)
def test_added_tests_are_left_alone_and_changed_ones_are_one_calm_item(path: str) -> None:
    before, fewer, _, _ = TESTS[path]
    assert kinds(changed(path, None, before)) == []
    assert kinds(changed(path, fewer, before)) == []
    assert kinds(changed(path, before, before.replace(b"2", b"3"))) == ["test_changed"]


def test_the_facts_say_how_many_and_where() -> None:
    before, removed, skipped, _ = TESTS["tests/test_a.py"]
    (found,) = findings([changed("tests/test_a.py", before, removed)])
    assert found.text == "Tests: 2 before, 1 after; gone: test_b."
    assert found.is_tickable
    (found,) = findings([changed("tests/test_a.py", before, skipped)])
    assert (found.path, found.line) == ("tests/test_a.py", 7)


def test_tests_that_moved_to_another_file_are_a_changed_file_and_not_removed() -> None:
    before, removed, _, _ = TESTS["tests/test_a.py"]
    moved = before.removeprefix(removed)
    files = [changed("tests/test_a.py", before, removed), changed("tests/test_b.py", None, moved)]
    assert kinds(*files) == ["test_changed"]


def test_a_renamed_test_file_is_moved_and_not_deleted() -> None:
    before = TESTS["tests/test_a.py"][0]
    assert kinds(changed("tests/test_z.py", before, before, old_path="tests/test_a.py")) == [
        "test_moved"
    ]


def test_a_whole_file_or_class_skipped_is_found() -> None:
    before = TESTS["tests/test_a.py"][0]
    marked = b"import pytest\npytestmark = pytest.mark.skip('x')\n" + before
    assert kinds(changed("tests/test_a.py", before, marked)) == ["test_skipped"] * 2


def test_an_assertion_of_a_constant_checks_nothing() -> None:
    before = b"def test_a():\n    assert f() == 1\n"
    assert kinds(changed("test_a.py", before, b"def test_a():\n    assert True\n")) == [
        "test_emptied"
    ]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (".honk.toml", "policy"),
        (".github/workflows/ci.yml", "ci"),
        (".gitlab-ci.yml", "ci"),
        (".ci/run", "ci"),
        ("AGENTS.md", "agent_instructions"),
        ("docs/CLAUDE.md", "agent_instructions"),
        (".claude/settings.json", "agent_instructions"),
        ("sub/.cursor/rules/a.mdc", "agent_instructions"),
        ("conftest.py", "checks"),
        ("src/sitecustomize.py", "checks"),
        ("lib/evil.pth", "checks"),
        ("jest.config.js", "checks"),
    ],
)
def test_files_that_steer_checks_and_agents_are_told(path: str, kind: str) -> None:
    assert kinds(changed(path, b"a\n", b"b\n")) == [kind]
    assert kinds(changed(path, b"a\n", None)) == [kind]
    assert kinds(changed("moved.txt", b"a\n", b"a\n", old_path=path)) == [kind]


@pytest.mark.parametrize(
    "path", ["src/ci.py", "honk.toml", "docs/agents.txt", "a/config.js", "pth"]
)
def test_other_files_are_not(path: str) -> None:
    assert kinds(changed(path, b"a\n", b"b\n")) == []


def test_modes_and_submodules() -> None:
    assert kinds(changed("a.sh", b"a", b"a", new_mode="100755")) == ["executable"]
    assert kinds(changed("a.sh", None, b"a", new_mode="100755")) == ["executable"]
    assert kinds(changed("a.sh", b"a", b"b", old_mode="100755", new_mode="100755")) == []
    (added,) = findings([changed("lib", None, None, new_mode="160000")])
    assert (added.kind, added.is_tickable, added.text) == ("submodule", False, "Submodule added.")
    (moved,) = findings([changed("lib", None, None, old_mode="160000", new_mode="160000")])
    assert (moved.kind, moved.is_tickable) == ("submodule", False)


def test_where_submodules_come_from_is_not_changed_by_an_agent() -> None:
    (found,) = findings([changed(".gitmodules", None, b"url = ext::sh -c id\n")])
    assert (found.kind, found.is_tickable) == ("submodule", False)
    assert kinds(changed(".gitmodules", b"url = x\n", None)) == []


def test_a_conflict_that_nobody_resolved_is_told() -> None:
    left = b"a\n<<<<<<< 1f\nb\n=======\nc\n>>>>>>> 2e\n"
    assert findings([changed("f.txt", b"a\nb\n", left)]) == [
        Finding(
            "conflict",
            "Holds git's conflict markers: both sides of a merge stand here, unresolved.",
            "f.txt",
            2,
        )
    ]
    assert kinds(changed("f.md", b"", b"Title\n=======\n<<<<<<< is how one begins\n")) == []
    assert kinds(changed("f.txt", left, left + b"d\n")) == []


def test_what_was_too_large_to_look_at_is_told() -> None:
    assert kinds(changed("big.bin", None, None, new_mode="100644")) == ["unread"]
    assert kinds(changed("a.py", None, b"x\n", old_mode="100644")) == ["unread"]


def test_many_findings_do_not_hide_one_that_cannot_be_ticked() -> None:
    noise = [changed(f"{n:03}/AGENTS.md", None, b"x\n") for n in range(MOST + 50)]
    found = findings([*noise, changed("lib", None, None, new_mode="160000")])
    assert len(found) == MOST
    assert [one.kind for one in found if not one.is_tickable] == ["submodule"]


@pytest.mark.parametrize(
    ("target", "found"),
    [(b"/etc/passwd", ["link"]), (b"../../x", ["link"]), (b"../a.py", []), (b"b/c", [])],
)
def test_links_that_lead_out(target: bytes, found: list[str]) -> None:
    assert kinds(changed("sub/link", None, target, new_mode="120000")) == found


SECRETS = {
    "aws": b"key = 'AKIA" + b"ABCDEFGHIJKLMNOP'",
    "github": b"ghp_" + b"a1B2" * 9,
    "private key": b"-----BEGIN RSA " + b"PRIVATE KEY-----",
    "anthropic": b"sk-ant-api03-" + b"aB3_" * 20,
    "google": b"AIza" + b"aB3-_" * 7,
}


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_cannot_be_ticked_and_are_not_repeated(name: str) -> None:
    (found,) = findings([changed("a.py", b"x\n", b"x\n" + SECRETS[name] + b"\n")])
    assert (found.kind, found.line, found.is_tickable) == ("secret", 2, False)
    assert SECRETS[name].decode() not in found.text


def test_a_secret_that_was_there_and_an_example_are_left_alone() -> None:
    line = SECRETS["github"]
    assert kinds(changed("a.py", line, b"x\n" + line)) == []
    assert kinds(changed("a.py", None, b"AKIA" + b"IOSFODNN7EXAMPLE")) == []


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\u200b", "\u2060", "\U000e0041", "\u3164"])
def test_invisible_and_direction_characters_are_found(letter: str) -> None:
    (found,) = findings([changed("a.py", b"x\n", f"x\ny = 'a{letter}b'\n".encode())])
    assert (found.kind, found.line) == ("invisible", 2)
    assert f"U+{ord(letter):04X}" in found.text
    assert kinds(changed(f"a{letter}.py", b"x\n", b"y\n")) == ["invisible"]


def test_ordinary_writing_of_the_world_is_left_alone() -> None:
    text = "\ufeffgrüße, שלום, नमस्ते, 日本語, 👩‍👩‍👧, café\n".encode()
    assert kinds(changed("a.txt", b"", text)) == []


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"*.py -diff", "hidden_from_diff"),
        (b"src/* binary", "hidden_from_diff"),
        (b"*.py diff=x", "hidden_from_diff"),
        (b"* linguist-generated", "hidden_from_diff"),
        (b"* filter=x", "attributes"),
        (b"* merge=ours", "attributes"),
    ],
)
def test_attributes_that_hide_or_run_something(line: bytes, kind: str) -> None:
    assert kinds(changed("sub/.gitattributes", b"* text=auto\n", b"* text=auto\n" + line)) == [kind]
    assert kinds(changed(".gitattributes", line, b"* text=auto\n")) == []


def test_binaries() -> None:
    (found,) = findings([changed("a.png", None, b"\x89PNG\0\0")])
    assert (found.kind, "added" in found.text, "6 bytes" in found.text) == ("binary", True, True)
    assert kinds(changed("a.py", b"x", b"x\0")) == ["binary"]
    assert kinds(changed("a.png", b"\0", None)) == []


def test_too_large_or_missing_sides_are_no_fault() -> None:
    both = changed("test_a.py", None, None, old_mode="100644", new_mode="100644")
    assert kinds(both) == ["unread"]


def test_hostile_sources_are_read_in_time_and_findings_are_bounded() -> None:
    began = time.monotonic()
    files = [
        changed("test_a.py", b"def test_a(): assert 1\n", b"(" * 100_000),
        changed("test_b.py", b"def test_b(): assert f()\n", b"x = '\\d'\n" + b"-" * 200_000),
        changed("a_test.rs", b"", b"#[test]" + b" \n#[a]" * 50_000),
        changed("a.test.js", b"", b"it('a" * 50_000),
        changed("ATest.java", b"", b"@Test " * 50_000),
        changed("s.txt", b"", b"sk-ant-a-" * 50_000),
    ]
    findings(files)
    assert time.monotonic() - began < 20
    many = [changed(f"{n}.bin", None, b"\0") for n in range(1000)]
    assert len(findings(many)) == MOST
    assert findings(many)[-1].kind == "more"


def test_the_same_change_gives_the_same_findings() -> None:
    files = [changed(path, old, None) for path, (old, *_) in TESTS.items()]
    assert findings(files) == findings(files)
    assert all(isinstance(found, Finding) for found in findings(files))


def test_a_file_that_a_verifier_names_is_part_of_the_check() -> None:
    files = [changed("check.sh", b"exit 1\n", b"exit 0\n"), changed("tools/c.py", b"a", b"b")]
    named = [("sh", "-c", "cd . && ./check.sh"), ("python3", "-m", "tools.c")]
    found = [(f.kind, f.path) for f in findings(files, named)]
    assert found == [("checks", "check.sh"), ("checks", "tools/c.py")]
    assert findings(files, [("pytest",)]) == []
    made = changed("Makefile", b"a", b"b")
    assert [f.kind for f in findings([made], [("make", "test")])] == ["checks"]
    assert [f.kind for f in findings([made])] == ["build"]
