"""Rounds: what was checked, the files, the patch."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.responses import Response

from reviews.api.auth import change_of
from reviews.api.round_shapes import FilesOut, RoundOut, round_json
from reviews.api.shapes import ErrorOut
from reviews.diffs import WHOLE, ParsedFile, parse_file
from reviews.diffs.jsonform import to_json
from reviews.errors import NotThere
from reviews.models import DiffFile, Round
from reviews.queries.body import open_file
from reviews.services import blobs

router = Router(tags=["rounds"])
FAILS = {401: ErrorOut, 404: ErrorOut}
AT = "/changes/{int:number}/rounds/{int:n}"


def _round(request: HttpRequest, number: int, n: int) -> Round:
    change = change_of(request, number)
    found = change.rounds.filter(number=n).first()
    if found is None:
        raise NotThere(f"Change #{number} has no round {n}.")
    return found


@router.get(AT, response={200: RoundOut, **FAILS})
def read_round(request: HttpRequest, number: int, n: int) -> dict[str, Any]:
    """A round with its verifiers and guard items."""
    return round_json(_round(request, number, n))


@router.get(f"{AT}/files", response={200: FilesOut, **FAILS})
def read_files(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """The round's files with all their rows."""
    files = _round(request, number, n).files.select_related("patch").order_by("index")
    return Response(to_json(_whole(file) for file in files))


def _whole(file: DiffFile) -> ParsedFile:
    """All rows of a file, however many."""
    parsed = open_file(file)
    if parsed.next_row is None:
        return parsed
    return parse_file(blobs.get(file.patch), parsed.entry, WHOLE)


@router.get(f"{AT}/patch", response={200: bytes, **FAILS})
def read_patch(request: HttpRequest, number: int, n: int) -> HttpResponse:
    """The patch as git made it when the round was frozen, byte for byte."""
    files = _round(request, number, n).files.select_related("patch").order_by("index")
    patch = b"".join(blobs.get(file.patch) for file in files)
    name = f"change-{number}-round-{n}.patch"
    return HttpResponse(
        patch,
        content_type="text/x-diff",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
