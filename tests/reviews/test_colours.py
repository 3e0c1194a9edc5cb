"""Colours of a round: lexed once by a worker, read by content, asked for by whoever reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews import dispatch, events
from reviews.diffs import highlight
from reviews.events import Doorbell
from reviews.models import Blob, Colours, DiffFile, Person, Round
from reviews.services import blobs, colours, instruct
from reviews.services.colours import Shades
from reviews.tasks import COLOUR, colour
from tests import factories
from tests.reviews.whole_runs import data, owner, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db
POLICY = """
[runners.agent]
argv = ["sh", "-c", "echo 'return 1' > app.py"]
"""
OLD, NEW = b'"""\nreturn 1\n"""\n', b"return 1\nif x: 'a'\n"


@pytest.fixture(autouse=True)
def _nothing_asked() -> None:
    cache.clear()


def a_round() -> Round:
    return factories.round_(factories.change())


def a_file(of: Round, **fields: Any) -> DiffFile:
    old, new = (fields.pop(side, content) for side, content in (("old", OLD), ("new", NEW)))
    return factories.diff_file(
        of, old=old if old is None else blobs.put(old), new=new if new is None else blobs.put(new),
        old_size=len(old or b""), new_size=len(new or b""), **fields,
    )  # fmt: skip


def shades_of(file: DiffFile) -> Shades:
    return colours.keys([file])[file.pk]


def test_the_task_colours_both_sides_of_each_file() -> None:
    file = a_file(a_round())
    assert shades_of(file) == Shades(None, None, is_complete=False)
    colour(file.round_id)
    shades = shades_of(file)
    assert shades.is_complete
    old, new = colours.load(shades)
    assert old is not None
    assert new is not None
    assert [old.line(number) for number in (1, 2, 3)] == [
        [(0, 3, "s")],
        [(0, 8, "s")],
        [(0, 3, "s")],
    ]
    assert new.line(1) == [(0, 6, "k"), (7, 8, "n")]


def test_the_key_of_a_file_changes_when_its_colours_come() -> None:
    file = a_file(a_round())
    before = shades_of(file).key
    colour(file.round_id)
    after = shades_of(file).key
    assert before != after
    colour(file.round_id)
    assert shades_of(file).key == after


def test_a_content_is_lexed_once_however_often_it_is_met(lexed: list[str]) -> None:
    for _ in range(3):
        a_file(a_round())
    for round_ in Round.objects.all():
        colour(round_.pk)
        colour(round_.pk)
    assert lexed == ["python", "python"]
    assert Colours.objects.count() == 2


@pytest.fixture
def lexed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The languages of what is lexed, as it happens."""
    seen: list[str] = []

    def lex(content: bytes, language: str, seconds: float) -> bytes | None:
        seen.append(language)
        return highlight.lex(content, language, seconds)

    monkeypatch.setattr(colours, "lex", lex)
    return seen


def test_the_same_content_in_two_languages_has_two_colours() -> None:
    round_ = a_round()
    python, page = a_file(round_), a_file(round_, path=b"app.css")
    colour(round_.pk)
    found = colours.keys([python, page])
    assert found[python.pk].new != found[page.pk].new
    assert Colours.objects.count() == 4


def test_files_come_in_reading_order_and_what_is_left_is_told(lexed: list[str]) -> None:
    round_ = a_round()
    last = a_file(round_, path=b"last.rb", position=2, old=None)
    first = a_file(round_, path=b"first.go", position=1, old=None)
    assert colours.colour_round(round_.pk, -1.0) is True
    assert lexed == []
    assert colours.colour_round(round_.pk, 20.0) is False
    assert lexed == ["go", "ruby"]
    assert shades_of(first).is_complete
    assert shades_of(last).is_complete


def test_what_was_lexed_before_the_time_was_up_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = a_round()
    files = [a_file(round_, position=n, new=b"x = %d\n" % n, old=None) for n in range(3)]
    clock = iter([0.0, 1.0, 11.0])
    monkeypatch.setattr(colours, "monotonic", lambda: next(clock))
    assert colours.colour_round(round_.pk, 10.0) is True
    found = colours.keys(files)
    assert [found[file.pk].is_complete for file in files] == [True, False, False]


@pytest.mark.parametrize(
    "fields",
    [
        {"path": b"notes.txt"},
        {"is_binary": True},
        {"old_mode": "120000", "new_mode": "120000"},
        {"old_mode": "160000", "new_mode": "160000"},
        {"old": None, "new": None},
        {"old": b"#\n" * highlight.MAX_BYTES, "new": b" #\n" * highlight.MAX_BYTES},
    ],
    ids=["no language", "binary", "link", "submodule", "not kept", "too large"],
)
def test_what_never_has_colours_is_complete_at_once(
    fields: dict[str, Any], lexed: list[str]
) -> None:
    file = a_file(a_round(), **fields)
    assert shades_of(file) == Shades(None, None, is_complete=True)
    colour(file.round_id)
    assert lexed == []
    assert colours.load(shades_of(file)) == (None, None)


def test_what_cannot_be_coloured_is_complete_and_not_tried_again(
    lexed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(a_round(), new=b"x = 1\n" * 100_000, old=None)
    monkeypatch.setattr(colours, "FILE_SECONDS", 0.01)
    colour(file.round_id)
    colour(file.round_id)
    assert lexed == ["python"]
    assert shades_of(file) == Shades(None, None, is_complete=True)
    assert Colours.objects.get().runs is None


def test_an_old_side_that_no_row_shows_is_not_lexed() -> None:
    file = a_file(a_round(), removed=0)
    colour(file.round_id)
    assert shades_of(file).old is None
    assert shades_of(file).is_complete
    assert Colours.objects.get().blob_id == file.new_id


def test_a_renamed_file_has_each_side_in_the_language_of_its_name() -> None:
    file = a_file(a_round(), old_path=b"app.rb", path=b"app.py", status="renamed")
    colour(file.round_id)
    found = set(Colours.objects.values_list("blob_id", "language"))
    assert found == {(file.old_id, "ruby"), (file.new_id, "python")}


def test_a_file_without_an_ending_is_known_by_its_first_line() -> None:
    round_ = a_round()
    script = a_file(round_, path=b"bin/run", new=b"#!/bin/sh\nif true; then :; fi\n", old=None)
    letter = a_file(round_, path=b"LETTER", new=b"if only\n", old=None)
    assert not shades_of(script).is_complete
    colour(round_.pk)
    _, new = colours.load(shades_of(script))
    assert new is not None
    assert (0, 2, "k") in new.line(2)
    assert shades_of(letter) == Shades(None, None, is_complete=True)


def test_another_version_of_the_lexer_begins_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(a_round())
    colour(file.round_id)
    monkeypatch.setattr(colours, "VERSION", "pygments 99")
    assert not shades_of(file).is_complete
    colour(file.round_id)
    assert shades_of(file).is_complete
    assert Colours.objects.count() == 4


def test_a_content_that_cannot_be_read_does_not_keep_the_others_plain() -> None:
    round_ = a_round()
    broken = a_file(round_, position=0, new=b"a = 1\n", old=None)
    whole = a_file(round_, position=1, old=None)
    Blob.objects.filter(pk=broken.new_id).update(data=b"not packed")
    colour(round_.pk)
    assert not shades_of(broken).is_complete
    assert shades_of(whole).is_complete


def test_two_workers_at_the_same_content_keep_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(a_round(), old=None)

    def lex_while_another_is_faster(content: bytes, language: str, seconds: float) -> bytes | None:
        monkeypatch.setattr(colours, "lex", highlight.lex)
        colour(file.round_id)
        return highlight.lex(content, language, seconds)

    monkeypatch.setattr(colours, "lex", lex_while_another_is_faster)
    colour(file.round_id)
    assert Colours.objects.count() == 1
    assert shades_of(file).is_complete


def test_many_files_need_no_more_queries_than_one() -> None:
    round_ = a_round()
    files = [a_file(round_, position=n, new=b"x" * n + b" = 1\n") for n in range(30)]
    colour(round_.pk)
    with CaptureQueriesContext(connection) as queries:
        found = colours.keys(files)
    assert len(queries) == 1
    assert len({shades.new for shades in found.values()}) == len(files)
    with CaptureQueriesContext(connection) as queries:
        colours.load(found[files[0].pk])
    assert len(queries) == 1


def test_sides_of_two_rounds_can_be_asked_for_together() -> None:
    first, second = a_file(a_round()), a_file(a_round(), new=b"x = 3\n")
    for file in (first, second):
        colour(file.round_id)
    old, new = (
        colours.content_of(file.new_id, bytes(file.path), file.new_mode, file.new_size)
        for file in (first, second)
    )
    [both, none] = colours.of_contents([(old, new), (None, None)])
    assert both == Shades(shades_of(first).new, shades_of(second).new, is_complete=True)
    assert none == Shades(None, None, is_complete=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is sent to workers' queues."""
    found: list[Any] = []
    monkeypatch.setattr(dispatch._ringer, "send", lambda *args: found.append(args))
    monkeypatch.setattr(events, "_listeners", [dispatch.on_doorbell])
    return found


def test_a_round_is_asked_for_once_a_minute_and_nothing_is_written(
    sent: list[Any], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    one, other = a_round(), a_round()
    with (
        CaptureQueriesContext(connection) as queries,
        django_capture_on_commit_callbacks(execute=True),
    ):
        for _ in range(3):
            colours.ask(one)
        colours.ask(other)
    assert sent == [(one.pk, "work", COLOUR), (other.pk, "work", COLOUR)]
    assert len(queries) == 0


def test_a_cache_that_is_away_costs_colours_only(
    sent: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise ConnectionError("nobody there")

    monkeypatch.setattr(type(cache._connections[cache._alias]), "add", away)
    colours.ask(a_round())
    assert sent == []


@pytest.mark.embedded_only
def test_the_doorbell_puts_the_rounds_id_into_the_queue_for_work() -> None:
    with current_app.connection_for_write() as broker:
        channel = broker.channel()
        channel._purge("work")
        dispatch.on_doorbell(Doorbell("colour", 7))
        message = channel._get("work")
    assert message["headers"]["task"] == "reviews.tasks.colour" == current_app.tasks[COLOUR].name
    assert message["headers"]["argsrepr"] == "[7]"


@pytest.mark.django_db(transaction=True)
def test_what_an_agent_has_made_is_coloured_as_soon_as_it_is_stored(
    data: Path, owner: Person, sent: list[Any]
) -> None:
    made = repository(data, {".honk.toml": POLICY, "app.py": "1\n"})
    change = instruct.open_change(factories.actor(owner), made, "Do it", runner="agent")
    work_off(change)
    round_ = change.rounds.get()
    assert (round_.pk, "work", COLOUR) in sent
    [file] = round_.files.all()
    assert not shades_of(file).is_complete
    colour(round_.pk)
    _, new = colours.load(shades_of(file))
    assert new is not None
    assert new.line(1) == [(0, 6, "k"), (7, 8, "n")]
