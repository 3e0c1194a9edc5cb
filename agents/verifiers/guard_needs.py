"""What a change makes a project need: lock files touched, dependencies that are new, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from agents.verifiers.guard_base import Finding, GuardFile, listed, text_of
from agents.verifiers.guard_needs_read import ELSEWHERE, HELD, SOURCE, read, reader

_MOST_BYTES = 8 * 1024 * 1024
# What an entry of a lock file looks like; the first group is the package's name.
_LOCKS = {
    name: re.compile(pattern, re.MULTILINE)
    for names, pattern in (
        (("package-lock.json", "npm-shrinkwrap.json"),
         r"^[ \t]*+\"(?:[^\"\n]{0,200}/)?node_modules/([^\"\n]{1,200})\": \{"),
        (("yarn.lock",), r"^\"?(@?[^@\s\"#][^@\n\"]{0,200})@"),
        (("pnpm-lock.yaml",), r"^  '?/?(@?[^@\s:'()]{1,200})@"),
        (("bun.lock",), r"^    \"(@?[^\"\n]{1,200})\": \["),
        (("poetry.lock", "uv.lock", "pdm.lock", "Cargo.lock"), r"^name = \"([^\"\n]{1,200})\""),
        (("Pipfile.lock",), r"^        \"([^\"\n]{1,200})\": \{"),
        (("go.sum",), r"^(\S{1,300}) v"),
        (("Gemfile.lock",), r"^    (\S{1,200}) \("),
        (("composer.lock",), r"^ {12}\"name\": \"([^\"\n]{1,200})\""),
        (("mix.lock",), r"^  \"([^\"\n]{1,200})\": "),
    )
    for name in names
}  # fmt: skip
_LOCK = re.compile(
    r".+\.(?:lock|lockb|locked|lockfile|resolved)|.*[.-]lock\.(?:json|ya?ml)|pylock.*\.toml"
    r"|go\.work\.sum|verification-metadata\.xml"
)
_NOTHING = re.compile(r"(?!)")  # names in it are not read
_HOST = re.compile(r"\bhttps?://([^/\s\"'<>@]{1,200})/")


def needs(file: GuardFile) -> Iterator[Finding]:
    """Lock files, and names that a manifest did not have before."""
    name = PurePosixPath(file.path).name
    if name in _LOCKS or _LOCK.fullmatch(name):
        yield _lock(file, _LOCKS.get(name, _NOTHING))
        return
    named = reader(file.path)
    if named is None or file.is_deleted:
        return
    before, after = (read(named, side) for side in (file.old, file.new))
    new = sorted(name for name in set(after) - set(before) if not name.startswith(SOURCE))
    if new:
        text = f"New {'dependency' if len(new) == 1 else 'dependencies'}: {listed(new, 12)}."
        yield Finding("dependency", text, file.path, _line_of(file, new[0]))
    moved = [n for n in sorted(after) if ELSEWHERE.search(after[n]) and after[n] != before.get(n)]
    moved = [n for n in moved if not n.startswith(SOURCE)]
    if moved:
        text = f"Not from the usual registry: {listed(f'{n} {after[n]}'.strip() for n in moved)}."
        yield Finding("dependency", text, file.path, _line_of(file, moved[0]))
    sources = [
        after[n] for n in sorted(after) if n.startswith(SOURCE) and after[n] != before.get(n)
    ]
    if any(sources):
        text = f"Changes where packages come from, or how they are chosen: {listed(sources)}."
        yield Finding("dependency", text, file.path, _line_of(file, sources[0].lower()))
    if HELD in before and HELD not in after and after:
        yield Finding("dependency", "Packages are no longer held to their hashes.", file.path)


def _lock(file: GuardFile, entry: re.Pattern[str]) -> Finding:
    if file.is_deleted:
        return Finding("lock_file", "Lock file deleted: versions are no longer held.", file.path)
    old, new = (text_of(side)[:_MOST_BYTES] for side in (file.old, file.new))
    names = sorted(set(entry.findall(new)) - set(entry.findall(old)))
    hosts = sorted(set(_HOST.findall(new)) - set(_HOST.findall(old)))
    text = "Lock file added" if file.is_added else "Lock file changed"
    if file.is_added:
        text += f", {len(names)} packages in it" if names else ""
        return Finding("lock_file", f"{text}.", file.path)
    text += f"; new in it: {listed(names, 12)}" if names else "; no package is new in it"
    text += f"; from a new host: {listed(hosts)}" if hosts else ""
    return Finding("lock_file", f"{text}.", file.path)


def _line_of(file: GuardFile, name: str) -> int | None:
    lines = text_of(file.new).splitlines()
    return next((number for number, line in enumerate(lines, 1) if name in line.lower()), None)
