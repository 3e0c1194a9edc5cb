"""The shapes of keys and tokens that nobody means to commit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.redact_shapes import SHAPES
from agents.verifiers.guard_base import Finding, GuardFile, added, limited

# What a change holds in full; a line that a placeholder stands in is left alone.
_SECRETS = (
    ("a private key", r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----"),
    ("a private key", r"^PuTTY-User-Key-File-[23]: "),
    ("an AWS access key", r"\bA(?:KI|SI)A[0-9A-Z]{16}\b"),
    (
        "an AWS secret key",
        r"(?i:\baws.{0,20}secret.{0,20}[=:>]\s{0,4}[\"']?)(?-i:[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
    ),
    ("an Azure key", r"\bAccountKey=[A-Za-z0-9+/]{60,100}={0,2}"),
    ("a DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
    ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,90})\b"),
    ("a GitLab token", r"\bglpat-[A-Za-z0-9_-]{20}\b"),
    ("a Slack token", r"\bxox[abeoprs]-[0-9]{8,14}-[A-Za-z0-9-]{20,80}"),
    ("an Anthropic key", r"\bsk-ant-[a-z0-9]{2,10}-[A-Za-z0-9_-]{40,200}"),
    ("an OpenAI key", r"\bsk-(?:proj-[A-Za-z0-9_-]{40,200}|[A-Za-z0-9]{48}\b)"),
    ("a Stripe key", r"\b[rs]k_live_[0-9A-Za-z]{24,99}"),
    ("a PyPI token", r"\bpypi-AgEIcHlwaS[A-Za-z0-9_-]{50,300}"),
)
_ANY_SECRET = [(what, re.compile(shape)) for what, shape in _SECRETS]
# Of the shapes that logs are cleared of, those that are not also ordinary text in sources.
_SHARED = {
    "AIza": "a Google API key",
    "npm_": "an npm token",
    "hf_": "a Hugging Face token",
    "SG.": "a SendGrid key",
    "xapp-": "a Slack token",
    "hooks.slack.com": "a Slack address that anyone can post to",
    "://": "a password in an address",
}
_OF_LOGS = [(mark, _SHARED[mark], shape) for mark, shape in SHAPES if mark in _SHARED]
# One text in two pieces: "AKIA" "...", 'AKIA' + '...'.
_JOINT = re.compile(r"[\"'`]\s{0,8}[+.]?\s{0,8}[bruf]{0,2}[\"'`]")
_PLACEHOLDER = re.compile(
    r"example|change[-_]?me|placeholder|dummy|redacted|your[-_]|xxxx|\*\*\*|\.\.\.|<[\w ._-]{1,40}>"
    r"|\$\{|\$\(|\{\{|\}\}|%\(|%s|(.)\1{7}|0123456789|1234567890",
    re.IGNORECASE,
)
# Passwords that documents and test set-ups write for the look of it, and hosts that are nowhere.
_LIKENESS = re.compile(
    r"://[^\s:@/]{0,100}:(?:p(?:ass(?:word|wd)?|w|wd|ostgres)|secret|user|root|admin|guest|test\w{0,20}"
    r"|foo|bar|token|hunter2\d?|[a-z]|\$\w+|\{[^}]{0,60}\}|%\w|\[?[A-Z_]{2,40}\]?|[.*x-]{1,20})?@"
    r"|@(?:localhost|127\.0\.0\.1|\[::1\]|[\w.-]{0,60}\.(?:test|invalid|localhost|local))\b"
)
# A line without any of these holds none, and most lines are such.
_MAY = re.compile(
    rb"PRIVATE KEY|PuTTY-|A[KS]IA|(?i:aws)|AccountKey=|do[opr]_v1_|gh[pousr]_|github_pat_|glpat-"
    rb"|xox|sk-|k_live_|pypi-|AIza|npm_|hf_|SG\.|xapp-|hooks\.slack|://"
    rb"|[\"'`]\s{0,8}[+.]?\s{0,8}[bruf]{0,2}[\"'`]"
)
_MOST = 100_000  # characters that are read at once of a line
_OVERLAP = 2000  # longer than any of the shapes


def secrets(file: GuardFile) -> Iterator[Finding]:
    """What new lines, and the name of a file that had another or none, seem to give away."""
    end = "and withdraw it where it was issued."
    told = secret_in(file.path.encode("utf-8", "replace"))
    if told and not file.is_deleted and (file.is_added or file.before != file.path):
        text = f"The file's name looks like it holds {told}. Give it another, {end}"
        yield Finding("secret", text, file.path, is_tickable=False)
    for number, line in limited(added(file), lambda line: secret_in(line) is not None):
        text = f"Looks like {secret_in(line)}. Take it out, {end}"
        yield Finding("secret", text, file.path, number, is_tickable=False)


def secret_in(line: bytes) -> str | None:
    """What a line seems to give away, in words."""
    for begin in range(0, max(1, len(line) - _OVERLAP), _MOST - _OVERLAP):
        if told := _in_part(line[begin : begin + _MOST]):
            return told
    return None


def _in_part(part: bytes) -> str | None:
    if not _MAY.search(part):
        return None
    text = part.decode("utf-8", "replace")
    told = _in_text(text)
    if told is None and _JOINT.search(text):
        told = _in_text(_JOINT.sub("", text))
    return told


def _in_text(text: str) -> str | None:
    for what, shape in _ANY_SECRET:
        if any(not _PLACEHOLDER.search(found[0]) for found in shape.finditer(text)):
            return what
    for mark, what, shape in _OF_LOGS:
        if mark in text and any(_is_real(mark, text, found) for found in shape.finditer(text)):
            return what
    return None


def _is_real(mark: str, text: str, found: re.Match[str]) -> bool:
    if _PLACEHOLDER.search(found[0]):
        return False
    if mark != "://":
        return True
    around = text[found.start() : found.end() + 80].split(maxsplit=1)[0]
    if _LIKENESS.search(around) or _PLACEHOLDER.search(around):
        return False
    user, password = found["keep"].rpartition("://")[2][:-1], found[0][len(found["keep"]) :]
    mixed = re.search(r"[A-Za-z]", password) and re.search(r"[^A-Za-z]", password)
    return len(password) >= 8 and mixed is not None and password != user
