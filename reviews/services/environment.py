"""[setup]: an environment made once per base and content of its lock files, then only read.

Kept on this machine under HONK_DATA/environments; a folder is used only once its `ready` file
stands. What the set-up made inside the tree (node_modules, .venv) is moved beside it and laid
read-only over every later checkout at the same place.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.conf import settings

from agents import engine, worktree
from agents.errors import UserFault
from agents.git import Mirror
from agents.job import Workspace
from agents.policy import Policy, SetupSpec
from reviews.services import known_values, place
from reviews.services.bench import Bench


def prepared(bench: Bench, mirror: Mirror, workspace: Workspace, policy: Policy) -> Workspace:
    """The workspace with the environment its base asks for; unchanged without [setup]."""
    if policy.setup is None:
        return workspace
    folder = _folder(bench, mirror, policy.setup)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        if not (folder / "ready").exists():
            _make(bench, mirror, policy, folder)
    made = json.loads((folder / "ready").read_text())
    overlays = tuple((folder / "tree" / str(i), name) for i, name in enumerate(made))
    return replace(workspace, environment=folder / "env", overlays=overlays)


def _folder(bench: Bench, mirror: Mirror, spec: SetupSpec) -> Path:
    """Named by what decides its content: the argv and the lock files, or the whole base."""
    digest = hashlib.sha256(json.dumps(spec.argv).encode())
    for lock in spec.locks:
        digest.update(mirror.read_file(bench.round.base, lock) or b"\0missing")
    if not spec.locks:
        digest.update(bench.round.base.encode())
    root = Path(settings.HONK_DATA) / "environments" / str(bench.change.repository_id)
    return root / digest.hexdigest()[:24]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One set-up at a time per environment on this machine."""
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(bench: Bench, mirror: Mirror, policy: Policy, folder: Path) -> None:
    """Run [setup] at a clean checkout of the base, and keep what it made."""
    assert policy.setup is not None
    env = folder / "env"
    shutil.rmtree(env, ignore_errors=True)
    shutil.rmtree(folder / "tree", ignore_errors=True)
    env.mkdir()
    checkout = worktree.checkout(mirror, folder / "checkout", bench.round.base)
    try:
        values = engine.setup(
            policy.setup, replace(checkout, environment=env), place.sandbox_for(bench.change),
            policy.limits, bench.mailbox, redactor=known_values.redactor(),
            network_allowed=bench.change.repository.may_setup_use_network,
        )  # fmt: skip
        outcome = bench.recorder.drive(values)
        if outcome.status != "passed":
            raise UserFault(outcome.reason or "[setup] did not finish.")
        made = worktree.untracked(checkout)
        _move(checkout.root, folder / "tree", made)
        (folder / "ready").write_text(json.dumps(made))
    finally:
        worktree.remove(mirror, checkout)


def _move(root: Path, target: Path, names: list[str]) -> None:
    target.mkdir()
    for index, name in enumerate(names):
        shutil.move(root / name, target / str(index))
