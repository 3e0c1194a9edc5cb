"""Masking does not depend on where a stream is cut, on how a value is written, or on size."""

from __future__ import annotations

import base64
import html
import json
import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.job import Outcome
from agents.redact import MASK, Redactor
from agents.stream import Joiner, plain

CANARY = "CANARY-7f3a91c2-SECRET"
ODD = 'p"w/ä\\9&<k> y+z%'
BODY = "MIIEowIBAAKCAQEAx1\nabcdEFGH+/0123456789==\n"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}-----END RSA PRIVATE KEY-----\n"
LOCKED = KEY.replace("\nMIIE", "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,7F\n\nMIIE")
GITHUB = "ghp_" + "a1B2" * 9
VALUES = [CANARY, ODD, KEY]

FRAGMENTS = [
    CANARY, CANARY[:7], CANARY[7:], CANARY[:-1], CANARY.lower(), CANARY[::-1], CANARY.encode().hex(),
    base64.b64encode(b"x:" + CANARY.encode()).decode(), ODD, json.dumps(ODD), quote(ODD), KEY, KEY[:40],
    KEY[40:], LOCKED, json.dumps(KEY), "-----", "-----BEGIN ", "-----END RSA PRIVATE KEY-----", GITHUB,
    GITHUB[:9], "AKIAIOSFODNN7EXAMPLE", "Q", "https://u", ":pw1234", "@host/x", "https://u:hunter22@h",
    "Bearer ", "bearer abcdefghijklmnopqrst", "Authorization: ", "Basic dXNlcjpwYXNzd29yZA==", "eyJhbGci",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "sk-ant-" + "b" * 30,
    "xoxb-123456789012-abc", "\x1b[0m", "\x1b[31;1m", "\x1b]0;title\x07", "\x1b]8;;https://x\x1b\\", "\x1b",
    "\x1b]", "\x1b[", "\n", "\r\n", " ", ".", "-", "word", "x", "ä", "\u200b", "İ", "Σ", '"', "\\n", "@",
    "\x1bP1$q", "\x1bPq\x07#0\x1b\\", "\x1b_G\x1b\\", "\x1b^a\x9c", "\x1bX", "\x90", "\x9c", "\x9b1m", "\x9d0;t\x9c",
    "\x1b(B", "\x1b(", "\x00", "\x08", "\x1f", "\u00ad", "GH_TOKEN=abcdefgh1234", "\x1b\\", f"\x1bP{GITHUB}\x1b\\",
]  # fmt: skip
text = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join)
cuts = st.lists(st.integers(min_value=0, max_value=400), max_size=12)


def cut(whole: str, places: list[int]) -> list[str]:
    ends = [*sorted({place % (len(whole) + 1) for place in places}), len(whole)]
    return [whole[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@settings(max_examples=600, deadline=None)
@given(text, cuts)
@example(CANARY[:12] + "\x1b[0m" + CANARY[12:], [11, 12, 13, 14, 15])
@example("https://u:hunter22@h", [6])
@example(LOCKED, [40])
@example("-----BEGIN \x1b[-----BEGIN RSA PRIVATE KEY-----\nMIIEowIB", [14])
def test_any_cutting_gives_the_same_text(whole: str, places: list[int]) -> None:
    redactor = Redactor(VALUES)
    pieces = [redactor.feed(part) for part in cut(whole, places)]
    assert "".join([*pieces, redactor.flush()]) == Redactor(VALUES).redact(whole)


@pytest.mark.parametrize(
    "secret", [CANARY, KEY.strip(), LOCKED.strip(), GITHUB, "https://u:hunter22@h"]
)
def test_every_single_cut_gives_the_same_text(secret: str) -> None:
    whole = f"a {secret}\nb"
    expected = Redactor(VALUES).redact(whole)
    for place in range(len(whole)):
        redactor = Redactor(VALUES)
        shown = redactor.feed(whole[:place]) + redactor.feed(whole[place:]) + redactor.flush()
        assert shown == expected


DRESSES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON with letters": lambda v: json.dumps(v, ensure_ascii=False),
    "JSON in JSON": lambda v: json.dumps(json.dumps({"a": v})),
    "URL": lambda v: quote(v, safe=""),
    "URL path": quote,
    "form": quote_plus,
    "HTML": html.escape,
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "base64 for URLs": lambda v: base64.urlsafe_b64encode(b"u:" + v.encode() + b"!").decode(),
    "base64 in lines": lambda v: base64.encodebytes(b"k=" + v.encode() * 3).decode(),
    "hex": lambda v: v.encode().hex().upper(),
    "backwards": lambda v: v[::-1],
    "repr": repr,
    "over lines": lambda v: v[:9] + "\n" + v[9:],
    "over lines of a terminal": lambda v: v[:9] + "\r\n" + v[9:],
    "with nothing between": lambda v: v[:5] + "\u200b" + v[5:],
    "coloured": lambda v: "".join(f"\x1b[3{n % 8}m{c}" for n, c in enumerate(v)),
    "a title": lambda v: f"\x1b]0;{v}\x07",
    "without a sight": "\u2060".join,
    "a string of a terminal": lambda v: f"\x1bP{v}\x1b\\",
    "strings between": "\x1b_x;y\x1b\\".join,
    "an address": lambda v: f"\x1b]8;;https://h/?t={v}\x1b\\link\x1b]8;;\x1b\\",
}


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("value", [CANARY, ODD])
def test_a_known_value_is_masked_in_every_dress(dress: str, value: str) -> None:
    dressed = DRESSES[dress](value)
    shown = Redactor(VALUES).redact(f"before {dressed} after")
    assert MASK in shown
    assert dressed not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


BETWEEN = [
    "\x1bP1$q m\x1b\\", "\x1bPq\x07 a\x1b\\", "\x1b_Gi=1;A A\x1b\\", "\x1b^said\x1b\\", "\x1bXsaid\x9c", "\x90 q\x9c",
    "\x98x\x1b\\", "\x9e!\x9c", "\x9f!\x9c", "\x9b31m", "\x9d0; t\x9c", "\x1b]0;t\x9c", "\x1b(B", "\x1b=", "\x00",
    "\x08", "\x7f", "\x1f", "\x80", "\u00ad", "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u3164", "\U000e0041",
]  # fmt: skip


@pytest.mark.parametrize("between", BETWEEN, ids=ascii)
@pytest.mark.parametrize("token", [GITHUB, "AKIA" + "Q7" * 8, "xoxb-123456789012-abcdefGHIJ"])
def test_nothing_unseen_inside_a_token_beats_its_shape(between: str, token: str) -> None:
    for dressed in (token[:2] + between + token[2:], token[:9] + between * 2 + token[9:],
                    between.join(token)):  # fmt: skip
        whole = f"a {dressed} b"
        assert Redactor().redact(whole) == f"a {MASK} b"
        for place in range(len(whole)):
            redactor = Redactor()
            shown = redactor.feed(whole[:place]) + redactor.feed(whole[place:]) + redactor.flush()
            assert shown == f"a {MASK} b"


def test_a_printed_environment_is_masked_variable_by_variable() -> None:
    shown = Redactor().redact(f"HOME=/home/agent\0GH_TOKEN=abcdefgh1234\0LANG=C\0A={GITHUB}\0B=1")
    assert "abcdefgh1234" not in shown
    assert GITHUB not in shown
    assert shown.startswith("HOME=/home/agent\0GH_TOKEN=[secret]")


def test_a_key_of_the_server_is_masked_line_by_line() -> None:
    shown = Redactor([KEY]).redact("".join(f"  12 | {line}\n" for line in KEY.splitlines()))
    assert "MIIE" not in shown
    assert "EFGH" not in shown


def test_two_lines_that_only_begin_like_a_value_stay() -> None:
    assert Redactor(["abcdefgh"]).redact("ab\ncdefgh") == "ab\ncdefgh"
    assert Redactor(["abcdefgh"]).redact("abcd\nefgh") == MASK


def test_shapes_do_not_eat_what_follows() -> None:
    rows = json.dumps([{"url": "http://localhost:8080", "mail": "joe@example.org"}, {"k": KEY}])
    shown = json.loads(Redactor().redact(rows))
    assert shown[0] == {"url": "http://localhost:8080", "mail": "joe@example.org"}
    assert "MIIE" not in shown[1]["k"]
    assert Redactor().redact("Proxy-Authorization: Basic dXNlcjpwYXNz.") == (
        f"Proxy-Authorization: Basic {MASK}"
    )


def test_a_stored_conversation_is_masked_and_still_json() -> None:
    """Outcome.session is text of a runner's own form; what it holds goes through the same mask."""
    talk = {"messages": [{"role": "user", "content": f"{CANARY}\n{ODD}\n{KEY}"}], "id": "s1"}
    joiner = Joiner(Redactor(VALUES), time.monotonic)
    outcome = Outcome("passed", session=json.dumps(talk), summary=CANARY, resume=talk, excerpt=ODD)
    stored = replace(
        outcome, session=joiner.mask(outcome.session), summary=joiner.mask(outcome.summary),
        excerpt=joiner.mask(outcome.excerpt),
    )  # fmt: skip
    everything = f"{stored.session}{stored.summary}{stored.excerpt}{plain(talk, joiner.mask)}"
    assert json.loads(stored.session)["id"] == "s1"
    for secret in (CANARY, ODD, json.dumps(ODD)[1:-1], "MIIE"):
        assert secret not in everything


HOSTILE = {
    "a key's head": "-----BEGIN PRIVATE KEY-----", "dashes": "-", "one word": "x", "escapes": "\x1b",
    "titles": "\x1b]", "addresses": "https://a:", "colours": "\x1b[1", "bearers": "Bearer ", "dots": "eyJ.",
    "beginnings": CANARY[:-1], "lines": "\n", "letters": "C", "odd letters": "Σ", "slashes": "://",
    "headers": "Authorization: ", "key lines": "\\n", "keys": "sk-", "values": CANARY,
    "strings": "\x1bP", "ends of strings": "\x9c", "nothings": "\x00", "no width": "x\u200b", "eight bits": "\x9b",
    "sets": "\x1b(",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_four_times_the_text_takes_about_four_times_as_long(name: str) -> None:
    """Quadratic work would take sixteen times as long."""

    def seconds(size: int) -> float:
        redactor, long = Redactor(VALUES), HOSTILE[name] * (size // len(HOSTILE[name]))
        began = time.perf_counter()
        for at in range(0, len(long), 16_384):
            redactor.feed(long[at : at + 16_384])
        redactor.flush()
        redactor.redact(long)
        return time.perf_counter() - began

    for _ in range(3):  # other work on the machine can spoil one measure, not three
        small, large = min(seconds(65_536) for _ in range(2)), seconds(262_144)
        if large < 9 * small + 0.2:
            return
    raise AssertionError(f"{name}: {small:.3f} s for 64 KB and {large:.3f} s for 256 KB")
