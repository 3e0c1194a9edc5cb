"""Runs and their logs."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Response
from pydantic import Field

from reviews.api.auth import asker
from reviews.api.parsing import Id
from reviews.api.shapes import ErrorOut, FrameOut, RunOut, run_json
from reviews.errors import NotThere
from reviews.models import Run
from reviews.services import progress
from reviews.services.permissions import visible_changes

router = Router(tags=["runs"])
Rows = Annotated[int, Field(ge=1, le=1000)]


def _run(request: HttpRequest, run_id: int) -> Run:
    runs = Run.objects.select_related("round").filter(change__in=visible_changes(asker(request)))
    found = runs.filter(pk=run_id).first()
    if found is None:
        raise NotThere
    return found


@router.get("/runs/{int:id}", response={200: RunOut, 401: ErrorOut, 404: ErrorOut})
def read_run(request: HttpRequest, id: int) -> dict[str, Any]:  # noqa: A002 - the contract's name
    """One run."""
    return run_json(_run(request, id))


@router.get(
    "/runs/{int:id}/events",
    response={200: FrameOut, 400: ErrorOut, 401: ErrorOut, 404: ErrorOut},
)
def read_events(
    request: HttpRequest,
    id: int,  # noqa: A002 - the contract's name
    after_seq: Id | None = None,
    before_seq: Id | None = None,
    tail: Rows | None = None,
    limit: Rows = 200,
) -> HttpResponse:
    """A page of the log: after a cursor, before one, or the last `tail` rows."""
    run = _run(request, id)
    return Response(
        progress.events_page(
            run, after_seq=after_seq, before_seq=before_seq, tail=tail, limit=limit
        )
    )
