"""One file of two rounds is found as it is among all of them, without reading these."""

from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.models import DiffFile, Round
from reviews.queries.paired import pair_of, pairs_of
from tests import factories as make
from tests.reviews.rounds import frozen

pytestmark = pytest.mark.django_db
NAMES = [b"a", b"b", b"c", b"d", b"e", b"f"]
STATUSES = ["added", "deleted", "modified", "renamed", "copied", "type_changed"]


def fill(round_: Round, chance: random.Random) -> None:
    """Files of few names and contents in any order, so that there is much to mistake."""
    names = chance.sample(NAMES, chance.randrange(len(NAMES) + 1))
    numbers = chance.sample(range(9), len(names))
    for position, (name, number) in enumerate(zip(names, numbers, strict=True)):
        status = chance.choice(STATUSES)
        has_other = status in ("renamed", "copied")
        DiffFile.objects.create(
            round=round_, index=number, position=position, path=name, display=name.decode(),
            old_path=chance.choice(NAMES) if has_other else None, status=status,
            old_mode="" if status == "added" else "100644",
            new_mode="" if status == "deleted" else "100644",
            old_oid="" if status == "added" else chance.choice("12") * 40,
            new_oid="" if status == "deleted" else chance.choice(["", "3" * 40, "4" * 40]),
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_any_file_is_paired_as_it_is_on_the_page(seed: int) -> None:
    chance = random.Random(seed)
    change = make.change()
    earlier, later = frozen(change, 1), frozen(change, 2, base=chance.choice("ab") * 40)
    fill(earlier, chance)
    fill(later, chance)
    expected = {pair.index: pair for pair in pairs_of(earlier, later).pairs}
    found = {index: pair_of(earlier, later, index) for index in range(20)}
    assert {index: pair for index, pair in found.items() if pair} == expected


def test_the_files_that_are_read_for_one_pair_do_not_grow_with_the_round() -> None:
    change = make.change()
    rounds = (frozen(change, 1), frozen(change, 2))

    def read() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert pair_of(*rounds, 0)
        with connection.cursor() as cursor:
            return sum(len(cursor.execute(query["sql"]).fetchall()) for query in queries)

    counts = []
    for start, end in ((0, 2), (2, 40)):
        DiffFile.objects.bulk_create(
            DiffFile(round=round_, index=number, path=b"f%d" % number, display=f"f{number}",
                     status="modified", new_oid=f"{round_.number}" * 40)
            for round_ in rounds for number in range(start, end)
        )  # fmt: skip
        counts.append(read())
    assert counts[1] == counts[0] > 2
