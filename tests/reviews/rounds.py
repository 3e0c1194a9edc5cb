"""Changes with several rounds, and what was said of them."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils import timezone

from reviews.models import Change, Comment, DiffFile, Person, Round, Thread
from reviews.services import blobs
from reviews.states import RoundStatus
from tests import factories as make

LETTERS = b"abcdefghijklmnopqrst"


def text(letters: bytes = LETTERS) -> bytes:
    """A line for each letter."""
    return b"".join(b"%c\n" % letter for letter in letters)


def oid(data: bytes | None) -> str:
    """A name as git would give one."""
    return "" if data is None else hashlib.sha1(data, usedforsecurity=False).hexdigest()


def frozen(change: Change, number: int, **fields: Any) -> Round:
    """A frozen round with a head of its own; its base is everybody's unless told."""
    values = {"status": RoundStatus.FROZEN, "head": f"{number}" * 40, "number": number, **fields}
    return make.round_(change, **values)


def file(of: Round, old: bytes | None, new: bytes | None, path: str = "app.py", **fields: Any) -> DiffFile:  # fmt: skip
    """A file of a round with both its contents; None where it is not."""
    status = "added" if old is None else "deleted" if new is None else "modified"
    values = {
        "path": path.encode(), "display": path, "status": status,
        "old": None if old is None else blobs.put(old), "old_oid": oid(old),
        "new": None if new is None else blobs.put(new), "new_oid": oid(new),
        "old_size": None if old is None else len(old),
        "new_size": None if new is None else len(new),
        "old_mode": "" if old is None else "100644", "new_mode": "" if new is None else "100644",
        **fields,
    }  # fmt: skip
    found = make.diff_file(of, **values)
    of.file_count = of.files.count()
    of.save(update_fields=["file_count"])
    return found


def said(about: DiffFile | None, of: Round, by: Person, line: int | None = None, **fields: Any) -> Comment:  # fmt: skip
    """A published comment on a line of a file's side."""
    side = fields.pop("side", "new") if about else ""
    thread = Thread.objects.create(
        change=of.change, round=of, file=about, side=side, line=line,
        end_line=fields.pop("end_line", line),
    )  # fmt: skip
    values = {"body": "Why?", "published_at": timezone.now(), **fields}
    return Comment.objects.create(thread=thread, author=by, **values)
