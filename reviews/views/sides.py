"""One side of a file as it was frozen: a picture for the page, anything else to keep.

A file of a change is what a stranger wrote, served from our own address. So only what its first
bytes say is a picture goes out as one, and what comes from here runs and loads nothing.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from reviews.diffs.images import HEAD, media_type
from reviews.errors import NotThere
from reviews.models import Blob, DiffFile
from reviews.services import blobs
from reviews.views.base import change_of, page

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 80  # characters of a file's name
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@page("GET", "HEAD")
def diff_side(
    request: HttpRequest, number: int, round_number: int, index: int, side: str
) -> HttpResponse:
    """A picture's bytes; with `?download=1` those of any file, as nothing but a download."""
    file = _file(request, number, round_number, index)
    blob = _side(file, side)
    is_download = request.GET.get("download") == "1"
    etag = f'"{blob.sha256}{"-d" if is_download else ""}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        return _with_headers(unchanged, etag)
    data = blobs.get(blob)
    kind = "application/octet-stream" if is_download else media_type(data[:HEAD])
    if not kind:
        raise NotThere
    response = HttpResponse(data, content_type=kind)
    if is_download:
        name = _safe_name(file, side)
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _with_headers(response, etag)


def _file(request: HttpRequest, number: int, round_number: int, index: int) -> DiffFile:
    change = change_of(request, number)
    found = DiffFile.objects.filter(round__change=change, round__number=round_number, index=index)
    file = found.select_related("old", "new").defer("old__data", "new__data").first()
    if file is None:
        raise NotThere
    return file


def _side(file: DiffFile, side: str) -> Blob:
    blob = {"old": file.old, "new": file.new}.get(side)
    if blob is None:
        raise NotThere
    return blob


def _with_headers(response: HttpResponse, etag: str) -> HttpResponse:
    """On an answer without content too: a browser takes its headers for what it has kept."""
    for name, value in {**HEADERS, "ETag": etag}.items():
        response[name] = value
    return response


def _safe_name(file: DiffFile, side: str) -> str:
    """The file's own name in ASCII, without what a shell, a header or a folder would take amiss."""
    path = file.old_path if side == "old" and file.old_path is not None else file.path
    name = PurePosixPath(bytes(path).decode("utf-8", "replace")).name
    return _UNSAFE.sub("_", name).lstrip(".-")[-_LONGEST:] or "file"
