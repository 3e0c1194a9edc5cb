"""Which files come with a page: the first screens, and the file that is read first."""

from __future__ import annotations

from reviews.queries.inline import FILES, FIRST, ROWS, Room


def test_the_first_screens_come_with_the_page_and_no_more() -> None:
    room = Room()
    assert [room.takes(ROWS // 4, 100) for _ in range(5)] == [True, True, True, True, False]


def test_the_file_that_is_read_first_may_be_longer_and_leaves_no_room() -> None:
    room = Room()
    assert not room.takes(FIRST + 1, 100)
    assert room.takes(FIRST, 100)
    assert not room.takes(1, 100)


def test_so_many_small_files_come_and_no_more() -> None:
    room = Room()
    assert sum(room.takes(0, 1) for _ in range(2 * FILES)) == FILES
