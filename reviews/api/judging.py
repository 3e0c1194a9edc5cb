"""Asking the judge again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from reviews.api.auth import actor, change_of
from reviews.api.errors import with_fresh_state
from reviews.api.parsing import Body, Positive
from reviews.api.shapes import ErrorOut, RunOut, run_json
from reviews.services import judge_again

router = Router(tags=["verbs"])
FAILS = dict.fromkeys([400, 401, 403, 404, 409, 422], ErrorOut)


class AskJudge(Body):
    """round: the one that was seen; it must be the newest."""

    round: Positive


@router.post("/changes/{int:number}/judge", response={202: RunOut, **FAILS})
def ask_judge(request: HttpRequest, number: int, payload: AskJudge) -> Status[dict[str, Any]]:
    """Ask the judge once more about the newest round: 202 with the run that asks it.

    409 while it is being asked already; 422 where no judge is set or it was never its turn.
    """
    change = change_of(request, number)
    with with_fresh_state(change):
        return Status(202, run_json(judge_again.ask_again(actor(request), change, payload.round)))
