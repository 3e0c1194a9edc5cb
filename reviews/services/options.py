"""What an instruction may say of its runner: model, effort, and what each run may cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.policy import Policy
from agents.runners.presets import PRESETS
from agents.runners.prices import known_name
from reviews.errors import Refused
from reviews.services.money import CAP, amount

MODEL = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,99}\Z")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
CLAUDE = ("anthropic_api", "claude_code")


@dataclass(frozen=True, slots=True)
class Takes:
    """Which of the three a runner heeds."""

    model: bool = False
    effort: bool = False
    cap: bool = False


def taken_by(runner: str, policy: Policy, model: str = "") -> Takes:
    """What the runner of that name heeds; of one that is not known yet, everything.

    A plain program is started as `.honk.toml` says, and does not tell what it costs; of the known
    ones some do, and of the others it is seen where their model has a price. model: in the place
    of the one that `.honk.toml` names.
    """
    if runner == "scripted":
        return Takes()
    spec = policy.runner(runner)
    if runner in CLAUDE or spec is None:
        return Takes(model=True, effort=True, cap=True)
    preset = PRESETS.get(spec.preset)
    tells = spec.protocol == "acp" or (preset is not None and preset.tells_cost)
    named = (model or spec.model).rpartition("/")[2]
    is_seen = preset is not None and "anthropic" in preset.access and known_name(named) != ""
    return Takes(model=preset is not None, cap=tells or is_seen)


def checked(
    runner: str, policy: Policy, *, model: str = "", effort: str = "", cap: object = ""
) -> dict[str, str]:
    """The options of a change; what is empty is left out. Refused with the sentence for people."""
    takes, named = taken_by(runner, policy, model.strip()), runner or "The runner"
    found = {"model": _model(model.strip()), "effort": _effort(effort.strip())}
    limit = amount(cap, "cap")
    found[CAP] = "" if limit is None else str(limit)
    for name, is_taken in (("model", takes.model), ("effort", takes.effort), (CAP, takes.cap)):
        if found[name] and not is_taken:
            raise Refused(f"{named} takes no {name.removesuffix('_usd')}. {_instead(name)}")
    return {name: value for name, value in found.items() if value}


def _instead(name: str) -> str:
    if name == CAP:
        return "What it costs is neither told nor seen. Leave the cap empty."
    return f"Leave the {name} empty; what it runs is written in .honk.toml."


def _model(name: str) -> str:
    if name and not MODEL.match(name):
        raise Refused(
            "A model's name has letters, digits and . _ : / @ [ ] -, begins with a letter or "
            "digit, and has 100 characters at most."
        )
    return name


def _effort(word: str) -> str:
    if word and word not in EFFORTS:
        raise Refused(f"The effort is one of {', '.join(EFFORTS)}; or empty.")
    return word
