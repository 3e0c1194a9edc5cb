"""Changes: list, read, open."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from reviews.api.auth import actor, asker, change_of
from reviews.api.parsing import MAX_ID, Body, Number, Text
from reviews.api.shapes import ChangeOut, ChangesOut, ErrorOut, change_json, changes_json
from reviews.errors import Malformed
from reviews.services import instruct, repositories
from reviews.services.permissions import visible_changes
from reviews.states import ChangeStatus

router = Router(tags=["changes"])
PAGE = 50
Limit = Annotated[int, Field(ge=1, le=200)]


class NewChange(Body):
    """An instruction. runner, model, effort: empty lets the repository's policy choose; cap_usd: US
    dollars that each run of the change may cost at the most."""

    repository: Text
    instruction: Text
    runner: Text = ""
    title: Text = ""
    model: Text = ""
    effort: Text = ""
    cap_usd: Number | None = None


@router.get("/changes", response={200: ChangesOut, 400: ErrorOut, 401: ErrorOut, 404: ErrorOut})
def list_changes(
    request: HttpRequest,
    status: Annotated[list[ChangeStatus] | None, Query()] = None,
    repository: Text = "",
    cursor: str = "",
    limit: Limit = PAGE,
) -> dict[str, Any]:
    """What the asker may see, newest first; status may be repeated, cursor: next_cursor before."""
    found = visible_changes(asker(request)).select_related("repository").order_by("-pk")
    if status:
        found = found.filter(status__in=status)
    if repository:
        found = found.filter(repository=repositories.find(asker(request), repository))
    if cursor:
        found = found.filter(pk__lt=_number(cursor))
    page = list(found[: limit + 1])
    following = str(page[limit - 1].pk) if len(page) > limit else None
    return {"changes": changes_json(page[:limit]), "next_cursor": following}


def _number(cursor: str) -> int:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 19 or int(cursor) > MAX_ID:
        raise Malformed("The cursor is not one that this list gave.")
    return int(cursor)


@router.post(
    "/changes",
    response={201: ChangeOut, 400: ErrorOut, 401: ErrorOut, 403: ErrorOut, 404: ErrorOut,
              422: ErrorOut},
)  # fmt: skip
def open_change(
    request: HttpRequest, payload: NewChange, response: HttpResponse
) -> Status[dict[str, Any]]:
    """Give an instruction; the change is queued when this answers."""
    repository = repositories.find(asker(request), payload.repository)
    change = instruct.open_change(
        actor(request), repository, payload.instruction, runner=payload.runner,
        title=payload.title, model=payload.model, effort=payload.effort, cap_usd=payload.cap_usd,
    )  # fmt: skip
    response.headers["Location"] = f"{request.path}/{change.pk}"
    return Status(201, change_json(change))


@router.get("/changes/{int:number}", response={200: ChangeOut, 401: ErrorOut, 404: ErrorOut})
def read_change(request: HttpRequest, number: int) -> dict[str, Any]:
    """One change with its rounds and runs."""
    return change_json(change_of(request, number))
