"""What a page's rows say, read back from the HTML alone."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import NamedTuple

from reviews.diffs.text import decode


class ShownRow(NamedTuple):
    """A row's class and the text of its cells."""

    css: str
    cells: list[str]


class _Reader(HTMLParser):
    """Rows and cells whose end tags may be left out, as browsers read them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)  # Python's drop control characters
        self.rows: list[ShownRow] = []
        self.is_in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "tr":
            self.rows.append(ShownRow(given.get("class") or "", []))
            self.is_in_cell = False
        elif tag == "td":
            self.rows[-1].cells.append("")
            self.is_in_cell = True
        elif tag in {"table", "div", "caption", "p"}:
            self.is_in_cell = False

    def handle_endtag(self, tag: str) -> None:
        if tag in {"table", "td", "tr"}:
            self.is_in_cell = False

    def handle_charref(self, name: str) -> None:
        self.handle_data(chr(int(name[1:], 16) if name[0] in "xX" else int(name)))

    def handle_entityref(self, name: str) -> None:
        self.handle_data(unescape(f"&{name};"))

    def handle_data(self, data: str) -> None:
        if self.is_in_cell:
            self.rows[-1].cells[-1] += data


def rows_of(html: str) -> list[ShownRow]:
    """Every row of the tables in it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.rows


def written(line: bytes) -> str:
    """A line of git's patch as the page has to show it: NUL and what is not UTF-8 replaced."""
    return "".join(
        "\ufffd" if 0xDC80 <= ord(char) <= 0xDCFF else char
        for char in decode(line).replace("\0", "\u2400")
    )
