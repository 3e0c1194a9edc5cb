"""Pictures by their first bytes: what they are, how large, and what a page shows of them."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.diffs.images import SVG, Side, media_type, pixels, render_images, side_of
from tests.diffs.pictures import avif, gif, icon, jpeg, png

VP8X = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\x7f\x02\0" + b"\xdf\x01\0"
VP8L = b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 639 | 479 << 14)
VP8 = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 640, 480)
BMP = b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 640, -480)
SVG_IMAGE = b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="640" height="480"></svg>'

PICTURES = [
    ("image/png", png(640, 480)),
    ("image/jpeg", jpeg(640, 480)),
    ("image/gif", gif((640, 480), (10, 10))),
    ("image/webp", VP8X),
    ("image/webp", VP8L),
    ("image/webp", VP8),
    ("image/avif", avif((64, 64), (640, 480))),
    ("image/bmp", BMP),
    ("image/x-icon", icon((16, 16), png(640, 480))),
    (SVG, SVG_IMAGE),
]

PLACES = ("files/0/sides/old", "files/0/sides/new")
THREE = ("files/3/sides/old", "files/3/sides/new")


@pytest.mark.parametrize(("kind", "data"), PICTURES)
def test_a_picture_is_known_by_its_bytes_and_measured_by_its_header(kind: str, data: bytes) -> None:
    assert media_type(data[:4096]) == kind
    assert pixels(data) == (640, 480)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"import os\n", b"BMW makes cars, and bikes too\n", b"<html><svg></svg></html>",
        b"<svgx></svgx>", b"<!-- <svg> -->\n<html>", b"<!DOCTYPE html><svg>", b"<?xml <svg",
        b"PK\3\4 <svg>", b"\0\0\1\0\0\0", b"%PDF-1.7", b"RIFF\0\0\0\0WAVEfmt ",
    ],
)  # fmt: skip
def test_what_is_no_picture_of_ours_has_no_media_type(data: bytes) -> None:
    assert media_type(data) == ""
    assert side_of(data) is None


def test_a_picture_as_large_as_a_wall_is_offered_and_not_loaded() -> None:
    bomb = side_of(png(50_000, 50_000))
    html = render_images(THREE, None, bomb)
    assert "<img" not in html
    assert "50,000 × 50,000" in html
    assert '<a href="files/3/sides/new?download=1"' in html


def test_a_gif_and_an_icon_are_as_large_as_the_largest_they_hold() -> None:
    assert pixels(gif((1, 1), (60_000, 60_000))) == (60_000, 60_000)
    assert pixels(icon((16, 16), png(50_000, 50_000))) == (50_000, 50_000)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        (b'width="10" height="20px"', (10, 20)),
        (b'viewBox="0 0 30 15"', (30, 15)),
        (b"viewBox='0,0,30,15' width='100%'", (30, 15)),
        (b'viewBox="0 0 30 15" width="1in"', (96, 48)),
        (b"", (300, 150)),
        (b'width="-5" height="x"', (300, 150)),
        (b'width="99999999" height="99999999"', (99_999_999, 99_999_999)),
    ],
)
def test_an_svg_is_as_large_as_its_root_says(attributes: bytes, size: tuple[int, int]) -> None:
    assert pixels(b"<svg " + attributes + b"><path/></svg>") == size


def test_an_svg_that_draws_itself_again_and_again_is_not_loaded() -> None:
    laughs = b"".join(
        b'<g id="a%d"><use href="#a%d"/><use href="#a%d"/></g>' % (n, n - 1, n - 1)
        for n in range(1, 30)
    )
    entity = b'<!DOCTYPE svg [<!ENTITY a "aa"> ]><svg>&a;</svg>'
    assert pixels(b"<svg>" + laughs + b"</svg>") is None
    assert pixels(entity) is None
    assert "<img" not in render_images(PLACES, None, side_of(b"<svg>" + laughs + b"</svg>"))


def test_both_sides_stand_next_to_each_other_with_their_sizes() -> None:
    old, new = Side("image/png", 12_300, (640, 480)), Side("image/png", 20_000, (800, 600))
    html = render_images(THREE, old, new)
    assert "Grew from 640 × 480 to 800 × 600." in html
    assert "<figure data-old><figcaption>Before: 640 × 480, 12.3 kB</figcaption>" in html
    assert (
        '<img src="files/3/sides/old" alt="The picture before this change" loading="lazy"' in html
    )
    assert 'src="files/3/sides/new"' in html
    assert 'width="800" height="600"' in html


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ((8, 8), (8, 8), "Same size, 8 × 8."),
        ((8, 8), (8, 4), "Shrank from 8 × 8 to 8 × 4."),
        ((8, 4), (4, 8), "Went from 8 × 4 to 4 × 8."),
    ],
)
def test_how_the_size_changed_is_said(
    old: tuple[int, int], new: tuple[int, int], sentence: str
) -> None:
    assert sentence in render_images(PLACES, Side("image/png", 1, old), Side("image/png", 1, new))


def test_another_kind_of_picture_is_said() -> None:
    html = render_images(PLACES, Side("image/png", 1, (1, 1)), Side(SVG, 1, None))
    assert "Was PNG, is now SVG." in html
    assert "its size in pixels cannot be told" in html


def test_no_picture_on_either_side_shows_nothing() -> None:
    other = Side("", 5, None)
    assert render_images(PLACES, None, None) == render_images(PLACES, other, other) == ""


def test_a_side_that_is_no_picture_is_told_beside_the_one_that_is() -> None:
    html = render_images(PLACES, Side("", 5_200_000, None), Side("image/png", 1, (1, 1)))
    assert "Before: 5.2 MB" in html
    assert "No picture, or too large to be shown." in html
    assert html.count("<img") == 1


@given(
    st.sampled_from(PICTURES), st.integers(0, 400), st.binary(max_size=64), st.integers(0, 200)
)  # fmt: skip
def test_no_header_raises_however_it_was_cut_or_overwritten(
    picture: tuple[str, bytes], cut: int, junk: bytes, at: int
) -> None:
    data = picture[1]
    for broken in (data[:cut], data[:at] + junk + data[at + len(junk) :], data[:cut] + junk):
        size = pixels(broken)
        assert size is None or min(size) > 0
        assert isinstance(media_type(broken), str)
        render_images(PLACES, side_of(broken), None)


@pytest.mark.parametrize(
    "unit", [b"\xff", b"\xff\xfe\0\x02", b"\x21\xfe\0", b"\0\0\0\x08free", b"<!---->", b"<use/>"]
)
def test_four_megabytes_of_headers_are_read_at_once(unit: bytes) -> None:
    for _, data in PICTURES:
        for keep in (2, 13, 24, len(data)):
            hostile = data[:keep] + unit * (4_000_000 // len(unit))
            started = time.process_time()
            pixels(hostile)
            media_type(hostile)
            assert time.process_time() - started < 1
