"""Secrets that the guard tells apart from placeholders."""

from __future__ import annotations

import pytest

from agents.verifiers.guard import findings
from agents.verifiers.guard_secrets import secret_in
from tests.agents.guard_changes import changed

MIXED = "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zA0cD2fG4hJ6k"  # 40 letters that mean nothing
HEX = "3f9a1c7e5b2d8064" * 4
SECRETS = {
    "session": "ASIA" + MIXED.upper()[:16],
    "secret access key": f"aws_secret_access_key = {MIXED}",
    "in capitals": f'AWS_SECRET_ACCESS_KEY: "{MIXED}"',
    "azure": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=" + MIXED * 2 + "==",
    "digital ocean": "dop_v1_" + HEX,
    "hugging face": "hf_" + MIXED[:34],
    "sendgrid": f"SG.{MIXED[:22]}.{MIXED}abc",
    "npm": "npm_" + MIXED[:36],
    "putty": "PuTTY-User-Key-File-" + "3: ssh-ed25519",
    "pkcs8": "-----BEGIN ENCRYPTED " + "PRIVATE KEY-----",
    "pgp": "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----",
    "address": "DATABASE_URL=postgres://app:" + "k9Xw2vQz7mLp@db.corp.net/prod",
    "two pieces": 'key = "AKIA" "' + MIXED.upper()[:16] + '"',
    "added up": "key = 'AKIA' + '" + MIXED.upper()[:16] + "'",
    "half a token": 'token = "ghp_" + "' + MIXED[:36] + '"',
}


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_of_many_issuers_are_told(name: str) -> None:
    assert secret_in(SECRETS[name].encode()) is not None


@pytest.mark.parametrize(
    "line",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key = <your secret>", "AWS_SECRET_ACCESS_KEY=changeme",
        "AccountKey=<key>", "AccountKey=" + "x" * 88, "hf_" + "x" * 34, "hf_xxxxxxxx", "dop_v1_" + "0" * 64,
        "postgres://user:password@localhost/db", "postgres://app:s3cr3tpassw0rd@db.example.com/x",
        "https://user:changeme99@host.net/", "postgres://${USER}:${PASS_WORD1}@db.corp.net/x",
        "redis://:secret@redis:6379/0", "postgres://postgres:postgres@db:5432/app",
        "git@github.com:owner/name.git", "https://host.net:8443/a@b", "npm_" + "config_registry",
        "SG.1.2", "sha1 = " + MIXED.lower(), 'f("a" + "b")',
    ],
)  # fmt: skip
def test_placeholders_and_ordinary_text_are_left_alone(line: str) -> None:
    assert secret_in(line.encode()) is None


@pytest.mark.parametrize("before", [0, 99_970, 100_000, 250_000])
def test_a_secret_far_inside_one_line_is_told(before: int) -> None:
    line = (
        b"a = 1;" * (before // 6) + b" k = '" + SECRETS["npm"].encode() + b"';" + b"b();" * 30_000
    )
    assert secret_in(line) == "an npm token"


def test_a_secret_in_the_name_of_a_new_file_cannot_be_ticked_and_stays_addressable() -> None:
    path = f"notes/ghp_{MIXED[:36]}.txt"
    (found,) = findings([changed(path, None, "hello\n")])
    assert (found.kind, found.path, found.line, found.is_tickable) == ("secret", path, None, False)
    assert "ghp_" not in found.text
    assert findings([changed(path, "hello\n", "hello you\n")]) == []
    assert [one.kind for one in findings([changed(path, "hello\n", None)])] == []
