"""What silences linters, type checkers and coverage tools, and what asks them to be strict."""

from __future__ import annotations

import re
from collections.abc import Sequence

_GAP = rb"[ \t]{0,8}"
# Each begins with letters that are rare in sources, or with the sign that opens a comment.
SILENCERS = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        # Python
        ("noqa", rb"#" + _GAP + rb"(?i:(?:ruff: ?|flake8: ?)?noqa)\b"),
        ("ruff: ignore", rb"#" + _GAP + rb"ruff:" + _GAP + rb"(?:ignore|disable|file-ignore)"),
        ("type: ignore", rb"#" + _GAP + rb"type:" + _GAP + rb"ignore"),
        ("pyright: ignore", rb"#" + _GAP + rb"pyright:" + _GAP + rb"(?!strict\b)\w"),
        ("mypy: ignore-errors", rb"#" + _GAP + rb"mypy:" + _GAP + rb"(?!strict\b)\w"),
        ("ty or pyre: ignore",
         rb"#" + _GAP + rb"(?:ty|pyre|pyrefly|zuban|pytype)[:-]" + _GAP
         + rb"(?:ignore|fixme|disable|unsafe|skip)"),
        ("no_type_check", rb"\bno_type_check(?:_decorator)?\b"),
        ("pylint: disable", rb"#" + _GAP + rb"pylint:" + _GAP + rb"(?:disable|skip-file)"),
        ("pragma: no cover",
         rb"#" + _GAP + rb"(?i:pragma)[: ]?" + _GAP + rb"(?i:no" + _GAP + rb"(?:cover|branch))"),
        ("nosec", rb"#" + _GAP + rb"(?i:nosec)\b"),
        # JavaScript
        ("eslint-disable", rb"\beslint-disable"),
        ("eslint rules in a comment", rb"/\*" + _GAP + rb"(?:eslint|jshint|jslint)[ \t]+[\w@-]"),
        ("oxlint-disable", rb"\boxlint-disable|\bjshint ignore:"),
        ("deno-lint-ignore", rb"\bdeno-lint-ignore"),
        ("ts-ignore", rb"@ts-(?:ignore|nocheck|expect-error)\b"),
        ("flow ignore", rb"\$Flow(?:FixMe|Issue|Ignore|ExpectedError)|@noflow\b"),
        ("biome-ignore", rb"\b(?:biome|rome|svelte|htmlhint|standard)-ignore"),
        ("coverage ignore", rb"\b(?:istanbul|c8|v8)[ \t]{1,8}ignore\b|\bnode:coverage\b"),
        ("coverage ignore", rb"\bdeno-coverage-ignore"),
        ("tslint or stylelint disable", rb"\b(?:tslint:|stylelint-)disable"),
        # Go, Rust, C
        ("nolint", rb"//" + _GAP + rb"nolint\b"),
        ("lint:ignore", rb"//" + _GAP + rb"(?:lint:(?:file-)?ignore|revive:disable)"),
        ("allow(...)",
         rb"#" + _GAP + rb"!?" + _GAP + rb"\[[^\]\n]{0,200}?\b(?:allow|expect)" + _GAP + rb"\("),
        ("coverage(off)", rb"\bcoverage\(off\)|\b(?:LCOV|GCOV|GCOVR)_EXCL|\btarpaulin_include\b"),
        ("NOLINT", rb"\bNOLINT|\bcppcheck-suppress"),
        ("diagnostic ignored", rb"#" + _GAP + rb"pragma (?:GCC|clang) diagnostic ignored"),
        ("pragma warning disable", rb"#" + _GAP + rb"pragma" + _GAP + rb"warning" + _GAP
         + rb"\(?" + _GAP + rb"disable"),
        # JVM, .NET
        ("@SuppressWarnings", rb"@(?:file:)?Suppress(?:Warnings|FBWarnings|Lint)?\(|@nowarn\b"),
        ("NOSONAR", rb"\bNOSONAR\b|\bNOPMD\b|\bCHECKSTYLE[:. ]OFF|\bcheckstyle:off"),
        ("noinspection", rb"//" + _GAP + rb"(?:noinspection|ktlint-disable|ReSharper disable)"),
        ("SuppressMessage", rb"\bSuppressMessage\(|\bExcludeFrom(?:Code|JacocoGenerated)\w{0,20}"),
        ("nullable disable", rb"#" + _GAP + rb"nullable disable"),
        # Ruby, PHP, shell and others
        ("rubocop:disable", rb"#" + _GAP + rb"(?:rubocop|standard|reek)[: ](?:disable|todo)"),
        (":nocov:", rb"#" + _GAP + rb":nocov"),
        ("typed: false", rb"#" + _GAP + rb"(?:typed:" + _GAP + rb"(?:false|ignore)|steep:ignore)"),
        ("codeCoverageIgnore", rb"@codeCoverageIgnore|\bCodeCoverageIgnore\b"),
        ("phpcs:ignore", rb"(?:\bphpcs:|@phpcs|@codingStandards)(?:ignore|disable|Ignore)"),
        ("phpstan or psalm ignore", rb"@(?:phpstan|psalm)-(?:ignore|suppress)"),
        ("swiftlint:disable", rb"\bswiftlint:disable"),
        ("shellcheck disable", rb"#" + _GAP + rb"shellcheck[ \t]{1,8}disable"),
        ("luacheck: ignore", rb"--" + _GAP + rb"luacheck:" + _GAP + rb"(?:ignore|no)"),
        ("credo:disable", rb"\bcredo:disable|\bansible-lint" + _GAP + rb"skip"),
        # Scanners
        ("nosemgrep", rb"\bnosemgrep\b|\b(?:codeql|lgtm)" + _GAP + rb"\["),
        ("gitleaks:allow", rb"\bgitleaks:allow\b|\ballowlist secret\b"),
        ("scanner told to skip", rb"\b(?:checkov|bearer):(?:skip|disable)"),
        ("scanner told to skip", rb"\b(?:(?:tfsec|trivy|tflint)[:-]|hadolint )ignore\b"),
        ("yamllint disable", rb"\byamllint disable\b"),
    )
)  # fmt: skip
# Asks for more than is usual: fewer of them than before is less checked.
STRICT = tuple(
    (what, re.compile(pattern, re.MULTILINE))
    for what, pattern in (
        ("ts-check", rb"@ts-check\b"),
        ("use strict", rb"^[ \t]*[\"']use strict[\"']"),
        ("mypy or pyright: strict", rb"#" + _GAP + rb"(?:mypy|pyright):" + _GAP + rb"strict\b"),
        ("deny(...)", rb"#!?\[(?:deny|forbid)\("),
        ("strict_types", rb"\bstrict_types" + _GAP + rb"=" + _GAP + rb"1"),
        ("typed: strict", rb"^#" + _GAP + rb"typed:" + _GAP + rb"(?:true|strict|strong)"),
        ("nullable enable", rb"#" + _GAP + rb"nullable enable"),
        ("set -e", rb"^[ \t]*set[ \t]+-[a-z]*(?:e|o[ \t]+(?:errexit|pipefail))"),
    )
)
# One of these stands, in small letters, in every line that any of the patterns is found in.
_MARKS = (
    b"noqa", b"ruff", b"type", b"ty:", b"ty-", b"pyr", b"zuban", b"mypy", b"pylint", b"pragma",
    b"nosec", b"lint", b"jshint", b"ignore", b"@ts-", b"$flow", b"@noflow", b"node:coverage",
    b"disable", b"allow", b"expect", b"coverage(off)", b"cov", b"_excl", b"tarpaulin", b"suppress",
    b"nowarn", b"sonar", b"pmd", b"checkstyle", b"noinspection", b"excludefrom", b"rubocop",
    b"standard", b"reek", b"steep", b"phpcs", b"@codingstandards", b"@phpstan", b"@psalm",
    b"luacheck", b"nosemgrep", b"codeql", b"lgtm", b"gitleaks", b"checkov", b"bearer",
    b"use strict", b"deny", b"forbid", b"strict_types", b"nullable", b"set ", b"set\t",
)  # fmt: skip


def may_silence(lines: Sequence[bytes]) -> list[bytes]:
    """The lines that may silence something, or ask to be strict; of most changes there are none.

    Cheaper by far than to look for each of the patterns.
    """
    every = b"\n".join(lines).lower()
    marks = [mark for mark in _MARKS if mark in every]
    if not marks:
        return []
    return [line for line in lines if any(mark in line.lower() for mark in marks)]
