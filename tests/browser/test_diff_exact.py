"""What stands on the page, copied out of Chromium, is git's patch and the new content."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from reviews.diffs import FileEntry, index_patch
from tests.browser.conftest import Eyes
from tests.diffs.shown import written
from tests.diffs.test_truth import lines_of
from tests.diffs.trees import LINES, Compared, Tree, compare, git
from tests.e2e.house import House

pytestmark = pytest.mark.browser
SOURCE = Path(random.__file__).read_bytes().split(b"\n")
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060"
    "0000000500015a27b1a20000000049454e44ae426082"
)
# Cells of every row of a file, as the reader sees them, without what was put between rows.
# innerText tells nothing of what the browser leaves out of its layout until it comes near
ALL_IN_SIGHT = """(section) => [section, ...section.querySelectorAll('.block')].forEach(
  (part) => { part.style.contentVisibility = 'visible'; })"""
ROWS = """(section) => [...section.querySelectorAll('.diff tr:not(.insert)')].map(
  (row) => [...row.cells].map((cell) => cell.innerText))"""


def edited(lines: list[bytes], every: int) -> bytes:
    changed = [line + b"  # new" if n % every == 3 else line for n, line in enumerate(lines)]
    return b"\n".join(changed[5:] + changed[:5])


def hard() -> tuple[Tree, Tree]:
    """Two trees that hold what diffs are made wrong by."""
    text, exe = "100644", "100755"
    nasty = [line for line in LINES if b"\0" not in line]
    old: Tree = {
        b"plain.py": (text, b"\n".join(SOURCE)),
        b"long.py": (text, b"\n".join(SOURCE * 7)),
        b"old/name.py": (text, b"\n".join(SOURCE[:200])),
        b"nasty.txt": (text, b"\n".join(nasty)),
        b"dos.txt": (text, b"a\r\nb\r\nc\r\n"),
        b"gone.txt": (text, b"was\nhere\n"),
        b"mode.sh": (text, b"echo\n"),
        b"kind": (text, b"file\n"),
        b"no newline": (text, b"a\nb"),
        b"white.py": (text, b"def f():\n    a = 1\n    return a\n"),
        b"module": ("160000", b"1" * 40),
        b"latin.py": (text, b"# coding: latin-1\nx = 'caf\xe9'\n"),
    }
    new: Tree = {
        **{path: old[path] for path in (b"nasty.txt", b"kind", b"module")},
        b"plain.py": (text, edited(SOURCE, 40)),
        b"long.py": (text, edited(SOURCE * 7, 30)),
        b"new/folder b/name.py": (text, edited(SOURCE[:200], 50)),
        b"nasty.txt": (text, b"\n".join(line for n in nasty for line in (n, n + b" ", b"x" + n))),
        b"dos.txt": (text, b"a\nb\nc\n"),
        b"mode.sh": (exe, b"echo\n"),
        b"kind": ("120000", b"/etc/passwd"),
        b"no newline": (text, b"a\nb\nc"),
        b"white.py": (text, b"def f():\n\ta = 1\n\treturn a + 1  \n"),
        b"module": ("160000", b"2" * 40),
        b"latin.py": (text, b"# coding: latin-1\nx = 'th\xe9'\n"),
        b"empty": (text, b""),
        b"new\nline": (text, b"one\n\n\ntwo\n"),
        b"logo.png": (text, LOGO),
    }
    return old, new


@pytest.fixture(scope="module")
def compared(house: House) -> Compared:
    return compare(house.folder / "hard.git", *hard())


@pytest.fixture(scope="module")
def number(house: House, compared: Compared) -> int:
    """The change that takes the first tree to the second, through the import."""
    place = house.folder / "hard.git"
    base = git(place, "rev-parse", "old").strip().decode()
    tree = git(place, "rev-parse", "new^{tree}").strip().decode()
    git(place, "update-ref", "refs/heads/main", base)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    head = git(place, *who, "commit-tree", tree, "-p", base, "-m", "Hard").strip().decode()
    git(place, "update-ref", "refs/heads/hard", head)
    house.page.post("/repositories/", {"name": "hard", "origin": str(place)})
    told = house.manage("import_change", "--repo", "hard", "--head", "hard", "--title", "Hard")
    made = int(told.split("#")[1].split(":")[0])
    house.admin.until(made, "awaiting_review")
    return made


@pytest.fixture(params=["unified at a desk", "split at a desk", "unified on a phone"])
def opened(request: pytest.FixtureRequest, eyes: Eyes, number: int) -> Page:
    """The page with every file's rows."""
    page = eyes.open("phone" if "phone" in request.param else "desk")
    if "split" in request.param:
        page.context.add_cookies([{"name": "honk-view", "value": "split", "url": eyes.house.url}])
    page.goto(f"/changes/{number}/rounds/1/")
    open_all(page)
    return page


def open_all(page: Page) -> None:
    """Open what is folded and go past what is fetched on approach."""
    for button in page.locator("[data-open-body]").all():
        button.click()
    for section in page.locator("section.file").all():
        section.scroll_into_view_if_needed()
        expect(section.locator("[data-file-body] .diff").first).to_be_attached()
    while page.locator(".rest a").count():
        count = page.locator(".rest a").count()
        page.locator(".rest a").first.click()
        expect(page.locator(".rest a")).not_to_have_count(count)
    for details in page.locator("details.raw-lines:not([open]) > summary").all():
        details.click()


def shown(page: Page, index: int) -> list[list[str]]:
    section = page.locator(f"section.file[data-file='{index}']")
    section.scroll_into_view_if_needed()
    section.evaluate(ALL_IN_SIGHT)
    rows: list[list[str]] = section.evaluate(ROWS)
    return rows


def halves(rows: list[list[str]]) -> Iterator[tuple[str, str, str]]:
    """(side, sign, line) of every line on the page, in order on each side."""
    for cells in rows:
        if len(cells) == 3:
            yield "both", cells[1], cells[2]
        else:
            assert len(cells) == 6
            yield "old", cells[1], cells[2]
            yield "new", cells[4], cells[5]


def expected(compared: Compared, entry: FileEntry) -> list[str]:
    """git's own lines of a file, as characters."""
    lines = lines_of(compared.patch[entry.start : entry.end])
    if entry.path == b"latin.py":
        return [line.decode("latin-1") for line in lines]
    return [written(line) for line in lines]


def test_the_rows_of_every_file_are_gits_patch(opened: Page, compared: Compared) -> None:
    for entry in index_patch(compared.patch, compared.raw):
        patch = expected(compared, entry)
        found = list(halves(shown(opened, entry.index)))
        for side, signs in (("both", " -+\\"), ("old", " -"), ("new", " +")):
            rows = [sign + text for where, sign, text in found if where == side and sign]
            rows = [row for row in rows if row[0] in signs]
            wanted = [line for line in patch if line[0] in signs]
            if rows or (side == "both" and not any(where != "both" for where, *_ in found)):
                assert rows == wanted, entry.path


def test_with_all_that_can_be_opened_the_rows_are_the_new_content(
    opened: Page, compared: Compared
) -> None:
    entry = next(e for e in index_patch(compared.patch, compared.raw) if e.path == b"plain.py")
    section = opened.locator(f"section.file[data-file='{entry.index}']")
    while section.locator("[data-more='']").count():
        count = section.locator("[data-more='']").count()
        section.locator("[data-more='']").first.click()
        expect(section.locator("[data-more='']")).not_to_have_count(count)
    rows = list(halves(shown(opened, entry.index)))
    new = [text for side, sign, text in rows if side != "old" and sign in {" ", "+"}]
    assert "\n".join(new) == compared.new[b"plain.py"][1].decode()
