"""The diff page's server: a change as large as they come, one file's body, and what both hold.

Of the whole request as Django answers it, through middleware, sign-in and permissions, in this
process's own time: what else the machine does is not the server's.
"""

from __future__ import annotations

import shutil
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from unidiff import PatchSet

from tests.bench.database import ready
from tests.bench.diffs_made import made
from tests.bench.harness import PAIRS, Row, Work, bench

if TYPE_CHECKING:
    from django.test import AsyncClient

    from reviews.models import Change

LARGE = "430k"
FIRST_MS = 1_000  # list, counts and first file of 7,000 files and 430,000 changed lines
COLD_MS, WARM_MS = 150, 10  # a body of 2,000 lines
UNCHANGED = 1.1  # of a kept body: what is saved is the body itself on its way
ZIPPED = {"HTTP_ACCEPT_ENCODING": "gzip"}
PARSING = 1 / 8  # of unidiff's parse of the same bytes
MB = 1 << 20


@bench("diff-server")
def server_rows() -> list[Row]:
    """A page of 7,000 files, a body of 2,000 lines, and the memory of both."""
    ready()
    return [*_large(), *_body(), *_memory()]


def _large() -> list[Row]:
    from django.test import AsyncClient

    diff, change = _change(LARGE)
    client = AsyncClient()
    async_to_sync(client.aforce_login)(change.author)

    def first() -> None:
        async_to_sync(_until_first_body)(client, page_of(change))

    first()  # imports and templates are a server's start, not a page's
    cold = _median(first, before=forget)
    warm = _median(first)
    parse = _busy(lambda: PatchSet(diff.decode("utf-8", "replace")))
    what = "server, 7,000 files and 430k lines to the first body"
    return [
        _goal(f"{what}, cold", cold, FIRST_MS),
        _goal(f"{what}, warm", warm, FIRST_MS),
        Row(
            f"{what}, cold, against unidiff", _ms(cold), _ms(parse), round(cold / parse, 4), PARSING
        ),
    ]


def _body() -> list[Row]:
    from django.test import Client

    from reviews.services import colours

    _, change = _change("2k-lines")
    client = Client(**ZIPPED)
    client.force_login(change.author)
    url = f"{page_of(change)}files/0/"
    assert client.get(url).status_code == 200
    plain = _median(lambda: client.get(url), before=forget)
    colours.colour_round(change.rounds.get().pk, 60.0)
    coloured = _median(lambda: client.get(url), before=forget)
    warm = _median(lambda: client.get(url), times=50)
    known = {"if-none-match": client.get(url)["ETag"]}
    assert client.get(url, headers=known).status_code == 304
    unchanged = _median(lambda: client.get(url, headers=known), times=50)
    what = "server, a body of 2,000 lines"
    return [
        _goal(f"{what}, cold, plain", plain, COLD_MS),
        _goal(f"{what}, cold, coloured", coloured, COLD_MS),
        _goal(f"{what}, kept", warm, WARM_MS),
        Row(
            f"{what}, 304 against kept",
            _ms(unchanged),
            _ms(warm),
            round(unchanged / warm, 4),
            UNCHANGED,
        ),
    ]


def _memory() -> list[Row]:
    """Peaks of what Python held for one request."""
    from django.test import Client

    client = Client(**ZIPPED)
    (small_patch, small), (large_patch, large) = _change("5k"), _change(LARGE)
    pages, bodies = [], []
    for change in (small, large):
        client.force_login(change.author)
        pages.append(_peak(partial(client.get, page_of(change))))
        bodies.append(_peak(partial(client.get, f"{page_of(change)}files/0/")))
    grown = len(large_patch) / len(small_patch)
    return [
        _held("server, MB held for a page, 430k lines against 5k", pages, grown / 10),
        _held("server, MB held for a body, 430k lines against 5k", bodies, 1.5),
    ]


_changes: dict[str, tuple[bytes, Change]] = {}


def _change(size: str) -> tuple[bytes, Change]:
    """A diff's patch, and the change in the database that was made of it once."""
    from tests.bench.rounds_made import reviewable

    if size not in _changes:
        diff = made(size)
        _changes[size] = diff.patch, reviewable(diff)
    return _changes[size]


def page_of(change: Change) -> str:
    return f"/changes/{change.pk}/rounds/1/"


def forget() -> None:
    """Nothing that was rendered is kept any more."""
    from django.conf import settings

    shutil.rmtree(Path(settings.HONK_DATA) / "kept", ignore_errors=True)


async def _until_first_body(client: AsyncClient, url: str) -> None:
    """Read the page as it arrives until a file's rows are there."""
    answer: Any = await client.get(url)
    assert answer.status_code == 200, answer.status_code
    async for piece in answer.streaming_content:
        if b'class="diff' in piece:
            return
    raise AssertionError("no file came with the page")


def _median(work: Work, before: Callable[[], None] | None = None, times: int = PAIRS) -> float:
    found = []
    for _ in range(times):
        if before:
            before()
        found.append(_busy(work))
    return statistics.median(found)


def _busy(work: Work) -> float:
    """Seconds that this process worked at it, in all its threads."""
    started = time.process_time()
    work()
    return time.process_time() - started


def _peak(work: Work) -> float:
    """MB at the highest, above what was held before; the second of two calls, both cold."""
    work()
    forget()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / MB
    finally:
        tracemalloc.stop()


def _goal(name: str, took: float, goal_ms: float) -> Row:
    return Row(
        f"{name}, against the goal", _ms(took), goal_ms, round(1000 * took / goal_ms, 4), 1.0
    )


def _held(name: str, peaks: list[float], goal: float) -> Row:
    small, large = peaks
    return Row(name, round(large, 2), round(small, 2), round(large / small, 4), goal, unit="MB")


def _ms(took: float) -> float:
    return round(1000 * took, 3)
