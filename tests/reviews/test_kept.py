"""The folder of rendered HTML: what a name in it stands for, and how much it may hold."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from reviews.services import kept
from reviews.states import ChangeStatus, Role
from tests import factories as make
from tests.reviews.pages import page_of
from tests.reviews.rounds import file, frozen, text

MB = 1024 * 1024
Ask = Callable[[str], str]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.HONK_DATA = tmp_path
    return tmp_path / "kept"


@pytest.fixture(params=["rounds/1/files/0/", "rounds/1..2/files/0/"])
def ask(request: pytest.FixtureRequest, client: Client, db: None) -> Ask:
    """Fetch a fragment of one round's file, or of two rounds': its ETag."""
    change = make.change(status=ChangeStatus.AWAITING_REVIEW)
    for number in (1, 2):
        file(frozen(change, number), text(), text() + b"%d\n" % number)
    page_of(client, make.member(change.repository, Role.READER))

    def fetch(more: str) -> str:
        answer = client.get(f"/changes/{change.pk}/{request.param}{more}")
        assert answer.status_code == 200
        return str(answer["ETag"])

    return fetch


@pytest.mark.parametrize(
    "more",
    ["lines/?from=1&to={}", "lines/?from={}&to=9", "lines/?from={0}&to={0}", "?first={}",
     "?first={}&after={}", "?first=1&after={}", "?after={}"],
)  # fmt: skip
def test_numbers_beyond_the_file_name_one_thing_that_is_kept_once(
    ask: Ask, folder: Path, more: str
) -> None:
    names = {ask(more.format(10**9, 10**9))}
    count = len(list(folder.rglob("*.gz")))
    names |= {ask(more.format(10**9 + number, 10**9 - number)) for number in range(1, 5)}
    assert len(names) == 1
    assert len(list(folder.rglob("*.gz"))) == count


def test_each_part_of_a_file_has_its_own_name(ask: Ask) -> None:
    parts = ["", "?first=1", "?first=2", "?first=99", "lines/?from=1&to=2", "lines/?from=2&to=2"]
    assert len({ask(part) for part in parts}) == len(parts)


def test_what_is_kept_stays_within_its_room_while_it_is_written(
    settings: Any, folder: Path
) -> None:
    settings.HONK_KEPT_MB = 1
    chance = random.Random(8)
    most = 0
    for number in range(300):
        size = chance.choice((10, 5_000, 30_000))
        kept.gzipped(kept.name_of(number), lambda: chance.randbytes(size).hex())  # noqa: B023
        sizes = [path.stat().st_size for path in folder.rglob("*.gz")]
        most = max(most, sum(-(-size // kept.BLOCK) * kept.BLOCK for size in sizes))
    assert 0.9 * MB < most < MB + MB / kept.PART + 40_000


def test_what_a_process_that_was_killed_had_half_written_goes_too(
    settings: Any, folder: Path
) -> None:
    kept.gzipped(kept.name_of("a"), lambda: "x")
    half = next(folder.rglob("*.gz")).with_name("tmp1234")
    half.write_bytes(b"x")
    settings.HONK_KEPT_MB = 0
    kept.trim()
    assert not half.exists()


def test_html_of_another_version_of_the_code_is_not_served(settings: Any) -> None:
    made = [kept.html(kept.name_of("a"), lambda: "old")]
    settings.HONK_RENDERER = "another"
    made.append(kept.html(kept.name_of("a"), lambda: "new"))
    assert made == ["old", "new"]


def test_a_number_is_found_out_once() -> None:
    answers = iter([7, 8])
    found = [kept.number(kept.name_of("n"), lambda: next(answers)) for _ in range(2)]
    assert found == [7, 7]
