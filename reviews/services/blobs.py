"""Bytes by content: small ones in the database, large ones in Django's default storage.

Machines of a fleet share no folder, so there the large ones are in the database as well.

The caller has checked the record that points at the blob; nothing here is reachable by hash.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from reviews.models import Blob

IN_ROW = 1024 * 1024


def put(data: bytes) -> Blob:
    """Keep `data`; the same bytes are kept once."""
    return put_many([data])[0]


def put_many(items: Iterable[bytes]) -> list[Blob]:
    """Keep each item, with a constant number of queries; returned in the order given."""
    items = list(items)
    contents = {hashlib.sha256(data).hexdigest(): data for data in items}
    known = {b.sha256: b for b in _by_hash(contents)}
    fresh = [_row(digest, data) for digest, data in contents.items() if digest not in known]
    if fresh:
        Blob.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=200)
        known.update({b.sha256: b for b in _by_hash([b.sha256 for b in fresh])})
    return [known[hashlib.sha256(data).hexdigest()] for data in items]


def get(blob: Blob | None) -> bytes:
    """The bytes; empty for None."""
    if blob is None:
        return b""
    if blob.data is not None:
        return zlib.decompress(bytes(blob.data))
    with default_storage.open(blob.stored_at) as file:
        return zlib.decompress(file.read())


def _by_hash(digests: Iterable[str]) -> list[Blob]:
    """Rows of these hashes without their data, in slices that every database takes."""
    wanted = list(digests)
    rows: list[Blob] = []
    for start in range(0, len(wanted), 500):
        rows += Blob.objects.filter(sha256__in=wanted[start : start + 500]).defer("data")
    return rows


def _row(digest: str, data: bytes) -> Blob:
    """An unsaved row; large bytes go to storage first, so that no row lacks its bytes."""
    packed = zlib.compress(data, 6)
    blob = Blob(sha256=digest, size=len(data))
    if len(packed) <= IN_ROW or settings.IS_FLEET:
        blob.data = packed
        return blob
    name = f"{digest[:2]}/{digest}"
    blob.stored_at = name
    if not default_storage.exists(name):
        blob.stored_at = default_storage.save(name, ContentFile(packed))
    return blob
