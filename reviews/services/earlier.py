"""The rounds of a change before one, as its agent is told them when it does not remember them."""

from __future__ import annotations

from agents.prompt_earlier import EarlierRound, earlier
from reviews.models import Message, Round, Run, Verdict
from reviews.services import brief
from reviews.states import REASON_WORDS, RunKind, RunStatus, VerdictKind

_VERDICTS = {
    VerdictKind.APPROVE: "approved",
    VerdictKind.REJECT: "rejected",
    VerdictKind.REPROMPT: "sent back",
}


def told(round_: Round) -> str:
    """The section of a prompt; empty for a first round."""
    before = round_.change.rounds.filter(number__lt=round_.number).order_by("number")
    return earlier(tuple(_part(each) for each in before))


def _part(round_: Round) -> EarlierRound:
    comments = [(each.author.name, each.body) for each in brief.comments_of(round_)]
    sent = Message.objects.filter(delivered_to__round=round_).select_related("author")
    messages = [(each.author.name, each.text) for each in sent.order_by("pk")]
    verdict = (
        round_.verdicts.filter(withdrawn_at__isnull=True)
        .select_related("person")
        .order_by("pk")
        .last()
    )
    last = round_.runs.filter(kind=RunKind.AGENT).order_by("pk").last()
    ended, because = _verdict(verdict) if verdict else _ending(last)
    return EarlierRound(
        number=round_.number,
        asked=round_.message,
        said=(*comments, *messages),
        summary=round_.summary or (last.summary if last else ""),
        ended=ended,
        because=because,
    )


def _verdict(verdict: Verdict) -> tuple[str, str]:
    """A sentence and the person's words; those of a re-prompt are what the next round was asked."""
    what = _VERDICTS.get(VerdictKind(verdict.verdict))
    if what is None:
        return "", ""
    why = ", ".join(REASON_WORDS.get(code, "Other").lower() for code in verdict.reasons)
    name = " ".join(verdict.person.name.replace("`", "'").split())
    sentence = f"It was {what} by {name}{f' ({why})' if why else ''}."
    return sentence, "" if verdict.verdict == VerdictKind.REPROMPT else verdict.message


def _ending(run: Run | None) -> tuple[str, str]:
    """How a round ended that nobody judged, where its agent did not come to an end, and why."""
    if run is None or run.status == RunStatus.PASSED:
        return "", ""
    return f"It did not come to review ({run.status.replace('_', ' ')}):", run.reason
