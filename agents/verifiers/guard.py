"""Finds what weakens the checks, or hides something, in a change: certain things only.

Deterministic: the same files give the same findings in the same order, unless the time that one
change may take is over, which is a finding of its own (`guard_watch`). Each is a fact with its
place, for a person to tick; a secret and a submodule cannot be ticked away. It reads contents and
paths, runs nothing, and takes no word of the agent's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from agents.verifiers import (
    guard_aware,
    guard_aware_scripts,
    guard_cases,
    guard_chain,
    guard_config,
    guard_doc_tests,
    guard_hidden,
    guard_hidden_git,
    guard_limits,
    guard_modules,
    guard_needs,
    guard_redefines,
    guard_renames,
    guard_secrets,
    guard_shadows,
    guard_silenced,
    tests_in_conventions,
)
from agents.verifiers.guard_base import Finding, GuardFile, added, is_binary, limited
from agents.verifiers.guard_tests import test_findings
from agents.verifiers.guard_tests_changed import changed_findings
from agents.verifiers.guard_watch import SECONDS, Watch

__all__ = ["MOST", "Finding", "GuardFile", "findings"]

MOST = 200  # findings of one change
_Look = Callable[[GuardFile], Iterator[Finding]]
_ByPlace = dict[int, list[Finding]]


def findings(
    files: Sequence[GuardFile],
    checks: Sequence[Sequence[str]] = (),
    tree: Sequence[str] = (),
    read: guard_chain.Read | None = None,
    seconds: float = SECONDS,
) -> list[Finding]:
    """Everything found in a change, tests first, at most `MOST`.

    checks: argv of the verifiers in force; a file that one of them names is part of the check.
    tree: every path after the change, to tell names that can be taken for each other.
    read: a file of the base by its path, to look into the scripts that the verifiers name, and for
    what the repository calls a test.
    seconds: of the processor; a change that takes longer is told as not looked into in full.
    """
    paths = [path for file in files for path in (file.path, file.before)]
    with tests_in_conventions.in_force(tests_in_conventions.conventions_of(paths, checks, read)):
        apart = guard_renames.told_apart(files)
        return _most(_findings(apart, checks, tree, read, Watch(apart, seconds)))


def _findings(
    files: Sequence[GuardFile],
    checks: Sequence[Sequence[str]],
    tree: Sequence[str],
    read: guard_chain.Read | None,
    watch: Watch,
) -> list[Finding]:
    found = list(test_findings(files, watch))
    found.extend(changed_findings(files, list(found), read, watch))
    found.extend(guard_modules.left_out(files))
    found.extend(guard_modules.stand_ins(files, tree))
    found.extend(guard_redefines.redefines(files, tree, read))
    found.extend(guard_shadows.shadows(files, tree))
    found.extend(guard_config.foreign(files))
    paths = {*tree, *(path for file in files for path in (file.path, file.before))}
    reach = guard_chain.reach(checks, read, paths)
    for file in files:
        found.extend(guard_config.run_by_checks(file, reach.runs))
    found.extend(guard_cases.cases(files, reach))
    found.extend(guard_silenced.silenced(watch))
    found.extend(_looked_at(watch, {one.path for one in found if one.kind == "checks"}))
    found.extend(_scripts(watch, guard_aware_scripts.programs(files, read)))
    found.extend(guard_hidden.twins(files, tree))
    found.extend(guard_hidden_git.ignored(files, tree))
    return [*watch.told(), *found]


def _most(found: list[Finding]) -> list[Finding]:
    """As many as a person can go through, and how many more there are."""
    if len(found) <= MOST:
        return found
    rest = Finding("more", f"{len(found) - MOST + 1} more findings are not listed.")
    return [*_kept(found), rest]


def _kept(found: Sequence[Finding]) -> list[Finding]:
    """What nobody may tick away, and as many of each kind as there is room for, in their order.

    A thousand harmless things of one kind, made for it, must not push the one that matters out.
    """
    seen: Counter[str] = Counter()
    ranks: list[tuple[bool, int, int]] = []
    for place, one in enumerate(found):
        seen[one.kind] += 1
        ranks.append((one.is_tickable, seen[one.kind], place))
    places = [place for _, _, place in sorted(ranks)[: MOST - 1]]
    return [found[place] for place in sorted(places)]


def _looked_at(watch: Watch, named: set[str]) -> Iterator[Finding]:
    """What each file shows by itself, by kind first. named: told already as parts of a check.

    The look that is slow comes last, so that it takes no time from the others.
    """
    by_look: dict[_Look, _ByPlace] = {look: {} for look in _LOOKS}
    quick = [look for look in _LOOKS if look is not guard_aware.knows_runner]
    for place, file in watch.within(0.8, "secrets, odd characters and settings"):
        for look in quick:
            by_look[look][place] = list(look(file))
    for place, file in watch.within(0.95, "Python code that reaches for what tests run on"):
        by_look[guard_aware.knows_runner][place] = list(guard_aware.knows_runner(file))
    for found in by_look.values():
        for one in _in_order(found):
            if one.kind != "build" or one.path not in named:
                yield one


def _scripts(watch: Watch, started: set[str]) -> Iterator[Finding]:
    """What JavaScript does to tests and to the process. started: files that are programs."""
    found: _ByPlace = {}
    for place, file in watch.within(1.0, "JavaScript that does so"):
        found[place] = list(guard_aware_scripts.acts(file, started))
    yield from _in_order(found)


def _in_order(found: _ByPlace) -> Iterator[Finding]:
    """In the order of the files, whatever the order in which they were looked at."""
    for place in sorted(found):
        yield from found[place]


def _markers(file: GuardFile) -> Iterator[Finding]:
    """git's markers of a merge that nobody resolved, as a conflict's round starts with."""
    if file.new is None or b"\n>>>>>>> " not in file.new or is_binary(file.new):
        return
    for number, _ in limited(added(file), lambda line: line.startswith(b"<<<<<<< ")):
        text = "Holds git's conflict markers: both sides of a merge stand here, unresolved."
        yield Finding("conflict", text, file.path, number)


_LOOKS: tuple[_Look, ...] = (
    guard_doc_tests.doc_tests,
    guard_limits.thresholds,
    guard_limits.loosened,
    guard_config.left_out,
    guard_silenced.knows_tests,
    guard_silenced.fakes_results,
    guard_aware.knows_runner,
    guard_secrets.secrets,
    _markers,
    guard_config.touched,
    guard_needs.needs,
    guard_hidden_git.names,
    guard_hidden.modes,
    guard_hidden_git.attributes,
    guard_hidden.invisible,
    guard_hidden.confusable,
    guard_hidden.binaries,
    guard_hidden.unread,
)
