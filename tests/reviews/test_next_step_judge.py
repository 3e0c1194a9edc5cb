"""What comes next when a judge has a say: a table, and every world of answers played to its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from reviews.models import Change, MergeIntent, Round, Run
from reviews.services.next_step import HANDED_BACK, State, Step, next_step
from reviews.states import ChangeStatus, RunKind, RunStatus

HEAD = "a" * 40
TESTS = {"name": "tests", "argv": ["true"], "required": True}
ADVISORY, BLOCKING = {"mode": "advisory"}, {"mode": "blocking"}
V, J, A = RunKind.VERIFIER, RunKind.JUDGE, RunKind.AGENT
P, F, E, L = RunStatus.PASSED, RunStatus.FAILED, RunStatus.ERROR, RunStatus.LOST
WORKED, GREEN = (A, P, {}), (V, P, {})
CRASHED = (A, F, {"commit": "c" * 40, "fault": "agent", "exit_code": 1, "reason": "It broke."})
VETO = (J, F, {"summary": "It adds y."})
ROWS = tuple[RunKind, RunStatus, dict[str, Any]]


def run(pk: int, kind: RunKind, status: RunStatus, **fields: Any) -> Run:
    """A row that no database has seen."""
    name = {V: "tests", J: "judge"}.get(kind, "agent")
    return Run(pk=pk, kind=kind, status=status, name=name, **{"commit": HEAD, **fields})


def state(
    runs: list[Run], judge: dict[str, Any], repairs: int = 1, head: str = HEAD, **more: Any
) -> State:
    values = {
        "intent": None,
        "verifiers": [TESTS],
        "repairs_left": 0,
        "now": timezone.now(),
        **more,
    }
    change = Change(pk=1, status=values.pop("status", ChangeStatus.VERIFYING))
    round_ = Round(pk=1, number=1, head=head)
    return State(change, round_, runs, judge=judge, judge_repairs=repairs, **values)


def step(judge: dict[str, Any], *rows: ROWS, repairs: int = 1, **more: Any) -> Step:
    runs = [run(number, kind, status, **extra) for number, (kind, status, extra) in enumerate(rows)]
    return next_step(state(runs, judge, repairs, **more))


TABLE: dict[str, tuple[dict[str, Any], tuple[ROWS, ...], str]] = {
    "off: never judged": ({}, (WORKED, GREEN), "review"),
    "verifiers first": (BLOCKING, (WORKED,), "verify"),
    "verifiers at work": (BLOCKING, (WORKED, (V, RunStatus.RUNNING, {})), "wait"),
    "green: judged": (BLOCKING, (WORKED, GREEN), "judge"),
    "green: judged for advice": (ADVISORY, (WORKED, GREEN), "judge"),
    "red: not judged": (BLOCKING, (WORKED, (V, F, {})), "review"),
    "a verifier that cannot run": (BLOCKING, (WORKED, (V, E, {})), "judge"),
    "being judged": (BLOCKING, (WORKED, GREEN, (J, RunStatus.RUNNING, {})), "wait"),
    "waiting to be judged": (ADVISORY, (WORKED, GREEN, (J, RunStatus.QUEUED, {})), "wait"),
    "pass": (BLOCKING, (WORKED, GREEN, (J, P, {})), "review"),
    "veto": (BLOCKING, (WORKED, GREEN, VETO), "mend"),
    "advisory veto": (ADVISORY, (WORKED, GREEN, VETO), "review"),
    "advisory error": (ADVISORY, (WORKED, GREEN, (J, E, {})), "review"),
    "error": (BLOCKING, (WORKED, GREEN, (J, E, {})), "review"),
    "its worker died": (BLOCKING, (WORKED, GREEN, (J, L, {})), "judge"),
    "died twice": (BLOCKING, (WORKED, GREEN, (J, L, {}), (J, L, {"attempt": 2})), "review"),
    "handed back": (
        BLOCKING, (WORKED, GREEN, (J, L, {"attempt": 9, "options": {HANDED_BACK: True}})), "judge"
    ),
    "stopped": (BLOCKING, (WORKED, GREEN, (J, RunStatus.CANCELLED, {})), "review"),
    "judged was another commit": (
        BLOCKING, (WORKED, (J, P, {"commit": "b" * 40}), GREEN), "judge"
    ),
    "the mending changed nothing": (BLOCKING, (WORKED, GREEN, VETO, WORKED), "review"),
    "the mending crashed": (BLOCKING, (WORKED, GREEN, VETO, CRASHED), "review"),
    "the repair crashed, repairs are left": ({}, (WORKED, (V, F, {}), CRASHED), "review"),
    "the retry after a crash worked": (BLOCKING, (WORKED, GREEN, VETO, CRASHED, WORKED), "review"),
}  # fmt: skip


@pytest.mark.parametrize(("judge", "rows", "kind"), TABLE.values(), ids=TABLE.keys())
def test_each_state_has_its_step(judge: dict[str, Any], rows: tuple[ROWS, ...], kind: str) -> None:
    assert step(judge, *rows).kind == kind


def test_a_veto_is_told_with_the_repairs_that_were_tried() -> None:
    rows = (WORKED, (V, P, {"commit": "b" * 40}), (J, F, {"commit": "b" * 40}), WORKED, GREEN, VETO)
    found = step(BLOCKING, *rows)
    assert (found.kind, found.fault) == ("review", "agent")
    assert found.reason == (
        "The judge vetoed it after 1 repair: It adds y. "
        "Re-prompt, or a maintainer overrides with a reason."
    )


ENDS: dict[str, tuple[ROWS, str]] = {
    "exit 1": (CRASHED, "verifying"),
    "too late": ((A, RunStatus.TIMED_OUT, {"fault": "agent"}), "verifying"),
    "an error of its own": ((A, E, {"fault": "agent"}), "verifying"),
    "the model is down": ((A, E, {"fault": "platform"}), "fail"),
    "no program": ((A, E, {"fault": "user"}), "fail"),
    "its worker died": ((A, L, {"fault": "platform"}), "fail"),
    "handed back": ((A, L, {"fault": "platform", "options": {HANDED_BACK: True}}), "agent"),
    "stopped": ((A, RunStatus.CANCELLED, {"fault": "user"}), "fail"),
}


@pytest.mark.parametrize("against", [(V, F, {}), VETO], ids=["red", "veto"])
@pytest.mark.parametrize(("end", "kind"), ENDS.values(), ids=ENDS.keys())
def test_only_a_repair_that_the_agent_itself_broke_leaves_its_round_standing(
    end: ROWS, kind: str, against: ROWS
) -> None:
    running: dict[str, Any] = {"status": ChangeStatus.RUNNING, "repairs_left": 1}
    assert step(BLOCKING, WORKED, GREEN, against, end, **running).kind == kind
    first = step(BLOCKING, end, head="", **running).kind
    assert first == ("agent" if kind == "agent" else "fail")


def test_a_repair_that_crashed_is_told_with_what_still_stands_against_the_round() -> None:
    red = step({}, WORKED, (V, F, {}), CRASHED, repairs_left=1)
    assert red.fault == "agent"
    assert red.reason == (
        "The repair failed (exit 1): It broke. Still red: tests. "
        "Re-prompt, or a maintainer overrides with a reason."
    )
    vetoed = step(BLOCKING, WORKED, GREEN, VETO, CRASHED, repairs=3)
    assert vetoed.reason == (
        "The repair failed (exit 1): It broke. The judge vetoed it after 1 repair: It adds y. "
        "Re-prompt, or a maintainer overrides with a reason."
    )


def test_a_judge_without_an_answer_is_told_beside_a_verifier_without_one() -> None:
    found = step(BLOCKING, WORKED, (V, E, {}), (J, E, {"reason": "No key.", "fault": "platform"}))
    assert found.reason == "Could not be checked: tests. Could not be judged: No key."


def test_a_merged_tree_is_verified_again_and_not_judged_again() -> None:
    intent = MergeIntent(new="c" * 40, state="prepared", is_verified=False)
    rows = (WORKED, GREEN, (J, P, {}), (RunKind.MERGE, P, {}))
    merging = {"intent": intent, "status": ChangeStatus.MERGING}
    assert step(BLOCKING, *rows, **merging).kind == "verify"
    assert step(BLOCKING, *rows, (V, P, {"commit": "c" * 40}), **merging).kind == "merge"


@dataclass
class World:
    """Plays one change to the end: answers come from `draw`, rows are kept as a worker would."""

    data: st.DataObject
    judge: dict[str, Any]
    repairs: int
    repairs_left: int
    runs: list[Run] = field(default_factory=list)
    head: str = ""
    mended: int = 0
    crashed: bool = False

    def play(self) -> Step:
        """Steps until people have it; a hundred are more than any world may take."""
        self.work()
        for _ in range(100):
            found = next_step(
                state(self.runs, self.judge, self.repairs, self.head,
                      repairs_left=self.repairs_left)
            )  # fmt: skip
            if found.kind == "review":
                return found
            self.take(found)
        raise AssertionError("it does not come to an end")

    def take(self, found: Step) -> None:
        if found.kind == "verify":
            self.end(V, found.commit, [P, F, E, L])
        elif found.kind == "judge":
            assert self.last(V).status in (P, E, L)
            self.end(J, found.commit, [P, F, E, L])
        else:
            assert found.kind in ("repair", "mend")
            assert not self.crashed, "nothing more is tried after a repair that crashed"
            self.mended += found.kind == "mend"
            self.repairs_left -= found.kind == "repair"
            self.work()

    def end(self, kind: RunKind, commit: str, endings: list[RunStatus]) -> None:
        status = self.data.draw(st.sampled_from(endings))
        before = sum(r.kind == kind and r.commit == commit for r in self.runs)
        self.add(kind, status, commit=commit, attempt=before + 1)

    def work(self) -> None:
        """The agent works, and leaves something new or the very same commit; a repair may crash."""
        if self.head and self.data.draw(st.booleans()):
            ending = self.data.draw(st.sampled_from([F, E, RunStatus.TIMED_OUT]))
            self.add(A, ending, commit="c" * 40, fault="agent", reason="It broke.")
            self.crashed = True
            now = state(self.runs, self.judge, self.repairs, self.head, status=ChangeStatus.RUNNING)
            assert next_step(now).kind == "verifying"
            return
        if not self.head or self.data.draw(st.booleans()):
            self.head = f"{len(self.runs):040x}"
        self.add(A, P, commit=self.head)

    def add(self, kind: RunKind, status: RunStatus, **fields: Any) -> None:
        self.runs.append(run(len(self.runs) + 1, kind, status, **fields))

    def last(self, kind: RunKind) -> Run:
        return [r for r in self.runs if r.kind == kind and r.commit == self.head][-1]


@given(
    data=st.data(),
    mode=st.sampled_from(["off", "advisory", "blocking"]),
    repairs=st.integers(0, 3),
    repairs_left=st.integers(0, 2),
)
def test_every_world_comes_to_people_and_only_a_pass_lets_a_blocked_one_through(
    data: st.DataObject, mode: str, repairs: int, repairs_left: int
) -> None:
    judge = {"mode": mode} if mode != "off" else {}
    world = World(data, judge, repairs, repairs_left)
    found = world.play()
    judged = [r for r in world.runs if r.kind == J and r.commit == world.head]
    assert world.crashed == found.reason.startswith("The repair failed: It broke. ")
    assert world.mended <= (repairs if mode == "blocking" else 0)
    if mode == "off":
        assert not [r for r in world.runs if r.kind == J]
    is_red = world.last(V).status == F
    if mode == "blocking" and not is_red:
        told = "vetoed" in found.reason or "not be judged" in found.reason
        assert told == (judged[-1].status != P)
    if mode != "blocking":
        assert "judge" not in found.reason
