"""What a judge says: the form it is asked to answer in, and the strict reading of its answer.

Whatever is not exactly a judgement is no judgement: an unknown verdict, a key too many or twice, a
second object. Nothing of that is ever read as "pass".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from agents.job import Usage
from agents.text import clean, cut

Verdict = Literal["pass", "veto"]
FindingKind = Literal["out_of_scope", "unmet", "weakened_check", "risky", "other"]
MAX_FINDINGS = 50
_SUMMARY, _TEXT, _PATH = 2000, 1000, 1000  # characters
_MAX_LINE = 10**7
_KEYS, _FINDING_KEYS = {"verdict", "summary", "findings"}, {"kind", "text", "path", "line"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the judge found. path: as the question named the file, or empty; line: 1-based in
    the new file, or None."""

    kind: FindingKind
    text: str
    path: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """A model's opinion of a change; usage: of all its tries, cost None when it is unknown."""

    verdict: Verdict
    summary: str
    findings: tuple[Finding, ...] = ()
    usage: Usage = field(default_factory=Usage)


class NotAJudgement(Exception):
    """The answer cannot be read as a judgement; the message says what is wrong with it."""


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMA: dict[str, Any] = _object(
    {
        "verdict": {"type": "string", "enum": list(get_args(Verdict))},
        "summary": {"type": "string"},
        "findings": {
            "type": "array",
            "items": _object(
                {
                    "kind": {"type": "string", "enum": list(get_args(FindingKind))},
                    "text": {"type": "string"},
                    "path": {"type": "string"},
                    "line": {"type": "integer"},
                }
            ),
        },
    }
)


def read_judgement(text: str) -> Judgement:
    """The judgement that `text` is, all of it; raises NotAJudgement."""
    try:
        said = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise NotAJudgement("it is not the JSON that was asked for") from None
    found = _checked(said, _KEYS)
    verdict, summary, findings = found["verdict"], found["summary"], found["findings"]
    if verdict not in get_args(Verdict):
        raise NotAJudgement("its verdict is neither pass nor veto")
    if not isinstance(summary, str) or not summary.strip():
        raise NotAJudgement("it has no summary")
    if not isinstance(findings, list) or len(findings) > MAX_FINDINGS:
        raise NotAJudgement(f"its findings are no list of at most {MAX_FINDINGS}")
    return Judgement(
        cast(Verdict, verdict),
        cut(clean(summary.strip()), _SUMMARY),
        tuple(_finding(each) for each in findings),
    )


def _finding(said: object) -> Finding:
    found = _checked(said, _FINDING_KEYS)
    kind, text, path, line = (found[key] for key in ("kind", "text", "path", "line"))
    if kind not in get_args(FindingKind):
        raise NotAJudgement("a finding is of no known kind")
    if not isinstance(text, str) or not text.strip() or not isinstance(path, str):
        raise NotAJudgement("a finding has no text")
    if not isinstance(line, int) or isinstance(line, bool):
        raise NotAJudgement("a finding's line is not a number")
    has_line = bool(path) and 0 < line <= _MAX_LINE
    return Finding(
        cast(FindingKind, kind),
        cut(clean(text.strip()), _TEXT),
        clean(path)[:_PATH],
        line if has_line else None,
    )


def _checked(said: object, keys: set[str]) -> dict[str, Any]:
    if not isinstance(said, dict) or set(said) != keys:
        raise NotAJudgement(f"it does not have exactly {', '.join(sorted(keys))}")
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys come once: of two verdicts neither is taken."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key comes twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)
