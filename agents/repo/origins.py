"""Which origins and branch names are taken at all, decided before git sees them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from agents.errors import UserFault

_SCP = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^-].*")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_BAD_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(/|$)|(^|/)\.|\.$|/$|^/")
_SHELL = re.compile(r"[`$;&|<>(){}'\"!]")
_MAX = 2000


def check_branch(name: str) -> str:
    """name, when it is a branch name that we take; UserFault with the reason otherwise."""
    if not name or len(name.encode("utf-8", "replace")) > 200:
        raise UserFault("A branch name has 1 to 200 bytes.")
    if not name.isprintable() or _BAD_IN_BRANCH.search(name) or name in ("@", "HEAD"):
        raise UserFault("That is not a valid branch name for git.")
    if name.startswith("-") or _SHELL.search(name):
        raise UserFault("A branch name may not start with - or hold quotes, $ or ; and the like.")
    if re.fullmatch(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}", name) or name.startswith("refs/"):
        raise UserFault("That looks like a commit id or a full ref; give the name of a branch.")
    return name


def check_origin(given: str, allowed_roots: Iterable[Path], *, given_by_operator: bool) -> str:
    """The origin as it is stored: a URL (https, ssh, user@host:path) or an absolute path.

    allowed_roots: where paths may lie (HONK_REPOSITORIES). given_by_operator: it was typed on the
    server's command line, where any path is allowed. UserFault with the reason otherwise.
    """
    text = given.strip()
    if not text or len(text) > _MAX or not text.isprintable() or text.startswith("-"):
        raise UserFault("An origin is a URL or a path: one line, not beginning with -.")
    if "::" in text.split("/", 1)[0]:
        raise UserFault("Remote helpers (NAME::ADDRESS) are not taken; use https, ssh or a path.")
    if text.startswith("file://"):
        text = text.removeprefix("file://").removeprefix("localhost")
    if "://" in text:
        return _checked_url(text)
    if _SCP.fullmatch(text):
        return text
    return _checked_path(text, allowed_roots, given_by_operator=given_by_operator)


def _checked_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UserFault("That URL cannot be read.") from None
    if parts.scheme not in ("https", "ssh"):
        raise UserFault(f"{parts.scheme}:// is not taken; use https, ssh or a path on the server.")
    if parts.password or (parts.scheme == "https" and parts.username):
        raise UserFault(
            "Leave user names and passwords out of the URL, it is shown to everybody. For https "
            "put them into ~/.netrc of the server's user; for ssh use a key."
        )
    wrapped = f"[{host}]" if ":" in host else host
    if not _HOST.fullmatch(wrapped) or (parts.username or "").startswith("-"):
        raise UserFault("The URL names no proper host.")
    if parts.path.strip("/") == "" or parts.path.startswith("/-"):
        raise UserFault("The URL names no repository.")
    return text


def _checked_path(text: str, roots: Iterable[Path], *, given_by_operator: bool) -> str:
    if not text.startswith("/") and not given_by_operator:
        raise UserFault("Give an absolute path, an https or ssh URL, or user@host:path.")
    path = Path(text).expanduser().resolve() if given_by_operator else Path(text).resolve()
    if not given_by_operator and not any(_is_below(path, root) for root in roots):
        raise UserFault(
            "That path is not below one of the folders in HONK_REPOSITORIES. Add its folder there, "
            "or add the repository with the add_repository command on the server."
        )
    if not path.is_dir():
        raise UserFault("There is no such folder on the server.")
    return str(path)


def _is_below(path: Path, root: Path) -> bool:
    return path.is_relative_to(Path(root).resolve())


def is_local(origin: str) -> bool:
    """Whether the origin is a folder of this machine."""
    return origin.startswith("/")
