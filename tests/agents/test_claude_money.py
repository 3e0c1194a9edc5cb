"""A program that tells too little of its cost, or nothing: what its forwarder saw counts.

Real bubblewrap, real sockets, a stand-in of the Messages API; the program is a double of Claude Code
that can lie, which the real one is not made for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.control import Mailbox
from agents.runners.claude_session import kept
from tests.agents import claude_runs
from tests.agents.claude_runs import Done, bash, job_in
from tests.agents.factories import events, texts
from tests.doubles import claude_program
from tests.doubles.messages_api import Turn, end, start, text_block

CALL = (100 * 4 + 20 * 20) / 1e6  # US dollars of an answer of the double
UNPRICED = Turn(start("model-of-tomorrow") + text_block(0, "x") + end())


def run(
    folder: Path, *steps: Sequence[Any], cap: float | None = None, turn: Turn | None = None,
    **more: Any,
) -> Done:  # fmt: skip
    job = claude_runs.job_in(folder / "run-1")
    job = replace(job, limits=replace(job.limits, money_usd=cap))
    binary = claude_program.written(folder, steps)
    return claude_runs.run(job, [turn or Turn.text("Hello")], binary=binary, **more)


@pytest.mark.parametrize(
    ("told", "calls", "note"),
    [(CALL, 1, ""), (CALL, 3, "Model calls cost $0.0024; the program tells $0.0008."),
     (0.0, 2, "Model calls cost under $0.01; the program tells $0.00."), (None, 2, "")],
)  # fmt: skip
def test_calls_beside_what_the_program_tells_are_seen(
    tmp_path: Path, told: float | None, calls: int, note: str
) -> None:
    done = run(tmp_path, *[["ask"]] * calls, ["tell", told])
    assert done.outcome.status == "passed"
    used = done.outcome.usage
    assert (used.cost_usd, used.seen_usd) == (told, pytest.approx(calls * CALL))
    assert (used.input_tokens, used.output_tokens) == (100 * calls, 20 * calls)
    assert note in texts(done.values, "note")
    assert bool(note) == ("What was seen counts" in texts(done.values, "note"))


def test_what_is_seen_is_told_while_the_program_is_still_at_work(tmp_path: Path) -> None:
    def stop(mailbox: Mailbox, _: object) -> None:
        mailbox.stop("Anna stopped it.")

    done = run(tmp_path, ["ask"], ["wait"], on={"usage": stop})
    assert done.outcome.status == "cancelled"
    assert done.outcome.usage.seen_usd == pytest.approx(CALL)


def test_at_the_cap_no_call_passes_and_the_run_parks_with_its_work(tmp_path: Path) -> None:
    done = run(tmp_path, ["made", "kept.txt"], *[["ask"]] * 5, ["tell", 0.0], cap=1.5 * CALL)
    assert (done.outcome.status, done.outcome.fault) == ("parked", "user")
    assert (done.outcome.resume or {})["waits_for"] == "money"
    assert done.outcome.reason == "$0.0016 are spent and $0.0012 are allowed."
    assert len(done.requests) == 2
    assert (tmp_path / "run-1" / "kept.txt").exists()
    assert [e.data["name"] for e in events(done.values) if e.kind == "limit"] in ([], ["money"])


def test_a_program_that_goes_on_without_the_model_is_parked_at_its_next_step(
    tmp_path: Path,
) -> None:
    done = run(tmp_path, ["step"], ["ask"], *[["step"]] * 3, ["wait"], cap=CALL)
    assert (done.outcome.status, done.outcome.reason) == (
        "parked", "$0.0008 are spent and $0.0008 are allowed.",
    )  # fmt: skip
    assert [e.data["name"] for e in events(done.values) if e.kind == "limit"] == ["money"]


def test_a_model_without_a_price_is_unknown_and_never_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, ["ask"], ["tell", None], turn=UNPRICED)
    used = done.outcome.usage
    assert (used.cost_usd, used.seen_usd, used.input_tokens) == (None, None, 100)


def test_under_a_cap_a_side_call_without_a_price_ends_the_calls_of_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, ["ask"], ["ask"], ["tell", 0.0], cap=5.0, turn=UNPRICED)
    assert done.outcome.status == "failed"
    assert "price of model model-of-tomorrow is not known, and a cap holds" in done.outcome.reason
    assert len(done.requests) == 1


# --- the real program ---------------------------------------------------------------------------


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "run-1"


@pytest.mark.timeout(240)
@pytest.mark.claude_code
def test_money_that_is_used_up_parks_the_run(root: Path) -> None:
    job = job_in(root)
    job = replace(job, limits=replace(job.limits, money_usd=0.0005))
    done = claude_runs.run(job, [bash("true"), Turn.text("no")])
    assert done.outcome.status == "parked"
    assert (done.outcome.resume or {})["waits_for"] == "money"
    assert kept(done.outcome.session) is not None


SIDE_CALL = """python3 -c '
import http.client, os, socket
line = http.client.HTTPConnection("model.invalid")
line.sock = socket.socket(socket.AF_UNIX)
line.sock.connect(os.environ["ANTHROPIC_UNIX_SOCKET"])
key = {"x-api-key": os.environ["ANTHROPIC_API_KEY"]}
line.request("POST", "/v1/messages", "{}", key)
print(line.getresponse().status)
'"""


@pytest.mark.timeout(240)
@pytest.mark.claude_code
def test_what_the_agents_shell_asks_of_the_model_is_seen_beside_what_the_program_tells(
    root: Path,
) -> None:
    turns = [bash(SIDE_CALL), Turn.text("Said to the shell."), Turn.text("Done.")]
    done = claude_runs.run(job_in(root), turns)
    assert (done.outcome.status, done.outcome.summary) == ("passed", "Done.")
    assert "200" in texts(done.values, "output")
    used = done.outcome.usage
    assert (used.cost_usd, used.seen_usd) == (pytest.approx(0.0016), pytest.approx(0.0024))
    assert used.input_tokens == 300


@pytest.mark.timeout(240)
@pytest.mark.claude_code
def test_a_model_without_a_price_does_not_begin_under_a_cap(root: Path) -> None:
    job = job_in(root)
    job = replace(job, limits=replace(job.limits, money_usd=5.0))
    done = claude_runs.run(job, [Turn.text("no")], model="strange-model-9")
    assert (done.outcome.status, done.outcome.fault) == ("error", "user")
    assert "The price of model strange-model-9 is not known, and a cap holds" in done.outcome.reason
    assert done.requests == []
    assert claude_runs.run(job, [Turn.text("yes")], model="haiku").outcome.status == "passed"
