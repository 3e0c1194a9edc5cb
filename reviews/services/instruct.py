"""Where a change begins: an instruction, or a patch that somebody made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from agents.policy import from_json
from reviews.diffs.appliable import NotTaken, parts_of
from reviews.errors import Malformed, Refused
from reviews.models import Change, Repository, Round
from reviews.services import blobs, lifecycle
from reviews.services.advance import advance
from reviews.services.known_values import without_secrets
from reviews.services.options import checked
from reviews.services.permissions import Actor, may_start, require
from reviews.states import ChangeStatus, RoundOrigin, Source

MAX_INSTRUCTION = 64 * 1024  # bytes
MAX_TITLE = 200  # characters
MAX_PATCH = 20 * 1024 * 1024  # bytes
RUNNER = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\Z")
IMPORT = "import"  # stands in the runner's place when no agent made the first round


def open_change(
    actor: Actor,
    repository: Repository,
    instruction: str,
    *,
    runner: str = "",
    title: str = "",
    model: str = "",
    effort: str = "",
    cap_usd: object = "",
    options: Mapping[str, Any] | None = None,
) -> Change:
    """A queued change with its first round and agent run.

    runner: empty lets the worker choose what the repository's policy offers at the base commit.
    model, effort, cap_usd: as a person gave them, empty for the policy's. options: the server's.
    """
    require(may_start(actor.who, repository))
    instruction = checked_text(instruction, "instruction", MAX_INSTRUCTION)
    if runner and not RUNNER.match(runner):
        raise Refused("A runner's name has letters, digits, dot, dash and underscore.")
    wanted = checked(runner, from_json(repository.policy), model=model, effort=effort, cap=cap_usd)
    return _begin(
        actor, repository, instruction, without_secrets(title) or instruction, runner=runner,
        options={**(options or {}), **wanted}, origin=RoundOrigin.AGENT,
    )  # fmt: skip


def import_change(
    actor: Actor,
    repository: Repository,
    *,
    title: str,
    patch: bytes | None = None,
    head: str | None = None,
) -> Change:
    """A queued change whose first round is a patch, or a ref of the repository's origin."""
    require(may_start(actor.who, repository))
    if (patch is None) == (head is None):
        raise Malformed("Give either a patch or a head ref to import, one of the two.")
    if patch is not None and len(patch) > MAX_PATCH:
        raise Refused(f"The patch has {len(patch):,} bytes; {MAX_PATCH:,} are the most taken.")
    if patch is not None:
        _check_patch(patch)
    title = checked_text(title, "title", 4 * MAX_TITLE)
    options = {"head": head} if head else {"patch": blobs.put(patch or b"").pk}
    source = Actor(actor.person, Source.IMPORT)
    return _begin(
        source, repository, title, title, runner=IMPORT, options=options,
        origin=RoundOrigin.IMPORT,
    )  # fmt: skip


def _check_patch(patch: bytes) -> None:
    """Refuse what no tree could take, while its sender still looks on."""
    if not patch.strip():
        raise Refused("The patch is empty, so there is nothing to review.")
    try:
        parts_of(patch)
    except NotTaken as fault:
        raise Refused(str(fault)) from fault


def checked_text(text: str, what: str, limit: int) -> str:
    """`text` without outer blanks and secrets, its lines ended by one newline; refused when empty,
    too long, or not storable. Browsers send a return before each newline."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Refused(f"The {what} is empty. Say what is to be done.")
    if "\x00" in text:
        raise Malformed(f"The {what} holds a NUL character, which is not text.")
    size = len(text.encode(errors="replace"))
    if size > limit:
        raise Refused(f"The {what} has {size:,} bytes; {limit:,} are the most taken.")
    return without_secrets(text)


def title_of(text: str) -> str:
    """The first line, cut at a word."""
    line = " ".join(text.strip().splitlines()[0].split())
    if len(line) <= MAX_TITLE:
        return line
    return line[: MAX_TITLE - 1].rsplit(" ", 1)[0] + "…"


def _begin(
    actor: Actor, repository: Repository, instruction: str, title: str, *,
    runner: str, options: dict[str, Any], origin: RoundOrigin,
) -> Change:  # fmt: skip
    if not repository.is_active:
        raise Refused(f"{repository.name} is switched off; an administrator can switch it on.")
    now = timezone.now()
    with transaction.atomic():
        change = Change.objects.create(
            repository=repository, branch=repository.default_branch, title=title_of(title),
            instruction=instruction, author=actor.who, source=actor.channel, runner=runner,
            options=options, status=ChangeStatus.QUEUED, status_at=now, created_at=now,
        )  # fmt: skip
        Round.objects.create(change=change, number=1, origin=origin, author=actor.who)
        lifecycle.open_with(change, actor)
        advance(change.pk)
    return change
