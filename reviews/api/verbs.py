"""What a person does to a change: comment, judge, steer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status
from pydantic import Field, model_validator

from reviews.api.auth import actor, change_of
from reviews.api.errors import with_fresh_state
from reviews.api.parsing import Body, Id, Positive, Text
from reviews.api.shapes import (
    ChangeOut,
    CommentOut,
    ErrorOut,
    change_json,
    comment_json,
)
from reviews.diffs import decode_name
from reviews.models import Change
from reviews.services import discuss, judge, steer
from reviews.services.permissions import Actor
from reviews.states import VerdictKind

router = Router(tags=["verbs"])
FAILS = dict.fromkeys([400, 401, 403, 404, 409, 422], ErrorOut)
AT = "/changes/{int:number}"


class NewComment(Body):
    """A comment on lines of a file (by path or index), on a file, or on the whole round."""

    round: Positive
    body: Text
    path: Text = ""
    file: Id | None = None
    side: Literal["old", "new"] = "new"
    line: Positive | None = None
    end_line: Positive | None = None
    publish: bool = False

    @model_validator(mode="after")
    def names_its_place(self) -> NewComment:
        """Lines are lines of a file; a range has a beginning."""
        if self.line is not None and self.file is None and not self.path:
            raise ValueError("a line needs a path or a file")
        if self.end_line is not None and (self.line is None or self.end_line < self.line):
            raise ValueError("end_line needs a line, and comes after it")
        return self


@router.post(f"{AT}/comments", response={201: CommentOut, **FAILS})
def comment(request: HttpRequest, number: int, payload: NewComment) -> Status[dict[str, Any]]:
    """Write a draft, or with `publish` a comment that everybody sees at once."""
    change = change_of(request, number)
    index = payload.file if payload.file is not None else _index(change, payload)
    anchor = discuss.Anchor(
        payload.round, index, payload.path, payload.side, payload.line, payload.end_line
    )
    made = discuss.comment(actor(request), change, anchor, payload.body, publish=payload.publish)
    return Status(201, comment_json(made))


def _index(change: Change, payload: NewComment) -> int | None:
    """The index of the file whose name the API's list of files gave as `path`."""
    files = change.rounds.filter(number=payload.round).values_list(
        "files__index", "files__path", "files__old_path"
    )
    names = [(index, new, old) for index, new, old in files if payload.path and new is not None]
    for index, new, _old in names:
        if decode_name(bytes(new)) == payload.path:
            return int(index)
    for index, _new, old in names:
        if old is not None and decode_name(bytes(old)) == payload.path:
            return int(index)
    return None


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
