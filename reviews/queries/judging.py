"""What a judge said of a round, for page and API: a model's opinion, not evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from reviews.errors import Refused
from reviews.models import DiffFile, Person, Round, Run
from reviews.queries.body import open_file
from reviews.queries.diff import page_of
from reviews.services.evidence import ASKED_BY, judge_runs, judge_spec, judge_word
from reviews.services.judge_again import may_ask
from reviews.services.next_step import mended
from reviews.states import RunKind, RunStatus

KIND_WORDS = {
    "out_of_scope": "Out of scope",
    "unmet": "Not done",
    "weakened_check": "Weakened check",
    "risky": "Risky",
    "other": "Note",
}
_OPENED = 20  # files looked into for a finding's line
_LINES = 3000  # changed lines of a file that is looked into
_VERDICTS = {RunStatus.PASSED: "pass", RunStatus.FAILED: "veto"}


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding. href: its place in the round's diff, or empty when the diff does not have it."""

    kind: str
    words: str
    text: str
    place: str
    href: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One other time that the judge was asked about the same commit. by: who asked again, or empty.

    verdict: as in Judging. is_later: after the word that stands, so it came to nothing or goes on.
    """

    run: Run
    by: str
    verdict: str
    is_later: bool


@dataclass(frozen=True, slots=True)
class Judging:
    """How the judge stands to a round. status: none (not asked), or that of its run.

    verdict: pass, veto, or empty while there is none. repaired: vetoes that went back to the agent.
    by: who asked again for this word. others: the other times it was asked about this commit,
    oldest first. may_ask: the asker may ask again now; why_not: a role is all that is missing.
    """

    mode: str
    status: str
    verdict: str
    summary: str
    reason: str
    findings: tuple[FindingView, ...]
    run: Run | None
    repaired: int
    by: str = ""
    others: tuple[Asked, ...] = ()
    may_ask: bool = False
    why_not: str = ""

    @property
    def is_blocking(self) -> bool:
        return self.mode == "blocking"


def judging_of(round_: Round, asker: Person | None = None) -> Judging | None:
    """The judge's word on the round's head; None when the repository asked for none.

    asker: who may ask again is told; of the newest round of its change only.
    """
    judged = judge_runs(round_)
    run, spec = judge_word(judged), judge_spec(round_)
    if run is None and not spec:
        return None
    mode = str((run.options if run else spec).get("mode") or "advisory")
    if run is None:
        return Judging(mode, "none", "", "", "", (), None, 0)
    refusal = may_ask(asker, round_, judged) if asker else Refused("Nobody asks.")
    return Judging(
        mode=mode, status=run.status, verdict=_verdict(run),
        summary=run.summary, reason=run.reason, findings=tuple(_findings(round_, run.findings)),
        run=run, repaired=_repaired(round_), by=_asker(run),
        others=tuple(
            Asked(one, _asker(one), _verdict(one), one.pk > run.pk) for one in judged if one != run
        ),
        may_ask=refusal is None,
        why_not=refusal.message if refusal and refusal.slug == "vetoed" else "",
    )  # fmt: skip


def _asker(run: Run) -> str:
    return str(run.options.get(ASKED_BY, ""))


def _verdict(run: Run) -> str:
    return _VERDICTS.get(RunStatus(run.status), "")


def judging_json(round_: Round) -> dict[str, Any] | None:
    """The same for the API, without links."""
    judged = judge_runs(round_)
    run, spec = judge_word(judged), judge_spec(round_)
    if run is None:
        nothing: dict[str, Any] = {
            "status": "none",
            "verdict": None,
            "summary": "",
            "findings": [],
            "run": None,
            "asked_again": [],
        }
        return {"mode": spec["mode"], **nothing} if spec else None
    return {
        "status": run.status, "mode": run.options.get("mode") or "advisory",
        "verdict": _verdict(run) or None, "summary": run.summary,
        "findings": list(run.findings), "run": run.pk,
        "asked_again": [one.pk for one in judged if _asker(one)],
    }  # fmt: skip


def _repaired(round_: Round) -> int:
    kinds = [RunKind.JUDGE, RunKind.AGENT]
    return mended(list(round_.runs.filter(kind__in=kinds).only("kind", "status").order_by("pk")))


def _findings(round_: Round, found: Iterable[Mapping[str, Any]]) -> Iterable[FindingView]:
    findings = list(found)
    files = _files(round_, findings)
    lines = {path: _lines(file) for path, file in list(files.items())[:_OPENED]}
    for each in findings:
        path, line = str(each["path"]), each["line"]
        href = ""
        if path in files:
            href = _href(round_, files[path], line if line in lines.get(path, ()) else None)
        yield FindingView(
            kind=each["kind"], words=KIND_WORDS.get(each["kind"], "Note"), text=each["text"],
            place=f"{path}:{line}" if line else path, href=href,
        )  # fmt: skip


def _files(round_: Round, findings: Iterable[Mapping[str, Any]]) -> dict[str, DiffFile]:
    """The round's files that findings name, by the name that people and the judge see."""
    named = {str(each["path"]) for each in findings if each["path"]}
    if not named:
        return {}
    rows = round_.files.filter(display__in=named).select_related("patch").order_by("index")
    return {file.display: file for file in rows}


def _lines(file: DiffFile) -> frozenset[int]:
    """Numbers of the new file's lines that the diff shows."""
    if file.is_binary or file.added + file.removed > _LINES:
        return frozenset()
    rows = (row for hunk in open_file(file).hunks for row in hunk.rows)
    return frozenset(row.new_line for row in rows if row.new_line)


def _href(round_: Round, file: DiffFile, line: int | None) -> str:
    page = f"?page={page_of(file)}" if page_of(file) > 1 else ""
    where = f"f{file.index}n{line}" if line else f"f{file.index}"
    return f"{reverse('diff', args=[round_.change_id, round_.number])}{page}#{where}"
