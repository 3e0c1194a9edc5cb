"""Pins a round to a base commit and to the policy found there; never to what the change says."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.utils import timezone

from agents import policy, runners
from agents.errors import UserFault
from agents.git import Mirror
from reviews.models import Change, Repository
from reviews.services import place
from reviews.services.bench import Bench
from reviews.services.brief import prompt_of
from reviews.services.instruct import IMPORT
from reviews.services.model_keys import model_keys


def pin(bench: Bench, mirror: Mirror) -> policy.Policy:
    """The policy of the round's base; on first sight the base is where the branch is now."""
    change, round_ = bench.change, bench.round
    if round_.base:
        place.with_base(change, mirror, round_.base)
        found = policy.from_json(round_.policy)
    else:
        tip = place.fetch(change.repository, mirror, change.branch)
        found = read_policy(mirror, tip)
        round_.base, round_.policy = tip, policy.to_json(found)
        if round_.parent:
            _carry_over(bench, mirror)
        round_.save(update_fields=["base", "policy", "start_tree", "conflicts"])
        note_policy(change.repository, tip, found)
        for problem in found.problems:
            bench.recorder.note(f".honk.toml: {problem}")
    if not change.runner:
        change.runner = _default_runner(change, found)
        Change.objects.filter(pk=change.pk).update(runner=change.runner)
    return found


def read_policy(mirror: Mirror, commit: str) -> policy.Policy:
    """`.honk.toml` of a commit, with verifiers found by what the tree holds when it names none."""
    found = policy.parse(mirror.read_file(commit, policy.FILE_NAME))
    if found.verifiers:
        return found
    files = mirror.top_level(commit)
    return replace(found, verifiers=tuple(policy.find_verifiers(files)))


def note_policy(repository: Repository, tip: str, found: policy.Policy) -> None:
    """Remember what was read, so that pages show it without git."""
    Repository.objects.filter(pk=repository.pk).update(
        head=tip, policy=policy.to_json(found), problem="", checked_at=timezone.now()
    )


def _carry_over(bench: Bench, mirror: Mirror) -> None:
    """Start a conflict's round from both sides merged, with git's markers where they disagree."""
    parent = bench.round.parent
    if parent is None or not parent.head:
        return
    place.with_round(parent, mirror)
    merged = mirror.merge_tree(parent.base, bench.round.base, parent.head)
    bench.round.start_tree = merged.tree
    bench.round.conflicts = list(merged.conflicts)
    bench.run.prompt = prompt_of(bench.round)  # the files that conflict are known only now


def _default_runner(change: Change, found: policy.Policy) -> str:
    """The only runner of the policy, else Claude with a key, else the sample's script."""
    choices = runners.available(
        found, has_key=bool(settings.HONK_AGENT_KEY), is_sample=change.repository.is_sample,
        providers=frozenset(model_keys()),
    )  # fmt: skip
    usable = [choice.name for choice in choices if not choice.why_not and choice.name != IMPORT]
    if usable:
        return usable[0]
    raise UserFault(
        "No runner can take this: .honk.toml names none, and there is no ANTHROPIC_API_KEY. "
        "Add [runners.NAME] with argv to .honk.toml, or give the worker a key."
    )
