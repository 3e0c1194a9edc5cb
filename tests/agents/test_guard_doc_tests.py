"""Examples in the documentation of Rust, which cargo runs as tests."""

from __future__ import annotations

import pytest

from tests.agents.guard_trees import tells

DOC = "    /// Adds.\n    /// ```\n    /// assert_eq!(a::add(1, 2), 3);\n    /// ```\n    pub fn add() {}\n"
DOC_EDITS = {
    "ignored": ("/// ```\n    /// assert", "/// ```ignore\n    /// assert", "tests_removed"),
    "not run": ("/// ```\n    /// assert", "/// ```no_run\n    /// assert", "tests_removed"),
    "a text": ("/// ```\n    /// assert", "/// ```text\n    /// assert", "tests_removed"),
    "gone": (
        "    /// ```\n    /// assert_eq!(a::add(1, 2), 3);\n    /// ```\n",
        "",
        "tests_removed",
    ),
    "no assertion": ("assert_eq!(a::add(1, 2), 3)", "a::add(1, 2)", "checks_dropped"),
}


@pytest.mark.parametrize("name", DOC_EDITS)
def test_an_example_in_the_documentation_of_rust_that_was_softened_is_told(name: str) -> None:
    old, new, kind = DOC_EDITS[name]
    for text in (DOC, DOC.replace("///", "//!")):
        edited = text.replace(old.replace("///", text[4:7]), new.replace("///", text[4:7]))
        assert tells({"src/a.rs": text}, {"src/a.rs": edited}) == {(kind, "src/a.rs")}


def test_examples_that_grow_or_go_with_what_they_show_are_no_items() -> None:
    for text in (
        "",
        DOC + DOC.replace("add", "less"),
        DOC.replace("3", "4"),
        DOC.replace("```\n    /// a", "```rust\n    /// a"),
    ):
        assert tells({"src/a.rs": DOC}, {"src/a.rs": text}) == set()
