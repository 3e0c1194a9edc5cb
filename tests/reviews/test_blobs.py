"""Bytes by content, wherever they are kept."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from reviews.models import Blob
from reviews.services import blobs

pytestmark = pytest.mark.django_db
LARGE = os.urandom(blobs.IN_ROW + 1)  # does not compress


def test_the_same_bytes_are_kept_once_and_come_back_in_order() -> None:
    first, second, third = blobs.put_many([b"one", b"two", b"one"])
    assert (first.pk, third.pk) == (third.pk, first.pk)
    assert first.pk != second.pk
    assert [blobs.get(Blob.objects.get(pk=b.pk)) for b in (first, second)] == [b"one", b"two"]


def test_nothing_is_nothing() -> None:
    assert blobs.get(None) == b""
    assert blobs.get(Blob.objects.get(pk=blobs.put(b"").pk)) == b""


def test_large_bytes_lie_in_the_folder_of_one_machine_or_in_the_database_of_a_fleet() -> None:
    kept = Blob.objects.get(pk=blobs.put(LARGE).pk)
    assert blobs.get(kept) == LARGE
    assert bool(kept.stored_at) is not settings.IS_FLEET
