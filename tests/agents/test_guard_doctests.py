"""Examples of doctest: told when they go, are skipped, or expect another output; not when added."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from tests.agents.guard_changes import changed, kinds

PAGE = """# App

```pycon
>>> add(1, 2)
3
>>> for each in (1, 2):
...     add(each, 1)
2
3
```

Words that tell.
"""
INDENTED = PAGE.replace("```pycon\n", "").replace("```\n", "").replace("# App", "App")
CODE = f'''def add(a, b):
    """Both.
{INDENTED.replace(chr(10), chr(10) + "    ")}
    """
    return a + b
'''
PLACES = {"README.md": PAGE, "docs/guide.rst": INDENTED, "docs/guide.txt": INDENTED, "app.py": CODE}
WEAKER = {
    "gone": ((">>> add(1, 2)\n", "add(1, 2)\n"), "checks_dropped"),
    "no longer asked": ((">>> add", ">> add"), "checks_dropped"),
    "one of two": ((">>> for", "... for"), "checks_dropped"),
    "skipped": (("add(1, 2)\n", "add(1, 2)  # doctest: +SKIP\n"), "test_skipped"),
    "skipped in a loop": ((", 2):\n", ", 2):  # doctest:+SKIP\n"), "test_skipped"),
    "compared otherwise": (
        ("add(1, 2)\n", "add(1, 2)  # doctest: +ELLIPSIS\n"), "expectation_changed"),
    "another output": (("3\n", "-1\n"), "expectation_changed"),
    "another output of a loop": (("2\n", "0\n"), "expectation_changed"),
}  # fmt: skip
QUIET = {
    "other words": ("Words that tell.", "Other words."),
    "an example more": (">>> add(1, 2)\n", ">>> add(0, 0)\n0\n>>> add(1, 2)\n"),
    "a blank line": (">>> for", "\n>>> for"),
    "another place": ("Words that tell.", "Words.\n\n>>> add(1, 1)\n2\n"),
}


def edited(path: str, old: str, new: str) -> str:
    """The place with the first of it replaced, indented alike."""
    text = PLACES[path]
    margin = "    " if path.endswith(".py") else ""
    assert old in text or path.endswith(".py")
    found = text.replace(old, new.replace("\n", f"\n{margin}").removesuffix(margin), 1)
    assert found != text
    return found


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("how", WEAKER)
def test_an_example_that_demands_less_is_told(how: str, path: str) -> None:
    (old, new), kind = WEAKER[how]
    found = edited(path, old, new)
    assert kind in kinds(changed(path, PLACES[path], found))


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("how", QUIET)
def test_words_and_more_examples_are_not_told(how: str, path: str) -> None:
    assert kinds(changed(path, PLACES[path], edited(path, *QUIET[how]))) == []


def test_code_below_a_docstring_is_no_expected_output() -> None:
    assert kinds(changed("app.py", CODE, CODE.replace("a + b", "b + a"))) == []


def test_examples_that_moved_to_another_page_are_not_gone() -> None:
    both = [changed("README.md", PAGE, "# App\n"), changed("docs/use.md", None, PAGE)]
    assert kinds(*both) == []
    assert kinds(both[0]) == ["checks_dropped"]
    assert kinds(changed("docs/use.md", PAGE, None)) == ["checks_dropped"]


def test_the_sentence_says_how_many_there_were() -> None:
    (found,) = findings([changed("README.md", PAGE, "# App\n")])
    assert found.text.startswith("Examples of doctest: 2 before, 0 after; gone: `add(1, 2)`, ")
