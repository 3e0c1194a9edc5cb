"""Why git did not apply a patch, as a sentence that names file and line instead of git's jargon."""

from __future__ import annotations

import re

from agents.repo.reading import display_path
from agents.text import decode

_AGAIN = "Make it against the branch as it is now, then give it again."
_MADE_WRONG = "Make the patch again with the tool that wrote it."
_TOLD: tuple[tuple[str, str, str], ...] = (
    (r"patch failed: (.+):0", "{0} is not empty there, as it expects", _AGAIN),
    (r"patch failed: (.+):(\d+)", "{0} has other lines at line {1} than it expects", _AGAIN),
    (r"(.+): does not exist in index", "{0} is not there to be changed", _AGAIN),
    (r"(.+): already exists in index", "{0} is there already", _AGAIN),
    (r"(.+): wrong type", "{0} is of another kind there (file, link or submodule)", _AGAIN),
    (
        r"affected file '(.+)' is beyond a symbolic link",
        "{0} lies behind a symbolic link", "Name the file that the link leads to.",
    ),
    (r"invalid path '(.+)'", "no tree may hold a file named {0}", "Leave that file out."),
    (
        r"the patch applies to (?:an empty )?'(.+?)' (?:\([0-9a-f]+\), which does not|but) .*",
        "{0} is binary and not the file there that it was made on", _AGAIN,
    ),
    (
        r"binary patch (?:does not apply to|to) '(.+?)'.*",
        "the binary content of {0} does not fit the file there", _AGAIN,
    ),
    (r"new file (.+) depends on old contents", "it creates {0} out of other lines", _MADE_WRONG),
    (r"(?:deleted file )?(.+) still has contents", "it deletes {0} and not all its lines", _AGAIN),
    (r"removal patch leaves file contents", "it deletes a file and not all its lines", _AGAIN),
    (r"corrupt (?:binary )?patch at .*", "a part of it is damaged", _MADE_WRONG),
)  # fmt: skip


def misfit(stderr: bytes) -> str:
    """The first thing that did not fit and how many other files do not; git's words only if new."""
    words = [line.removeprefix("error: ") for line in decode(stderr[:64_000]).splitlines()]
    told = [sentence for word in words if (sentence := _sentence(word))]
    if not told:
        said = display_path(" ".join(words[:1] or ["nothing"]).encode())
        return (
            f"The patch does not apply, for a reason that only git's words tell: {said}. {_AGAIN}"
        )
    first, advice = told[0]
    others = len({sentence for sentence, _ in told[1:]} - {first})
    more = f" (and {others} more places do not fit)" if others > 1 else ""
    more = " (and one more place does not fit)" if others == 1 else more
    return f"The patch does not apply: {first}{more}. {advice}"


def _sentence(word: str) -> tuple[str, str] | None:
    for form, sentence, advice in _TOLD:
        if found := re.fullmatch(form, word):
            names = [display_path(name.encode()) for name in found.groups()]
            return sentence.format(*names), advice
    return None
