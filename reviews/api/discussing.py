"""What people say about lines, files and whole changes, and the edits that they suggest."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field, model_validator

from reviews.api.auth import actor, change_of
from reviews.api.errors import with_fresh_state
from reviews.api.parsing import Body, Id, Positive, Text
from reviews.api.shapes import ChangeOut, CommentOut, ErrorOut, change_json, comment_json
from reviews.diffs import decode_name
from reviews.errors import NotThere, Refused
from reviews.models import Change, Comment, DiffFile
from reviews.services import discuss, places, suggest
from reviews.services.permissions import Actor

router = Router(tags=["verbs"])
FAILS = dict.fromkeys([400, 401, 403, 404, 409, 422], ErrorOut)
AT = "/changes/{int:number}"


class NewComment(Body):
    """A comment on lines of a file (by path or index), on a file, or on the whole round.

    suggestion: what is to stand in the place of the lines, "" for nothing. thread: the one that is
    replied to; its place is the comment's then.
    """

    round: Positive
    body: Text = ""
    path: Text = ""
    file: Id | None = None
    side: Literal["old", "new"] = "new"
    line: Positive | None = None
    end_line: Positive | None = None
    suggestion: Text | None = None
    thread: Id | None = None
    publish: bool = False

    @model_validator(mode="after")
    def names_its_place(self) -> NewComment:
        """Lines are lines of a file; a range has a beginning; a reply has its thread's place."""
        if self.line is not None and self.file is None and not self.path:
            raise ValueError("a line needs a path or a file")
        if self.end_line is not None and (self.line is None or self.end_line < self.line):
            raise ValueError("end_line needs a line, and comes after it")
        if self.thread is not None and (self.path or self.file is not None):
            raise ValueError("a reply stands where its thread does; leave path, file and line out")
        return self


@router.post(f"{AT}/comments", response={201: CommentOut, **FAILS})
def comment(request: HttpRequest, number: int, payload: NewComment) -> Status[dict[str, Any]]:
    """Write a draft, or with `publish` a comment that everybody sees at once.

    The same draft sent again, or one whose text goes on from it, is that draft and no second one.
    """
    change = change_of(request, number)
    make = _first if payload.thread is None else _reply
    return Status(201, comment_json(make(actor(request), change, payload)))


def _first(who: Actor, change: Change, payload: NewComment) -> Comment:
    index = payload.file if payload.file is not None else _index(change, payload)
    anchor = places.Anchor(
        payload.round, index, payload.path, payload.side, payload.line, payload.end_line
    )
    return discuss.comment(
        who, change, anchor, payload.body, suggestion=payload.suggestion, publish=payload.publish
    )


def _reply(who: Actor, change: Change, payload: NewComment) -> Comment:
    threads = change.threads.select_related("change", "round", "file")
    thread = threads.filter(pk=payload.thread or 0, round__number=payload.round).first()
    if thread is None:
        raise NotThere
    return discuss.reply(
        who, thread, payload.body, suggestion=payload.suggestion, publish=payload.publish
    )


def _index(change: Change, payload: NewComment) -> int | None:
    """The index of the file whose name the API's list of files gave as `path`."""
    if not payload.path:
        return None
    files = DiffFile.objects.filter(round__change=change, round__number=payload.round)
    for column in ("path", "old_path"):
        names = files.exclude(**{column: None}).values_list("index", column)
        found = [index for index, name in names if decode_name(bytes(name)) == payload.path]
        if len(found) > 1:
            numbers = ", ".join(map(str, found[:5]))
            raise Refused(f"More than one file is written so: give `file`, one of {numbers}.")
        if found:
            return int(found[0])
    return None


class PublishedOut(Schema):
    """How many drafts everybody sees now."""

    published: int


@router.post(f"{AT}/publish", response={200: PublishedOut, **FAILS})
def publish(request: HttpRequest, number: int) -> dict[str, int]:
    """Show all one's drafts on the change at once, as one review."""
    return {"published": discuss.publish(actor(request), change_of(request, number))}


class ApplySuggestions(Body):
    """Ids of comments that suggest something for the newest round, which is at `head`."""

    comments: Annotated[list[Id], Field(max_length=suggest.MOST)]
    head: Text


@router.post(f"{AT}/suggestions/apply", response={202: ChangeOut, **FAILS})
def apply(request: HttpRequest, number: int, payload: ApplySuggestions) -> Status[dict[str, Any]]:
    """Apply suggestions as a new round, which is then checked like every other: 202."""
    change = change_of(request, number)
    with with_fresh_state(change):
        suggest.apply(actor(request), change, payload.comments, head=payload.head)
    change = Change.objects.select_related("repository").get(pk=number)
    return Status(202, change_json(change))
