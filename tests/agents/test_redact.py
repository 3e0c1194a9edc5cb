"""Secrets in streams, whole and cut, plain and dressed up."""

from __future__ import annotations

import base64
import random
import time

import pytest

from agents.redact import MASK, Redactor

CANARY = "CANARY-7f3a91c2-SECRET"
KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc+/=\n-----END RSA PRIVATE KEY-----"
SHAPES = [
    "sk-ant-api03-" + "aB3_" * 20, "ghp_" + "a1B2" * 9, "github_pat_" + "a1_B" * 8,
    "AKIAIOSFODNN7EXAMPLE", "xoxb-123456789012-abcdefGHIJ", "glpat-abcdefghij0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P", KEY,
]  # fmt: skip


def streamed(redactor: Redactor, text: str, seed: int) -> str:
    """text fed in random pieces."""
    source = random.Random(seed)
    out, at = "", 0
    while at < len(text):
        size = source.choice([1, 2, 5, 17, 80])
        out += redactor.feed(text[at : at + size])
        at += size
    return out + redactor.flush()


@pytest.mark.parametrize(
    "form",
    [CANARY, CANARY.lower(), CANARY.upper(), CANARY[::-1], CANARY.encode().hex(),
     base64.b64encode(CANARY.encode()).decode(),
     base64.b64encode(b"x:" + CANARY.encode()).decode(),
     base64.urlsafe_b64encode(b"xy:" + CANARY.encode() + b"zz").decode(),
     "".join(f"%{b:02x}" for b in CANARY.encode()), CANARY.replace("-", "%2D"),
     CANARY.replace("-", "\\u002d"), "CANARY-7f3a\x1b[0m91c2-SECRET",
     "CANARY\x1b[31;1m-7f3a\x1b]0;title\x0791c2\x1b[m-SECRET",
     f"https://u:{CANARY}@host/x.git", f"export API_KEY={CANARY}"],
)  # fmt: skip
def test_a_known_value_is_masked_in_every_dress(form: str) -> None:
    out = Redactor([CANARY]).redact(f"before {form} after")
    assert MASK in out
    assert "7f3a" not in out.replace("\x1b[0m", "").lower()
    assert "91c2" not in out
    assert out.startswith("before ")
    assert out.endswith(" after")


@pytest.mark.parametrize("secret", [CANARY, *SHAPES])
def test_pieces_mask_as_much_as_the_whole(secret: str) -> None:
    text = f"one\n{secret}\ntwo {secret} three\x1b[0m\n"
    whole = Redactor([CANARY]).redact(text)
    assert secret not in whole
    assert whole == f"one\n{MASK}\ntwo {MASK} three\x1b[0m\n"
    for seed in range(30):
        assert streamed(Redactor([CANARY]), text, seed) == whole


def test_escapes_inside_a_secret_do_not_help_over_pieces() -> None:
    dressed = "CANARY-7f\x1b[1;31m3a91\x1b[0mc2-SECRET"
    for seed in range(30):
        out = streamed(Redactor([CANARY]), f"a {dressed} b", seed)
        assert out == f"a {MASK} b"


def test_ordinary_text_stays_and_is_not_held_for_long() -> None:
    redactor = Redactor([CANARY])
    text = "Ordinary words, sky-high paths /a/b, and https://example.org/a@b \x1b[1mbold\x1b[0m\n"
    assert redactor.redact(text) == text
    assert redactor.pending(text) == 0
    assert redactor.pending("Continue? [y/n] ") == 0
    assert streamed(Redactor([CANARY]), text * 50, 1) == text * 50


@pytest.mark.parametrize(
    ("kept", "hidden"),
    [("AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMI/K7MDENG"), ("GH_TOKEN='", "abcdefgh1234"),
     ("password=", "Sup3rS3cretPw"), ("mysql --passwd=", "hunter22")],
)  # fmt: skip
def test_what_is_set_goes_and_its_name_stays_over_pieces(kept: str, hidden: str) -> None:
    text = f"export {kept}{hidden} and more\n"
    for seed in range(30):
        out = streamed(Redactor(), text, seed)
        assert out == f"export {kept}{MASK} and more\n"


@pytest.mark.parametrize(
    "line",
    ["connect(password=password, timeout=5)", "TOKEN=$(cat token)", "MAX_TOKENS=200",
     "if TOKEN == other:", "password=os.environ[NAME]"],
)  # fmt: skip
def test_lines_of_programs_about_secrets_stay(line: str) -> None:
    assert Redactor().redact(line) == line


def test_a_password_in_a_url_goes_and_its_host_stays() -> None:
    out = Redactor().redact("cloning https://bot:hunter22@example.org/a.git now")
    assert out == f"cloning https://bot:{MASK}@example.org/a.git now"
    bearer = Redactor().redact("Authorization: Bearer abcdefghijklmnop1234\n")
    assert bearer == f"Authorization: Bearer {MASK}\n"


def test_a_key_that_never_ends_is_held_only_so_long() -> None:
    redactor = Redactor()
    out = redactor.feed("x\n-----BEGIN PRIVATE KEY-----\n" + "A" * 100)
    assert out == "x\n"
    assert len(redactor.feed("B" * 100_000)) > 50_000
    assert len(redactor.flush()) <= 32 * 1024


def test_short_values_mask_nothing() -> None:
    assert Redactor(["abc", ""]).redact("abc abc") == "abc abc"


def test_long_text_is_masked_in_little_time() -> None:
    text = ("sk-" + "x" * 100 + " https://" + "y" * 200 + " eyJ" + "z." * 100 + "\n") * 3000
    began = time.monotonic()
    Redactor([CANARY]).redact(text)
    Redactor([CANARY]).feed(text)
    Redactor([CANARY]).redact("-----BEGIN PRIVATE KEY-----" * 2000)
    assert time.monotonic() - began < 20
