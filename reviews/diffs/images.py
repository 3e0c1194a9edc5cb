"""Pictures side by side: what they are by their first bytes, how large by their headers.

Nothing here decodes a picture, and nothing of one is in the HTML: the browser fetches each side on
its own from the page's address. The name of a file counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from reviews.diffs.describe import size_words
from reviews.diffs.pixels import Pixels, pixels
from reviews.diffs.svg import is_svg

__all__ = ["HEAD", "RASTER", "SVG", "Side", "media_type", "pixels", "render_images", "side_of"]

HEAD = 4096  # bytes that tell what a picture is
MOST_PIXELS = 40_000_000  # of a picture that a browser is asked to show: 160 MB once decoded
SVG = "image/svg+xml"
_MAGIC = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb".{4}ftyp(?:avif|avis)", re.DOTALL), "image/avif"),
    (re.compile(rb".{4}ftypmi(?:f1|af).{4}(?:.{4}){0,8}?avif", re.DOTALL), "image/avif"),
    # two bytes say little: the reserved ones and the length of the header that follows say more
    (re.compile(rb"BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), "image/bmp"),
    (re.compile(rb"\0\0\x01\0[\x01-\x40]\0...\0", re.DOTALL), "image/x-icon"),
)
RASTER = frozenset(kind for _, kind in _MAGIC)
_WORDS = {SVG: "SVG", "image/x-icon": "icon"}


class Side(NamedTuple):
    """One side of a picture. size: bytes. pixels: None when unknown.

    media_type: one of ours, "" for content that is none or was too large to be kept.
    """

    media_type: str
    size: int
    pixels: Pixels | None


def media_type(head: bytes) -> str:
    """What the first `HEAD` bytes of a content say that it is; "" for all but our pictures."""
    for magic, kind in _MAGIC:
        if magic.match(head):
            return kind
    return SVG if is_svg(head[:HEAD]) else ""


def side_of(data: bytes) -> Side | None:
    """What is told of a picture; None for other content."""
    kind = media_type(data[:HEAD])
    return Side(kind, len(data), pixels(data)) if kind else None


def render_images(places: tuple[str, str], old: Side | None, new: Side | None) -> str:
    """What became of the picture in a sentence, then each side that there is.

    places: where both are fetched from, relative to the page.
    """
    if not any(side and side.media_type for side in (old, new)):
        return ""
    figures = [
        *_figure(places[0], "old", "Before", old),
        *_figure(places[1], "new", "After", new),
    ]
    said = "".join(f'<p class="said">{sentence}</p>' for sentence in _compared(old, new))
    return f'{said}<div class="images" data-images>{"".join(figures)}</div>'


def _compared(old: Side | None, new: Side | None) -> Iterator[str]:
    if not (old and new and old.media_type and new.media_type):
        return
    if old.media_type != new.media_type:
        yield f"Was {_kind(old)}, is now {_kind(new)}."
    if old.pixels and new.pixels:
        yield _sizes(old.pixels, new.pixels)


def _sizes(old: Pixels, new: Pixels) -> str:
    if old == new:
        return f"Same size, {_extent(new)}."
    wider, higher = new[0] - old[0], new[1] - old[1]
    if wider >= 0 and higher >= 0:
        verb = "Grew"
    elif wider <= 0 and higher <= 0:
        verb = "Shrank"
    else:
        verb = "Went"
    return f"{verb} from {_extent(old)} to {_extent(new)}."


def _figure(place: str, name: str, when: str, side: Side | None) -> Iterator[str]:
    if side is None:
        return
    told = f"{_extent(side.pixels)}, " if side.pixels else ""
    yield (
        f"<figure data-{name}><figcaption>{when}: {told}{size_words(side.size)}</figcaption>"
        f"{_shown(place, when, side)}</figure>"
    )


def _shown(url: str, when: str, side: Side) -> str:
    """The picture, or why the browser is not asked to decode it."""
    if not side.media_type:
        return '<p class="quiet">No picture, or too large to be shown.</p>'
    if side.pixels is None:
        why = "its size in pixels cannot be told"
    elif side.pixels[0] * side.pixels[1] > MOST_PIXELS:
        why = f"it has more than {MOST_PIXELS // 1_000_000} million pixels"
    else:
        width, height = side.pixels
        alt = f"The picture {when.lower()} this change"
        size = f'width="{width}" height="{height}"'
        return f'<img src="{url}" alt="{alt}" loading="lazy" decoding="async" {size}>'
    return (
        f'<p class="quiet">Not shown, for {why}. '
        f'<a href="{url}?download=1" download>Download the picture {when.lower()}</a></p>'
    )


def _extent(size: Pixels) -> str:
    return f"{size[0]:,} × {size[1]:,}"


def _kind(side: Side) -> str:
    return _WORDS.get(side.media_type, side.media_type.removeprefix("image/").upper())
