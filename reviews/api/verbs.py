"""What a person does to a change: judge, cancel, retry."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field

from reviews.api.auth import actor, change_of
from reviews.api.errors import with_fresh_state
from reviews.api.parsing import Body, Id, Positive, Text
from reviews.api.shapes import ChangeOut, ErrorOut, change_json
from reviews.models import Change
from reviews.services import judge, steer
from reviews.services.permissions import Actor
from reviews.states import VerdictKind

router = Router(tags=["verbs"])
FAILS = dict.fromkeys([400, 401, 403, 404, 409, 422], ErrorOut)
AT = "/changes/{int:number}"


class NewVerdict(Body):
    """A judgement on exactly this head. `reason` may stand for `reasons` with one."""

    verdict: VerdictKind
    round: Positive
    head: Text = ""
    reasons: list[Text] = []
    reason: Text = ""
    acknowledged: Annotated[list[Id], Field(max_length=5000)] = []
    message: Text = ""
    override: Text = ""
    runner: Text = ""

    def seen(self) -> judge.Seen:
        """As the service takes it."""
        reasons = [*self.reasons, self.reason] if self.reason else self.reasons
        return judge.Seen(
            self.round, self.head, message=self.message, reasons=reasons,
            acknowledged=self.acknowledged, override=self.override, device="API",
        )  # fmt: skip


@router.post(f"{AT}/verdict", response={200: ChangeOut, 202: ChangeOut, **FAILS})
def verdict(request: HttpRequest, number: int, payload: NewVerdict) -> Status[dict[str, Any]]:
    """Approve (202, or 200 when the same approval stood already), reject, reprompt or withdraw."""
    change = change_of(request, number)
    with with_fresh_state(change):
        code = _judge(actor(request), change, payload)
    change = Change.objects.select_related("repository").get(pk=number)
    return Status(code, change_json(change))


def _judge(who: Actor, change: Change, payload: NewVerdict) -> int:
    seen = payload.seen()
    match payload.verdict:
        case VerdictKind.APPROVE:
            return 202 if judge.approve(who, change, seen).is_new else 200
        case VerdictKind.REJECT:
            judge.reject(who, change, seen)
        case VerdictKind.REPROMPT:
            judge.reprompt(who, change, seen, runner=payload.runner)
        case VerdictKind.WITHDRAW:
            judge.withdraw(who, change, seen)
    return 200


@router.post(f"{AT}/cancel", response={200: ChangeOut, **FAILS})
def cancel(request: HttpRequest, number: int) -> dict[str, Any]:
    """End a change; what was made is kept. Cancelling twice is no error."""
    change = change_of(request, number)
    with with_fresh_state(change):
        return change_json(steer.cancel(actor(request), change))


@router.post(f"{AT}/retry", response={200: ChangeOut, **FAILS})
def retry(request: HttpRequest, number: int) -> dict[str, Any]:
    """Try the failed stage again, or open a cancelled change again."""
    change = change_of(request, number)
    with with_fresh_state(change):
        return change_json(steer.retry(actor(request), change))
