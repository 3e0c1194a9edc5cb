"""Two rounds compared, as their page and its fragments tell it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviews.models import Change, DiffFile, Person, Round
from reviews.queries import compare as comparing
from reviews.queries.compare import compare
from reviews.services import colours
from reviews.states import ChangeStatus, Role
from tests import factories as make
from tests.diffs.notebooks import book, cell
from tests.diffs.pictures import png
from tests.reviews.pages import page_of
from tests.reviews.rounds import LETTERS, file, frozen, said, text

pytestmark = pytest.mark.django_db
BASE = text()
MOVED = b"import os\nimport re\n" + BASE
ROW = re.compile(r"<tr[^>]*>(.*?)(?=<tr|</table>)", re.DOTALL)


class Scene:
    """A change of two rounds; `base` is what the second one stands on."""

    def __init__(self, client: Client) -> None:
        self.change: Change = make.change(status=ChangeStatus.AWAITING_REVIEW)
        self.first: Round = frozen(self.change, 1)
        self.second: Round = frozen(self.change, 2)
        self.reviewer: Person = make.member(self.change.repository, Role.REVIEWER)
        self.client = page_of(client, self.reviewer)

    def move_base(self) -> None:
        self.second.base = "d" * 40
        self.second.save(update_fields=["base"])

    @property
    def path(self) -> str:
        return f"/changes/{self.change.pk}/rounds/1..2/"

    def html(self, rest: str = "") -> str:
        answer = self.client.get(self.path + rest)
        assert answer.status_code == 200
        return answer.getvalue().decode()

    def rows(self, rest: str = "") -> list[str]:
        """Sign and text of each changed row."""
        found = []
        for row in ROW.findall(self.html(rest)):
            cells = [unescape(re.sub(r"<[^>]+>", "", c)) for c in re.split(r"<td[^>]*>", row)[1:]]
            if len(cells) == 3 and cells[1] in ("+", "-"):
                found.append("".join(cells[1:]))
        return found


@pytest.fixture
def scene(client: Client) -> Scene:
    cache.clear()
    return Scene(client)


def test_only_what_the_agent_did_is_shown_and_the_rest_counted(scene: Scene) -> None:
    scene.move_base()
    file(scene.first, BASE, BASE + b"agent\n")
    file(scene.second, MOVED, MOVED + b"agent, again\n")

    assert scene.rows() == ["-agent", "+agent, again"]
    html = scene.html()
    assert "2 lines that came from <bdi>main</bdi> are hidden." in html
    assert '<a href="?noise=1">Show them</a>' in html


def test_with_the_noise_all_is_shown_and_what_came_with_the_base_is_marked(scene: Scene) -> None:
    scene.move_base()
    file(scene.first, BASE, BASE + b"agent\n")
    file(scene.second, MOVED, MOVED + b"agent, again\n")

    assert scene.rows("?noise=1") == ["+import os", "+import re", "-agent", "+agent, again"]
    html = scene.html("?noise=1")
    assert '<span class="noise">import os</span>' in html
    assert html.count('class="noise"') == 2
    assert f'data-url="{scene.path}files/0/?noise=1"' in html


def test_nothing_is_said_of_a_base_that_did_not_move(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"agent\n")
    file(scene.second, BASE, BASE + b"other\n")
    assert "base moved" not in scene.html()


def test_a_file_in_which_only_the_base_moved_is_named_apart(scene: Scene) -> None:
    scene.move_base()
    file(scene.first, BASE, BASE + b"agent\n")
    file(scene.second, MOVED, MOVED + b"agent\n")
    html = scene.html()
    assert "Only the base moved" in html
    assert "the agent's own work is the same in both rounds" in unescape(html)
    assert scene.rows("?noise=1") == ["+import os", "+import re"]


def test_files_that_are_the_same_are_listed_as_such(scene: Scene) -> None:
    for round_ in (scene.first, scene.second):
        file(round_, BASE, BASE + b"agent\n", "same.py")
    file(scene.second, None, b"new\n", "new.py")
    html = scene.html()
    assert "Same as in round 1" in html
    assert html.index("Same as in round 1") < html.index("same.py")
    assert scene.rows() == ["+new"]


def test_what_only_one_round_changes_is_compared_with_the_others_base(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"undone\n", "one.py")
    file(scene.second, b"a\n", b"a\nb\n", "two.py")
    assert scene.rows() == ["+b", "-undone"]


def test_a_file_that_the_moved_base_may_have_changed_unseen_says_so(scene: Scene) -> None:
    scene.move_base()
    file(scene.first, BASE, BASE + b"undone\n", "one.py")
    assert scene.rows() == ["-undone"]
    assert "what the base has there by now is not kept" in scene.html()


def test_a_file_that_the_later_round_renames_is_one_file(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"agent\n", "old.py")
    renamed = {"status": "renamed", "old_path": b"old.py", "old_display": "old.py"}
    file(scene.second, BASE, BASE + b"agent\nmore\n", "new.py", **renamed)
    assert scene.rows() == ["+more"]
    assert "Renamed from old.py" in scene.html()


def test_a_file_that_was_renamed_and_is_not_any_more_has_its_name_back(scene: Scene) -> None:
    renamed = {"status": "renamed", "old_path": b"old.py", "old_display": "old.py"}
    file(scene.first, BASE, BASE, "new.py", **renamed)
    (pair,) = compare(scene.first, scene.second).pairs
    assert (pair.old_path, pair.path) == (b"new.py", b"old.py")
    assert "Renamed from new.py" in scene.html()


def test_a_new_file_under_another_name_is_one_file(scene: Scene) -> None:
    file(scene.first, None, BASE, "one.py")
    file(scene.second, None, BASE, "two.py")
    assert scene.rows() == []
    assert "Renamed from one.py, without edits." in scene.html()


def test_a_file_that_goes_shows_all_its_lines_and_one_that_comes_too(scene: Scene) -> None:
    file(scene.first, b"a\n", b"a\nb\n", "gone.py")
    file(scene.second, b"a\n", None, "gone.py")
    file(scene.first, b"x\n", None, "back.py")
    file(scene.second, b"x\n", b"x\ny\n", "back.py")
    assert sorted(scene.rows()) == ["+x", "+y", "-a", "-b"]


def test_a_mode_alone_is_told_and_one_that_the_base_changed_is_not(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"agent\n", "run.sh")
    file(scene.second, BASE, BASE + b"agent\n", "run.sh", new_mode="100755")
    assert "now executable" in scene.html()
    scene.move_base()
    DiffFile.objects.filter(round=scene.second).update(old_mode="100755")
    assert "now executable" not in scene.html()


def test_a_binary_file_is_told_in_words(scene: Scene) -> None:
    file(scene.first, b"\0a", b"\0b", "p.bin", is_binary=True)
    file(scene.second, b"\0a", b"\0cc", "p.bin", is_binary=True)
    told = re.search(r"2 bytes before \(\w{12}\), 3 bytes after \(\w{12}\)", scene.html())
    assert told


def test_a_file_too_large_to_be_kept_is_told_in_words(scene: Scene) -> None:
    file(scene.first, BASE, b"large 1")
    file(scene.second, BASE, b"large 22")
    DiffFile.objects.all().update(new=None)
    assert "Too large to be kept beside the diff: 7 bytes before, 8 bytes after." in scene.html()


def test_a_submodule_and_a_link_are_told_in_words(scene: Scene) -> None:
    for round_, commit, target in (
        (scene.first, "1" * 40, b"there"),
        (scene.second, "2" * 40, b"here"),
    ):
        module = file(round_, b"", b"", "lib", old_mode="160000", new_mode="160000")
        DiffFile.objects.filter(pk=module.pk).update(old=None, new=None, new_oid=commit)
        file(round_, b"was", target, "link", old_mode="120000", new_mode="120000")
    html = scene.html()
    assert f"Submodule moved from {'1' * 40} to {'2' * 40}." in html
    assert "The link points to here." in html


def test_a_missing_newline_at_the_end_is_told(scene: Scene) -> None:
    file(scene.first, b"a\n", b"a\nb")
    file(scene.second, b"a\n", b"a\nb\n")
    assert scene.rows() == ["-b", "+b"]
    assert "No newline at end of file" in scene.html()


def test_files_come_in_the_later_rounds_reading_order(scene: Scene) -> None:
    for position, name in ((1, "a.py"), (0, "b.py")):
        file(scene.second, None, name.encode(), name, position=position)
    assert [pair.path for pair in compare(scene.first, scene.second).pairs] == [b"b.py", b"a.py"]


def test_no_file_is_left_out_however_many_there_are(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "COUNTED", 2)
    for number in range(5):
        file(scene.second, None, b"%d\n" % number, f"f{number}.py")
    html = scene.html()
    assert re.findall(r'<section class="file" id="f(\d)"', html) == ["0", "1", "2", "3", "4"]
    assert html.count("data-fetch") == 3
    assert scene.rows("files/4/") == ["+4"]


def test_the_page_takes_the_same_queries_for_many_files(scene: Scene) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            scene.html()
        return len(found)

    file(scene.first, BASE, BASE + b"a\n", "f0.py")
    file(scene.second, BASE, BASE + b"b\n", "f0.py")
    scene.html()
    one = queries()
    for number in range(1, 8):
        file(scene.first, BASE, BASE + b"a%d\n" % number, f"f{number}.py")
        file(scene.second, BASE, BASE + b"b%d\n" % number, f"f{number}.py")
    scene.html()
    assert queries() == one


def test_rows_have_the_colours_of_their_own_round_whatever_the_base_did(scene: Scene) -> None:
    scene.move_base()
    file(scene.first, BASE, BASE + b'x = "one"\n')
    file(scene.second, MOVED, MOVED + b'x = "two"\n')
    plain = scene.html("files/0/")
    for round_ in (scene.first, scene.second):
        colours.colour_round(round_.pk, 30)
    html = scene.html("files/0/")
    assert "data-plain" in plain
    assert "data-plain" not in html
    assert re.search(r"<i class=s>.*one.*</i>", html)
    assert re.search(r"<i class=s>.*two.*</i>", html)


def test_a_fragment_that_is_known_is_not_sent_again(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"b\n")
    first = scene.client.get(f"{scene.path}files/0/")
    again = scene.client.get(f"{scene.path}files/0/", headers={"If-None-Match": first["ETag"]})
    assert first["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.getvalue()) == (304, b"")


def test_lines_between_hunks_are_opened(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"b\n")
    html = scene.html("files/0/lines/?from=1&to=3&shift=0")
    assert html.startswith('<table class="expanded">')
    assert [re.sub(r"<[^>]+>", "", row)[-1] for row in ROW.findall(html)] == ["a", "b", "c"]


def test_lines_of_the_earlier_round_are_no_handles_to_comment_on(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"b\n")
    for view in ("unified", "split"):
        html = scene.html(f"files/0/?view={view}")
        assert "<a href=#f0n21>21</a>" in html
        assert "<a href=#f0o" not in html
        assert "id=f0o21" in html


def test_another_change_or_round_is_not_there(scene: Scene) -> None:
    file(scene.first, BASE, BASE + b"a\n")
    for rest in (
        "rounds/2..1/",
        "rounds/1..3/",
        "rounds/1..2/files/7/",
        "rounds/1..2/files/7/lines/",
    ):
        assert scene.client.get(f"/changes/{scene.change.pk}/{rest}").status_code == 404


def test_any_two_rounds_are_chosen_by_a_plain_form(scene: Scene) -> None:
    frozen(scene.change, 3)
    url = f"/changes/{scene.change.pk}/rounds"
    assert f'action="{url}/compare/"' in scene.html()
    for query, place in (("from=3&to=1", "1..3"), ("from=1&to=2", "1..2"), ("from=2&to=2", "2")):
        assert scene.client.get(f"{url}/compare/?{query}")["Location"] == f"{url}/{place}/"


def test_each_comment_that_was_sent_stands_at_the_hunk_that_answers_it(scene: Scene) -> None:
    letters = BASE.replace(b"b\n", b"B\n").replace(b"r\n", b"R\n")
    about = file(scene.first, BASE, letters)
    file(scene.second, BASE, letters.replace(b"B\n", b"BB\n").replace(b"R\n", b"RR\n"))
    sent = {"sent_in": scene.second, "answer": "Doubled.", "answer_state": "done"}
    low = said(about, scene.first, scene.reviewer, 18, sent_number=2, body="Low", **sent)
    high = said(about, scene.first, scene.reviewer, 2, sent_number=1, body="High", **sent)
    lost = said(about, scene.first, scene.reviewer, 4, sent_in=scene.second, sent_number=3,
                body="Lost")  # fmt: skip

    html = scene.html()

    assert "2 of 3 comments answered in words" in html
    for comment, row in ((low, "f0n18"), (high, "f0n2"), (lost, "f0n2")):
        note = html[html.index(f'id="thread-{comment.thread_id}"') :]
        note = note[: note.index("</article>")]
        assert comment.body in note
        assert f"round 1, line {comment.thread.line}" in note
        assert (f'<a href="#{row}">Answered here</a>' in note) is (comment is not lost)
        assert ("Not answered" in note) is (comment is lost)
        assert html.count(f'id="thread-{comment.thread_id}"') == 1


def test_lines_that_were_changed_without_a_word_are_said_to_be_changed(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE.replace(b"b\n", b"B\n").replace(b"r\n", b"R\n"))
    file(scene.second, BASE, BASE.replace(b"b\n", b"BB\n").replace(b"r\n", b"R\n"))
    sent = {"sent_in": scene.second}
    changed = said(about, scene.first, scene.reviewer, 2, sent_number=1, **sent)
    kept = said(about, scene.first, scene.reviewer, 18, sent_number=2, **sent)

    html = scene.html()

    assert "0 of 2 comments answered in words" in html
    notes = {
        comment: html[html.index(f'id="thread-{comment.thread_id}"') :].split("</article>")[0]
        for comment in (changed, kept)
    }
    told = '<a href="#f0n2">Changed here</a>; the agent said nothing to it'
    assert told in notes[changed]
    assert "Not answered" not in notes[changed]
    assert told not in notes[kept]
    assert "Not answered" in notes[kept]


def test_a_thread_with_more_words_is_shown_whole_beside_its_note(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"b\n")
    sent = said(about, scene.first, scene.reviewer, 21, sent_in=scene.second, sent_number=1)
    sent.thread.comments.create(author=scene.reviewer, body="And why here?",
                                published_at=sent.published_at)  # fmt: skip
    html = scene.html()
    assert html.count(f'id="note-{sent.pk}"') == 1
    assert html.count(f'id="thread-{sent.thread_id}"') == 1
    assert "And why here?" in html


def test_a_note_is_resolved_where_it_stands(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"b\n")
    sent = said(about, scene.first, scene.reviewer, 21, sent_in=scene.second, sent_number=1)
    url = f"/changes/{scene.change.pk}/threads/{sent.thread_id}/resolve/"
    assert f'action="{url}"' in scene.html()
    answer = scene.client.post(url, {"next": scene.path})
    assert answer["Location"] == scene.path
    assert "Reopen" in scene.html()


def test_a_sent_comment_whose_file_is_as_before_is_shown_above_the_files(scene: Scene) -> None:
    about = file(scene.first, BASE, BASE + b"a\n")
    file(scene.second, BASE, BASE + b"a\n")
    said(about, scene.first, scene.reviewer, 21, sent_in=scene.second, answer_state="declined",
         answer="It is right.", body="Odd")  # fmt: skip
    html = scene.html()
    assert 'class="loose-notes"' in html
    assert "Answered, nothing of it differs" in html
    assert "It is right." in html


def test_hostile_names_and_contents_stay_text(scene: Scene) -> None:
    evil = "<script>alert(1)</script>.py"
    file(scene.first, BASE, b"<b>x</b>\n<a href=#f0o1>1</a>\n", evil)
    file(scene.second, BASE, b"<i>y</i>\n", evil)
    html = scene.html()
    assert "<script>alert" not in html
    assert scene.rows() == ["-<b>x</b>", "-<a href=#f0o1>1</a>", "+<i>y</i>"]


def test_git_names_of_contents_decide_and_not_the_order_of_files(scene: Scene) -> None:
    file(scene.first, BASE, text(LETTERS[:5]), "z.py")
    file(scene.first, BASE, text(LETTERS[:6]), "a.py")
    file(scene.second, BASE, text(LETTERS[:6]), "a.py")
    file(scene.second, BASE, text(LETTERS[:5]), "z.py")
    found = compare(scene.first, scene.second)
    assert found.pairs == ()
    assert sorted(found.same) == [b"a.py", b"z.py"]


def test_pictures_of_two_rounds_stand_side_by_side(scene: Scene) -> None:
    file(scene.first, png(1, 1), png(2, 2), path="logo.png", is_binary=True)
    file(scene.second, png(1, 1), png(3, 2), path="logo.png", is_binary=True)
    html = scene.html()
    places = re.findall(r'<img src="([^"]+)"', html)
    assert places == ["../1/files/0/sides/new", "../2/files/0/sides/new"]
    shown = [scene.client.get(f"/changes/{scene.change.pk}/rounds/{at[3:]}") for at in places]
    assert [answer.content for answer in shown] == [png(2, 2), png(3, 2)]
    assert "Grew from 2 × 2 to 3 × 2." in html


def test_a_notebook_of_two_rounds_is_shown_by_its_cells(scene: Scene) -> None:
    file(scene.first, book(cell("a")), book(cell("print(total)")), path="n.ipynb")
    file(scene.second, book(cell("a")), book(cell("print(total + 1)")), path="n.ipynb")
    html = scene.html()
    assert "Cell 1, code: changed" in html
    assert "The file's own lines" in unescape(html)
